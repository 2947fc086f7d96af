/** The files of the repository: tracked, or new and not ignored; without git, everything that the checkout holds. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/modules.ts';

const NEVER = new Set(['.git', 'node_modules', 'build', 'journals']);

function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NEVER.has(entry.name) ? [] : walk(path);
    return [path];
  });
}

/** Paths relative to the root, with forward slashes. */
export function trackedFiles(): string[] {
  if (!existsSync(join(ROOT, '.git'))) return walk('');
  const options = { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], options);
  return listed.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)));
}
