/**
 * The built page. All its files are read once at the start; a request names one of them or gets nothing, so no path in
 * a request ever reaches the file system.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Problem } from './problem.ts';

/** The built page is far smaller; more means that the folder is the wrong one. */
const MAXIMUM_FILES = 500;
const MAXIMUM_BYTES = 64 * 1024 * 1024;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.woff2': 'font/woff2',
};

export interface StaticFile {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export type StaticFiles = ReadonlyMap<string, StaticFile>;

/** Files by their path from `/`. A folder that is not there gives none: the API works without a page. */
export function readStaticFiles(folder: string): StaticFiles {
  const files = new Map<string, StaticFile>();
  let bytes = 0;
  const visit = (at: string, path: string): void => {
    for (const name of readdirSync(at).sort()) {
      const full = join(at, name);
      if (statSync(full).isDirectory()) {
        visit(full, `${path}${name}/`);
        continue;
      }
      const content = readFileSync(full);
      bytes += content.byteLength;
      if (files.size >= MAXIMUM_FILES || bytes > MAXIMUM_BYTES) {
        throw new Error(
          `${folder} holds more than ${MAXIMUM_FILES} files or ${MAXIMUM_BYTES} bytes; it should hold the built page only: remove it and run "npm run build"`,
        );
      }
      files.set(`${path}${name}`, { type: TYPES[extname(name)] ?? 'application/octet-stream', bytes: content });
    }
  };
  if (existsSync(folder)) visit(folder, '/');
  return files;
}

/** The file at `path`; `/` is the page. Throws a Problem where there is none. */
export function findStaticFile(files: StaticFiles, path: string): StaticFile {
  const file = files.get(path === '/' ? '/index.html' : path);
  if (file !== undefined) return file;
  if (path === '/')
    throw new Problem(404, 'the page has not been built', 'run "npm run build", then start the host again');
  throw new Problem(
    404,
    `there is nothing at ${path}`,
    'see /api/status, /api/session, /api/journal, or open / for the dashboard',
  );
}
