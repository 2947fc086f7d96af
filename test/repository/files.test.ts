/** What holds for the files themselves: size, names of package registries, opening comments, and the CI's commands. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/modules.ts';
import { trackedFiles } from './tracked-files.ts';

const files = trackedFiles();
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const MOST_BYTES = 5 * 1024 * 1024;
/** Put together here, so that this file does not name them. */
const REGISTRIES = [
  'registry.npmjs',
  'registry.yarnpkg',
  'npm.pkg.github',
  'registry.npmmirror',
  'files.pythonhosted',
].map((name) => new RegExp(`${name.replace('.', '\\.')}\\.(org|com)`));
const TEXT = /\.(ts|tsx|js|cjs|mjs|json|jsonl|toml|md|html|css|txt|as|svg)$|(^|\/)[^.]+$|(^|\/)\.[^/]+$/;

describe('the repository', () => {
  it('has a licence', () => {
    expect(read('LICENSE')).toContain('Apache License');
    expect(read('LICENSE')).toContain('Version 2.0');
  });

  it('holds nothing large but recordings', () => {
    const large = files.filter(
      (path) => !path.startsWith('recordings/') && statSync(join(ROOT, path)).size > MOST_BYTES,
    );
    expect(large).toEqual([]);
  });

  it('names no package registry', () => {
    const naming = files.filter((path) => TEXT.test(path) && REGISTRIES.some((registry) => registry.test(read(path))));
    expect(naming).toEqual([]);
    expect(REGISTRIES[0]!.test(`https://${'registry.npmjs'}.org/ws`)).toBe(true);
  });

  it('keeps what is built, installed or recorded out', () => {
    expect(files.filter((path) => /(^|\/)(node_modules|build|journals)\//.test(path))).toEqual([]);
  });

  it('opens every file of host/ with a comment that says what it is', () => {
    const sources = files.filter((path) => /^host\/.*\.ts$/.test(path));
    expect(sources.length).toBeGreaterThan(50);
    const silent = sources.filter((path) => !/^(#!.*\n)?\/(\*\*|\/ |\* feature)/.test(read(path)));
    expect(silent).toEqual([]);
  });
});

describe('.ci/run', () => {
  const steps = read('.ci/run')
    .split('\n')
    .filter((line) => line.startsWith('npm '));
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

  it('can be executed and stops at the first failure', () => {
    expect(statSync(join(ROOT, '.ci/run')).mode & 0o111).not.toBe(0);
    expect(read('.ci/run')).toContain('set -euo pipefail');
  });

  it('runs commands that the README gives, and that exist', () => {
    const readme = read('README.md');
    expect(steps).toContain('npm ci');
    expect(steps).toContain('npm test');
    expect(steps).toContain('npm run test:lts');
    for (const step of steps) {
      expect(readme).toContain(step);
      const script = step.replace(/^npm (run )?/, '');
      if (script !== 'ci') expect(Object.keys(scripts)).toContain(script);
    }
  });

  it('runs everything that `npm run check` runs', () => {
    for (const part of scripts['check']!.split(' && ')) expect(steps).toContain(part);
  });
});
