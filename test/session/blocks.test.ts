/**
 * What a session computes depends on the records alone: not on how they were cut into blocks, and not on how the kernels were
 * compiled.
 */
import { describe, expect, it } from 'vitest';
import { Kind, RECORD_BYTES } from '#generated/records.ts';
import { BTC, instrument, recordedConfig } from '../support/configuration.ts';
import { checkedKernels } from '../support/modules.ts';
import { bothRecordings, recordsIn, slice } from '../support/recording.ts';
import { Run } from '../support/runs.ts';

/** First record of each frame, and the end. */
function frameBounds(bytes: Uint8Array): number[] {
  const records = recordsIn(bytes);
  const bounds: number[] = [];
  for (let i = 0; i < records.capacity; i++) if (records.kind(i) === Kind.frame) bounds.push(i);
  bounds.push(records.capacity);
  return bounds;
}

describe('blocks', () => {
  it('of 7, of 8192, of 65,536 and frame by frame give one outcome', { timeout: 120_000 }, () => {
    const bytes = bothRecordings();
    const config = recordedConfig();
    const whole = new Run(config).feed(bytes, 65536).outcome();
    expect(whole.records).toBe(bytes.length / RECORD_BYTES);
    expect(whole.derivedRecords).toBeGreaterThan(10_000);
    expect(new Run(config).feed(bytes, 8192).outcome()).toEqual(whole);
    expect(new Run(config).feed(bytes, 7).outcome()).toEqual(whole);
    const byFrames = new Run(config);
    let from = 0;
    for (const bound of frameBounds(bytes)) {
      byFrames.feed(slice(bytes, from, bound), 65536);
      from = bound;
    }
    expect(byFrames.outcome()).toEqual(whole);
  });

  it('of 1 give the outcome of large ones', { timeout: 120_000 }, () => {
    const part = slice(bothRecordings(), 0, 200_000);
    const config = recordedConfig(undefined, 4096);
    const whole = new Run(config).feed(part, 65536).outcome();
    expect(new Run(config).feed(part, 1).outcome()).toEqual(whole);
    // The comparison can fail: one record less is another outcome.
    expect(new Run(config).feed(slice(part, 0, 199_999), 7).outcome()).not.toEqual(whole);
  });

  it('of a session in which no account trades an instrument whose book goes up and down', { timeout: 120_000 }, () => {
    // 30 ms without depth are silence enough: the book of the second instrument is stale and live again all the time.
    const base = recordedConfig();
    const config = { ...base, instruments: [BTC, instrument(1, 'ETHUSDT', 0.01, { staleAfterMs: 30 })] };
    const bytes = slice(bothRecordings(), 0, 200_000);
    const whole = new Run(config).feed(bytes, 65536);
    expect(new Run(config).feed(bytes, 1).outcome()).toEqual(whole.outcome());
    expect(whole.positions.filter((p) => p.kind === Kind.bookState).length).toBeGreaterThan(100);
  });
});

describe('release and checked build', () => {
  it('give one outcome over both recordings', { timeout: 120_000 }, () => {
    const bytes = bothRecordings();
    const config = recordedConfig();
    const release = new Run(config).feed(bytes).outcome();
    expect(new Run(config, { module: checkedKernels() }).feed(bytes).outcome()).toEqual(release);
  });
});
