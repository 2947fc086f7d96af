/** Links and paths in the documents point to files that exist; commands in them are commands that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/modules.ts';
import { trackedFiles } from './tracked-files.ts';

const documents = trackedFiles().filter((path) => path.endsWith('.md'));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
/** A path in backticks, written from the root: it begins with one of these and names a file or folder. */
const PATH = /`((?:assembly|host|web|test|tools|docs|config|recordings|bench)\/[\w@./-]*)`/g;

/** Relative targets of links and pictures, without anchors. */
function links(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1]!.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}

/** Placeholders in capitals and names to be chosen are no paths. */
const isPlaceholder = (path: string): boolean =>
  /[A-Z]{4,}(?!.*\.md)|yourName/.test(path.replace(/LICENSE|README/g, ''));

describe('documents', () => {
  it('are there', () => {
    for (const path of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/architecture.md', 'docs/journal.md']) {
      expect(documents).toContain(path);
    }
  });

  it.each(documents)('%s links to files that exist', (path) => {
    const broken = links(read(path)).filter(
      (target) => !existsSync(join(ROOT, normalize(join(dirname(path), target)))),
    );
    expect(broken).toEqual([]);
  });

  it.each(documents)('%s names paths that exist', (path) => {
    const named = [...read(path).matchAll(PATH)].map((match) => match[1]!).filter((target) => !isPlaceholder(target));
    expect(named.filter((target) => !existsSync(join(ROOT, target)))).toEqual([]);
  });

  it('name npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = documents.flatMap((path) => [...read(path).matchAll(/npm run ([a-z][\w:-]*)/g)].map((m) => m[1]!));
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('README.md', () => {
  const readme = read('README.md');

  it('knows every command of the command line', () => {
    const commands = [...read('host/cli/main.ts').matchAll(/\.command\('([\w-]+)'\)/g)].map((match) => match[1]!);
    expect(commands.length).toBeGreaterThan(4);
    for (const command of commands) expect(readme).toContain(`| \`${command}`);
  });

  it('knows every folder that is part of the project', () => {
    const folders = new Set(
      trackedFiles()
        .filter((path) => path.includes('/'))
        .map((path) => path.split('/')[0]!),
    );
    for (const folder of folders) if (!folder.startsWith('.')) expect(readme).toContain(`| \`${folder}/\``);
  });

  it('runs tests that exist', () => {
    const named = [...readme.matchAll(/npx vitest run (test\/\w+)/g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(4);
    for (const folder of named)
      expect(
        trackedFiles().some((path) => path.startsWith(`${folder}/`)),
        folder,
      ).toBe(true);
  });
});
