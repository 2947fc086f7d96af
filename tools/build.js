// @ts-check
/**
 * Builds everything under build/: generated constants, the two WebAssembly modules, the host, the page.
 * A step whose inputs have not changed since its last run is skipped.
 *
 *   node tools/build.js [--with-checked] [--with-bench] [--only wasm|host|bench|web]
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from './generate.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const args = process.argv.slice(2);
const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined;

/** @param {string[]} paths @returns {string} */
function fingerprint(paths) {
  const hash = createHash('sha256');
  /** @param {string} path */
  const add = (path) => {
    const full = join(ROOT, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const entry of readdirSync(full).sort()) add(join(path, entry));
    } else {
      hash.update(path).update('\0').update(readFileSync(full)).update('\0');
    }
  };
  for (const path of [...paths, 'package.json', 'tools']) add(path);
  return hash.digest('hex');
}

/**
 * @param {string} name @param {string} what @param {string[]} inputs @param {string} output @param {() => Promise<void>} run
 */
async function step(name, what, inputs, output, run) {
  if (only !== undefined && only !== name.split('-')[0]) return;
  const stamp = join(ROOT, 'build', `.stamp-${name}`);
  const print = fingerprint(inputs);
  if (existsSync(stamp) && existsSync(join(ROOT, output)) && readFileSync(stamp, 'utf8') === print) return;
  const started = performance.now();
  process.stderr.write(`building ${what} ... `);
  await run();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, print);
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

/** @param {'release' | 'checked'} target @param {string} entry @param {string} out */
async function compile(target, entry, out) {
  const asc = (await import('assemblyscript/asc')).default;
  mkdirSync(join(ROOT, dirname(out)), { recursive: true });
  const { error, stderr } = await asc.main([entry, '--outFile', out, '--config', 'asconfig.json', '--target', target]);
  if (error) throw new Error(`${entry}: ${error.message}\n${stderr.toString()}`);
}

process.chdir(ROOT);
generate(ROOT);
const wasmInputs = ['assembly', 'host/events/records.toml', 'host/kernels/layouts.toml', 'asconfig.json'];
/** @type {('release' | 'checked')[]} */
const targets = args.includes('--with-checked') ? ['release', 'checked'] : ['release'];
for (const target of targets) {
  const folder = target === 'release' ? 'build' : 'build/checked';
  for (const module of ['kernels', 'decoders']) {
    await step(`wasm-${module}-${target}`, `${folder}/${module}.wasm`, wasmInputs, `${folder}/${module}.wasm`, () =>
      compile(target, `assembly/${module}.ts`, `${folder}/${module}.wasm`),
    );
  }
}
/** @param {Record<string, string>} entryPoints */
async function bundleForNode(entryPoints) {
  const { build } = await import('esbuild');
  await build({
    entryPoints,
    outdir: 'build/host',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    logLevel: 'warning',
  });
}

await step('host', 'build/host', ['host', 'build/generated'], 'build/host/tidebook.js', () =>
  bundleForNode({ tidebook: 'host/cli/main.ts', replica: 'host/cli/replica-worker.ts' }),
);
if (args.includes('--with-bench')) {
  await step('bench', 'build/host/bench.js', ['host', 'bench', 'build/generated'], 'build/host/bench.js', () =>
    bundleForNode({ bench: 'bench/main.ts' }),
  );
}
await step('web', 'build/web (the dashboard)', ['web', 'host', 'build/generated'], 'build/web/index.html', async () => {
  const { build } = await import('vite');
  await build({ configFile: join(ROOT, 'web/vite.config.ts'), logLevel: 'warn' });
});
