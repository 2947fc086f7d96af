/**
 * Bundles a strategy, once, into one self-contained module in its guard (host/engine/bundle-guard.ts). Host, workers and
 * page load these bytes, and their hash stands in the manifest. Equal sources give equal bytes wherever they lie.
 */
import { createHash } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import { build } from 'esbuild';
import type { BuildFailure } from 'esbuild';
import { BUNDLE_NAME, guardedModule } from '../engine/bundle-guard.ts';

export interface StrategyBundle {
  /** A module without imports, UTF-8. */
  readonly code: Uint8Array<ArrayBuffer>;
  /** Of `code`, in hexadecimal. */
  readonly sha256: string;
}

/** Throws, naming the file and what esbuild found, where the entry cannot be bundled. */
export async function bundleStrategy(entryPath: string): Promise<StrategyBundle> {
  const entry = resolve(entryPath);
  const result = await build({
    absWorkingDir: dirname(entry),
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    outfile: 'strategy.js',
    format: 'iife',
    globalName: BUNDLE_NAME,
    platform: 'neutral',
    target: 'es2022',
    // ** reaches the guarded Math.pow.
    supported: { 'exponent-operator': false },
    charset: 'utf8',
    legalComments: 'none',
    sourcemap: false,
    tsconfigRaw: '{}',
    logLevel: 'silent',
  }).catch((error: unknown) => {
    const failure = error as Partial<BuildFailure>;
    const causes = failure.errors?.map(sentence).join('; ') ?? String(error);
    throw new Error(`strategy ${entryPath} cannot be bundled: ${causes}`, { cause: error });
  });
  if (result.warnings.length > 0) {
    throw new Error(`strategy ${entryPath} cannot be bundled: ${result.warnings.map(sentence).join('; ')}`);
  }
  // esbuild heads each file with its path, which would make the bytes depend on where the files lie.
  const headings = new Map(Object.keys(result.metafile.inputs).map((path) => [`// ${path}`, `// ${basename(path)}`]));
  const lines = result.outputFiles[0]!.text.split('\n').map((line) => {
    const name = headings.get(line.trimStart());
    return name === undefined ? line : `  ${name}`;
  });
  const code = new TextEncoder().encode(guardedModule(lines.join('\n')));
  return { code, sha256: createHash('sha256').update(code).digest('hex') };
}

/** Loads a bundle's bytes as a module; for loadStrategy(). */
export function importCode(code: Uint8Array<ArrayBuffer>): Promise<unknown> {
  return import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`);
}

function sentence(message: { text: string; location: { file: string; line: number } | null }): string {
  const where = message.location === null ? '' : ` (${message.location.file}:${message.location.line})`;
  return `${message.text}${where}`;
}
