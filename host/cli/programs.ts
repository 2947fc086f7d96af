/** The programs that a session runs: the two WebAssembly modules of build/ and the strategy, each with its hash. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadStrategy } from '../engine/load-strategy.ts';
import type { Strategy } from '../engine/strategy.ts';
import { bundleStrategy, importCode } from './bundle-strategy.ts';
import { isBuiltIn } from './config/strategies.ts';

export interface Program {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
}

export interface LoadedStrategy extends Program {
  readonly strategy: Strategy;
}

/** The repository's (or the installed package's) folder: the one that holds package.json. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    try {
      const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string };
      if (name === 'tidebook') return folder;
    } catch {
      // Not here; look further up.
    }
    const above = dirname(folder);
    if (above === folder) throw new Error('package.json of tidebook was not found above its own code; reinstall it');
    folder = above;
  }
}

/** Version of package.json. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8')) as { version: string }).version;
}

function readProgram(path: string): Program {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(readFileSync(path));
  } catch {
    throw new Error(`${path} is not there; build it with "npm run build"`);
  }
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

export function kernelsProgram(): Program {
  return readProgram(join(packageFolder(), 'build/kernels.wasm'));
}

export function decodersProgram(): Program {
  return readProgram(join(packageFolder(), 'build/decoders.wasm'));
}

/** Bundles and loads a strategy: the name of a built-in one, or a file (relative to `folder`). */
export async function strategyFromSource(module: string, folder: string): Promise<LoadedStrategy> {
  const path = isBuiltIn(module)
    ? join(packageFolder(), 'host/engine/strategies', `${module}.ts`)
    : isAbsolute(module)
      ? module
      : resolve(folder, module);
  const { code, sha256 } = await bundleStrategy(path);
  try {
    return { bytes: code, sha256, strategy: await loadStrategy(code, importCode) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`strategy ${path} cannot be loaded: ${reason}`, { cause: error });
  }
}

/** Loads the bytes of a bundle, as a journal keeps them. */
export async function strategyFromBytes(bytes: Uint8Array): Promise<LoadedStrategy> {
  const code = new Uint8Array(bytes);
  const sha256 = createHash('sha256').update(code).digest('hex');
  return { bytes: code, sha256, strategy: await loadStrategy(code, importCode) };
}

export function sha256Text(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
