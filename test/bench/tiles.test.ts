/** The recording laid end to end: every copy is later by whole seconds, nothing else changes. */
import { describe, expect, it } from 'vitest';
import { spanNs, tiled } from '../../bench/cases/backtest.ts';
import { Records } from '../../host/events/record.ts';

const START = 1723075200000000000n;

function threeRecords(): Uint8Array {
  const records = Records.allocate(3);
  [0n, 700_000_000n, 2_300_000_000n].forEach((at, i) => {
    records.begin(i, 2, 0);
    records.setTimes(i, START + at - 5n, START + at);
    records.setPx(i, 100 + i);
  });
  return records.bytes;
}

describe('tiles', () => {
  it('span whole seconds, more than the recording', () => {
    expect(spanNs(new BigInt64Array(threeRecords().buffer))).toBe(3_000_000_000n);
  });
  it('repeat the records later by whole spans', () => {
    const seen: Uint8Array[] = [];
    const original = threeRecords();
    tiled(original, 3, (bytes) => seen.push(bytes.slice()));
    expect(original).toEqual(threeRecords());
    expect(seen).toHaveLength(3);
    seen.forEach((bytes, tile) => {
      const records = new Records(bytes.buffer);
      const later = BigInt(tile) * 3_000_000_000n;
      expect(records.localTs(2)).toBe(START + 2_300_000_000n + later);
      expect(records.exchTs(1)).toBe(START + 700_000_000n - 5n + later);
      expect(records.px(2)).toBe(102);
    });
  });
});
