/** `npm run bench -- --quick`, bundled as tools/build.js bundles it: everything runs, and the results have what their readers rely on. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchDocument } from '../../bench/result.ts';
import { ROOT } from '../support/modules.ts';

/** Inside build/, from where the bundle finds its packages. */
const folder = join(ROOT, 'build', `bench-test-${process.pid}`);
const program = join(folder, 'bench.mjs');

beforeAll(async () => {
  await build({
    entryPoints: [join(ROOT, 'bench/main.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'silent',
  });
}, 30_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a quick bench', () => {
  let text = '';
  let document: BenchDocument;
  beforeAll(() => {
    const out = join(folder, 'bench.json');
    text = execFileSync(process.execPath, [program, '--quick', '--out', out], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    document = JSON.parse(readFileSync(out, 'utf8')) as BenchDocument;
  }, 60_000);

  it('names machine and versions', () => {
    expect(document.quick).toBe(true);
    expect(document.machine.cores).toBeGreaterThan(0);
    expect(document.versions.node).toBe(process.versions.node);
    expect(document.versions.asc).toMatch(/^\d+\.\d+\.\d+/);
    expect(document.versions.binaryen).toMatch(/^\d+\.\d+\.\d+/);
  });
  it('measures every subject', () => {
    const names = document.results.map((r) => r.name).join('\n');
    for (const start of [
      'decode all',
      'record through the core',
      'input hash',
      'decision of glft',
      'whole wake',
      'tick:',
      'backtest from memory',
      'backtest from a journal',
    ]) {
      expect(names).toContain(start);
    }
  });
  it('gives figures in order, a ratio wherever something ran beside it, a verdict wherever there is a budget', () => {
    for (const r of document.results) {
      const label = `${r.name}, ${r.variant}`;
      const figures = [
        r.min,
        r.p50,
        ...(r.p99 === undefined ? [] : [r.p99]),
        ...(r.p999 === undefined ? [] : [r.p999]),
      ];
      expect(figures, label).toEqual([...figures].sort((a, b) => a - b));
      expect(r.min, label).toBeGreaterThanOrEqual(0);
      expect(r.events, label).toBeGreaterThan(0);
      expect(r.ratio === undefined, label).toBe(r.beside === undefined);
      expect(r.met === undefined, label).toBe(r.budget === undefined);
      expect(text, label).toContain(r.variant);
    }
  });
  it('does not allocate in a decision that leaves its quotes standing by the kilobyte', () => {
    const allocation = document.results.find((r) => r.name === 'decision of glft, both quotes stand: allocation');
    expect(allocation?.p50).toBeLessThan(1000);
  });
});

describe('an unknown flag', () => {
  it('is an error that names the valid ones', () => {
    const { status, stderr } = spawnSync(process.execPath, [program, '--slow'], { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain('unknown flag "--slow"; valid flags: --quick');
  });
});
