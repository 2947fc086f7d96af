/** Before all tests: both modules (release and checked) and the host are built, where their sources have changed. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BUILD = fileURLToPath(new URL('../../tools/build.js', import.meta.url));

export default function setup(): void {
  for (const part of ['wasm', 'host']) {
    execFileSync(process.execPath, [BUILD, '--with-checked', '--only', part], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
}
