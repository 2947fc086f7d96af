/** Accounts do not see each other: each of several in one pass gives bit for bit what it gives alone. */
import { describe, expect, it } from 'vitest';
import { Kind, RECORD_BYTES } from '#generated/records.ts';
import { SIMULATION, account, recordedConfig } from '../support/configuration.ts';
import { bothRecordings, recordsIn } from '../support/recording.ts';
import { ByteLog, Run, digest } from '../support/runs.ts';

const ACCOUNTS = [
  account({
    name: 'slow',
    simulation: { ...SIMULATION, orderLatencyInMs: 40, orderLatencyOutMs: 20, queueModel: 'riskAverse' },
  }),
  account({
    name: 'quick',
    strategy: 'grid',
    instruments: [1],
    stepMs: 0,
    touchMoveTicks: 2,
    minWakeMs: 3,
    parameters: { distance_ticks: 3, follow_ticks: 2 },
    simulation: { ...SIMULATION, orderLatencyInMs: 1, orderLatencyOutMs: 1, queueModel: 'log2' },
  }),
  account({
    name: 'whole',
    stepMs: 250,
    parameters: { order_lots: 3 },
    simulation: { ...SIMULATION, queueModel: 'power3', queuePower: 2, partialFills: false },
  }),
];

/** Core events and the records of one account, the account's byte cleared. */
function derivedOf(bytes: Uint8Array, wanted: number): Uint8Array {
  const copy = bytes.slice();
  const records = recordsIn(copy);
  const kept = new ByteLog();
  for (let i = 0; i < records.capacity; i++) {
    const ofCore = records.kind(i) === Kind.bookState || records.kind(i) === Kind.snapshotRequest;
    if (!ofCore && records.account(i) !== wanted) continue;
    const at = i * RECORD_BYTES;
    copy[at + 7] = 0;
    kept.add(copy.subarray(at, at + RECORD_BYTES));
  }
  return kept.bytes;
}

describe('three accounts in one pass', () => {
  it('each equal to its run alone', { timeout: 120_000 }, () => {
    const bytes = bothRecordings();
    const together = new Run(recordedConfig(ACCOUNTS)).feed(bytes);
    const hashes = new Set<string>();
    ACCOUNTS.forEach((one, n) => {
      const alone = new Run(recordedConfig([one])).feed(bytes);
      expect(together.session.commandHash(n), one.name).toBe(alone.session.commandHash());
      expect(together.session.stateHash(n), one.name).toBe(alone.session.stateHash());
      expect(together.session.inputHash()).toBe(alone.session.inputHash());
      const derived = derivedOf(together.derived.bytes, n);
      expect(derived.length, one.name).toBe(alone.derived.bytes.length);
      expect(digest(derived), one.name).toBe(digest(alone.derived.bytes));
      expect(together.session.accounts[n]!.commands, one.name).toBeGreaterThan(100);
      expect(together.session.accounts[n]!.fills, one.name).toBeGreaterThan(0);
      hashes.add(together.session.commandHash(n));
    });
    expect(hashes.size).toBe(ACCOUNTS.length);
  });
});
