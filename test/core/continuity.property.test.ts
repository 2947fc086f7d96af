/** Random faults on a recording's diffs, against a server book; and proof that the judge sees a broken core. */
import { beforeAll, describe, expect, it } from 'vitest';
import { compileMutant } from '../support/assembly.ts';
import { kernels } from '../support/modules.ts';
import { freshSeed } from '../support/random.ts';
import { bothRecordings } from '../support/recording.ts';
import { diffsOf, runFaulty } from './faulty-feed.ts';
import type { DiffStream } from './faulty-feed.ts';

const FAULTS = [
  'cut short',
  'disconnected',
  'doubled',
  'dropped',
  'request failed',
  'snapshot cut short',
  'snapshot from the past',
  'swapped',
  'unreadable',
];

/** One broken line each; the judge must object. */
const MUTANTS = [
  {
    name: 'does not check that a diff follows the last one',
    file: 'assembly/core/continuity.ts',
    before: 'return x.bridgedIds ? previous == x.lastId : first == x.lastId + 1;',
    after: 'return true;',
  },
  {
    name: 'loads a snapshot over the old book',
    file: 'assembly/core/continuity.ts',
    before: '  bookClear(bookOf(x));\n  x.snapshotId = <f64>r.orderId;',
    after: '  x.snapshotId = <f64>r.orderId;',
  },
  {
    name: 'takes any diff for the one that brackets the snapshot',
    file: 'assembly/core/continuity.ts',
    before: 'if (x.bridgedIds) return (first <= x.snapshotId',
    after: 'if (x.bridgedIds) return first > 0 || (first <= x.snapshotId',
  },
  {
    name: 'never asks again',
    file: 'assembly/core/continuity.ts',
    before: '  x.retryAtNs = core().nowNs + <i64>x.retryNs;',
    after: '  x.retryAtNs = core().nowNs + 10 * 3600 * 1_000_000_000;',
  },
  {
    name: 'loses levels on the way to the far map',
    file: 'assembly/book/ladder.ts',
    before: '      if (!farSet(l, leaves, lots)) return false;',
    after: '',
  },
] as const;

describe('continuity on a bad line', () => {
  let stream: DiffStream;
  beforeAll(() => {
    stream = diffsOf(bothRecordings(), 0);
  }, 60_000);

  it('live means equal to the server, and every fault ends in a live book', { timeout: 120_000 }, () => {
    const seed = freshSeed('continuity');
    const seen = new Set<string>();
    let comparisons = 0;
    for (const share of [0.02, 0.1, 0.3]) {
      const run = runFaulty(kernels(), stream, seed, share);
      Object.keys(run.faults).forEach((fault) => seen.add(fault));
      expect(run.resyncs).toBeGreaterThan(20);
      comparisons += run.comparisons;
    }
    expect([...seen].sort()).toEqual(FAULTS);
    expect(comparisons).toBeGreaterThan(3000);
  });

  it('without faults the book is live from its first snapshot to the end', { timeout: 60_000 }, () => {
    const run = runFaulty(kernels(), stream, 1, 0);
    expect(run.resyncs).toBe(1);
    expect(run.comparisons).toBeGreaterThan(6000);
  });

  for (const mutant of MUTANTS) {
    it(`finds the core that ${mutant.name}`, { timeout: 60_000 }, async () => {
      const module = await compileMutant(mutant.file, mutant.before, mutant.after);
      const part = { ...stream, diffs: stream.diffs.slice(0, 2500) };
      const seed = freshSeed(`mutant: ${mutant.name}`);
      expect(() => {
        for (let k = 0; k < 6; k++) runFaulty(module, part, seed + k, 0.1);
      }).toThrow(/live/);
    });
  }
});
