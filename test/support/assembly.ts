/**
 * Compiles AssemblyScript inside the test process, with the options of asconfig.json: test-only entries that export what
 * kernels.wasm keeps to itself, and mutants, which are kernels.wasm with one line of its source broken on purpose.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';
import { ROOT } from './modules.ts';

export interface Compilation {
  /** Path from the repository's root. */
  readonly entry: string;
  readonly target: 'release' | 'checked';
  /** Source files that do not stand on disk, or stand there differently: path from the root -> text. */
  readonly replaced?: ReadonlyMap<string, string>;
  /** Gets the module's bytes. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

/** Throws with the compiler's messages where the source does not compile. */
export async function compileAssembly(options: Compilation): Promise<WebAssembly.Module> {
  let wasm: Uint8Array | undefined;
  const outFile = 'out.wasm';
  let messages = '';
  const { error } = await main(
    [options.entry, '--outFile', outFile, '--config', 'asconfig.json', '--target', options.target],
    {
      readFile(name: string) {
        const replaced = options.replaced?.get(name);
        if (replaced !== undefined) return replaced;
        try {
          return readFileSync(join(ROOT, name), 'utf8');
        } catch {
          // The compiler asks for the places where a file could stand until it is told yes.
          return null;
        }
      },
      writeFile(name: string, contents: Uint8Array | string) {
        if (name === outFile && typeof contents !== 'string') wasm = contents;
      },
      listFiles: () => [],
      stderr: {
        write(text: string) {
          messages += text;
        },
      },
    },
  );
  if (error !== null || wasm === undefined) {
    throw new Error(`${options.entry} does not compile: ${error?.message ?? ''}\n${messages}`);
  }
  options.onBytes?.(wasm);
  return new WebAssembly.Module(Uint8Array.from(wasm));
}

/** kernels.wasm with `before` replaced by `after` in one source file. Throws where `before` does not stand there exactly once. */
export function compileMutant(file: string, before: string, after: string): Promise<WebAssembly.Module> {
  const text = readFileSync(join(ROOT, file), 'utf8');
  if (text.split(before).length !== 2)
    throw new Error(`${file} does not hold exactly one "${before}"; adapt the mutant`);
  return compileAssembly({
    entry: 'assembly/kernels.ts',
    target: 'checked',
    replaced: new Map([[file, text.replace(before, () => after)]]),
  });
}
