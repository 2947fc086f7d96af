/** The doctor: what it says of given facts, and that the facts can be had on this machine. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { doctorText, runDoctor } from '../../host/cli/doctor.ts';
import type { Facts } from '../../host/cli/doctor/facts.ts';

const PLACES = {
  buildDirectory: 'build',
  packageFile: 'package.json',
  journalDirectory: '',
  address: '127.0.0.1',
  port: 0,
};
const GIB = 2 ** 30;
const FIT: Facts = {
  nodeVersion: '20.19.0',
  nodeRange: '>=20.19',
  npmVersion: '10.8.2',
  hasSimd: true,
  buildDirectory: '/x/build',
  build: [{ name: 'kernels.wasm', bytes: 12, sha256: 'ab' }],
  journal: { directory: '/x/journal', freeBytes: 50 * GIB, bytesPerSecond: 5e8, error: null },
  clock: { resolutionNs: 40, backwardSteps: 0, wallDriftMs: 0.1, wallYear: 2026 },
  processors: { count: 4, model: 'a processor', governor: null },
  eventLoopDelayMs: { median: 0.1, p99: 1 },
  memory: { freeBytes: 4 * GIB, totalBytes: 8 * GIB },
  maxOpenFiles: 1024,
  port: { address: '127.0.0.1', port: 8787, error: null },
};

async function failures(change: Partial<Facts>): Promise<{ name: string; remedy: string }[]> {
  const report = await runDoctor({ ...PLACES, facts: { ...FIT, ...change } });
  const failed = report.checks.filter((check) => !check.ok);
  expect(report.ok).toBe(failed.length === 0);
  return failed;
}

describe('the doctor', () => {
  it('has nothing against fit facts, and no remedies', async () => {
    const report = await runDoctor({ ...PLACES, facts: FIT });
    expect(report.ok).toBe(true);
    expect(report.checks.every((check) => check.remedy === '' && check.found !== '')).toBe(true);
    expect(doctorText(report)).toMatch(/everything is fit\n$/);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  const cases: [string, Partial<Facts>, string, RegExp][] = [
    ['an old Node', { nodeVersion: '20.18.9' }, 'node', /install Node >=20\.19/],
    ['an older Node', { nodeVersion: '18.99.0' }, 'node', /install Node/],
    ['no npm', { npmVersion: null }, 'npm', /PATH/],
    ['no SIMD', { hasSimd: false }, 'wasm-simd', /SSE4\.1/],
    [
      'no build',
      { build: [{ name: 'kernels.wasm', bytes: null, sha256: null }] },
      'build kernels.wasm',
      /npm run build/,
    ],
    [
      'an empty build',
      { build: [{ name: 'kernels.wasm', bytes: 0, sha256: '' }] },
      'build kernels.wasm',
      /npm run build/,
    ],
    ['a journal one cannot write', { journal: { ...FIT.journal, error: 'EACCES' } }, 'journal directory', /writable/],
    ['a full disk', { journal: { ...FIT.journal, freeBytes: GIB } }, 'disk space', /retain_segments/],
    ['a slow disk', { journal: { ...FIT.journal, bytesPerSecond: 1e6 } }, 'disk speed', /local disk/],
    ['a coarse clock', { clock: { ...FIT.clock, resolutionNs: 1e6 } }, 'clock resolution', /clocksource/],
    ['a clock that runs back', { clock: { ...FIT.clock, backwardSteps: 1 } }, 'clock order', /slew/],
    ['a clock that jumps', { clock: { ...FIT.clock, wallDriftMs: -900 } }, 'clock order', /slew/],
    ['a clock never set', { clock: { ...FIT.clock, wallYear: 1970 } }, 'clock date', /chrony/],
    ['one processor', { processors: { ...FIT.processors, count: 1 } }, 'processors', /snapshots/],
    [
      'a saving governor',
      { processors: { ...FIT.processors, governor: 'powersave' } },
      'processor frequency',
      /cpupower/,
    ],
    ['a late event loop', { eventLoopDelayMs: { median: 1, p99: 30 } }, 'event loop', /busy/],
    ['little memory', { memory: { freeBytes: 1e8, totalBytes: GIB } }, 'memory', /to spare/],
    ['few open files', { maxOpenFiles: 256 }, 'open files', /ulimit -n/],
    ['a taken port', { port: { ...FIT.port, error: 'EADDRINUSE' } }, 'port', /--port/],
    ['a forbidden port', { port: { ...FIT.port, error: 'EACCES' } }, 'port', /above 1023/],
  ];
  it.each(cases)('names %s and the remedy', async (_what, change, name, remedy) => {
    const failed = await failures(change);
    expect(failed.map((check) => check.name)).toEqual([name]);
    expect(failed[0]!.remedy).toMatch(remedy);
  });

  it('takes a later Node', async () => {
    expect(await failures({ nodeVersion: '24.0.0' })).toEqual([]);
  });

  it('gathers facts of this machine and leaves nothing behind', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidebook-doctor-'));
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    try {
      writeFileSync(join(folder, 'kernels.wasm'), 'abc');
      const journalDirectory = join(folder, 'new', 'journal');
      const { checks } = await runDoctor({ ...PLACES, buildDirectory: folder, journalDirectory, port });
      const found = new Map(checks.map((check) => [check.name, check]));
      expect(found.get('node')!.ok).toBe(true);
      expect(found.get('wasm-simd')!.ok).toBe(true);
      expect(found.get('build kernels.wasm')!.found).toBe(
        '3 bytes, sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      );
      expect(found.get('build decoders.wasm')!.ok).toBe(false);
      expect(found.get('journal directory')!.ok).toBe(true);
      expect(found.get('port')!.ok).toBe(false);
      expect(found.get('port')!.found).toContain('EADDRINUSE');
      expect(existsSync(join(folder, 'new'))).toBe(false);
      expect(readdirSync(folder)).toEqual(['kernels.wasm']);
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('says why the journal cannot be written', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidebook-doctor-'));
    try {
      writeFileSync(join(folder, 'file'), '');
      const { checks } = await runDoctor({ ...PLACES, journalDirectory: join(folder, 'file', 'journal') });
      const check = checks.find((x) => x.name === 'journal directory')!;
      expect(check.ok).toBe(false);
      expect(check.found).toContain('ENOTDIR');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
