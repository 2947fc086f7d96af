/** The smaller pure parts of the page: address, numbers, start point, slices of blocks, SIMD, mode. */
import { describe, expect, it } from 'vitest';
import { Records } from '../../host/events/record.ts';
import { Arrivals } from '../../web/replica/slices.ts';
import { type Segment, startPoint } from '../../web/replica/start-point.ts';
import {
  bytes,
  count,
  decimals,
  duration,
  microseconds,
  midPrice,
  price,
  shortSize,
  signed,
  size,
  timeOfDay,
  words,
} from '../../web/view/format.ts';
import { readLocation, writeLocation } from '../../web/view/location.ts';
import { modeOf } from '../../web/view/mode.ts';
import { hasSimd } from '../../web/view/simd.ts';
import { FakeSource } from '../server/fake-source.ts';

describe('the status', () => {
  it('gives the mode', () => {
    const status = new FakeSource().status();
    expect(modeOf(null).label).toBe('CONNECTING');
    expect(modeOf(status).label).toBe('RECORDING');
    const real = { ...status, recording: { isRecording: false, description: '' } };
    expect(modeOf({ ...real, mode: 'paper' }).label).toBe('PAPER');
    expect(modeOf({ ...real, mode: 'live' }).label).toBe('LIVE');
  });
});

describe('the address', () => {
  it('keeps what is shown', () => {
    const shown = {
      instrument: 'ETHUSDT',
      columns: 480,
      ticks: 90,
      palette: 'cividis',
      scale: 'log',
      atSeconds: 12.5,
    } as const;
    expect(readLocation(writeLocation(shown))).toEqual(shown);
  });
  it('ignores what makes no sense', () => {
    expect(readLocation('#w=1e9&h=abc&map=pink&scale=&t=-3')).toEqual({
      instrument: null,
      columns: null,
      ticks: null,
      palette: null,
      scale: null,
      atSeconds: null,
    });
    expect(readLocation('').instrument).toBeNull();
  });
});

describe('numbers', () => {
  it('are written as people read them', () => {
    expect([decimals(0.1), decimals(0.001), decimals(1), decimals(0.0005)]).toEqual([1, 3, 0, 4]);
    expect(price(571_234, 0.1)).toBe('57123.4');
    expect(midPrice(571_234, 571_235, 0.1)).toBe('57123.45');
    expect(size(20, 0.001)).toBe('0.020');
    expect([0.0123, 1.5, 42.31, 512.7, 1234, 56_789].map(shortSize)).toEqual([
      '0.012',
      '1.50',
      '42.3',
      '513',
      '1.2k',
      '57k',
    ]);
    expect([signed(1.5, 2), signed(-1.5, 2), signed(-0.001, 2)]).toEqual(['+1.50', '\u22121.50', '0.00']);
    expect(count(1_234_567)).toBe('1\u2009234\u2009567');
    expect([duration(5), duration(65), duration(3727)]).toEqual(['0:05', '1:05', '1:02:07']);
    expect([microseconds(0.61), microseconds(31), microseconds(118), microseconds(1930)]).toEqual([
      '0.61 \u00b5s',
      '31.0 \u00b5s',
      '118 \u00b5s',
      '1.93 ms',
    ]);
    expect([bytes(142e6), bytes(2.5e9)]).toEqual(['142 MB', '2.50 GB']);
    expect(words('snapshotTooOld')).toBe('snapshot too old');
  });
  it('times are exact to the microsecond, and pass midnight', () => {
    const epochMs = Date.UTC(2024, 7, 8, 23, 59, 59);
    expect(timeOfDay(epochMs, 999_999_000, 6)).toBe('23:59:59.999999');
    expect(timeOfDay(epochMs, 1_000_000_000, 6)).toBe('00:00:00.000000');
    expect(timeOfDay(epochMs, 123_456_789, 3)).toBe('23:59:59.123');
    expect(timeOfDay(epochMs, 0, 0)).toBe('23:59:59');
  });
});

describe('where a replay starts', () => {
  const segment = (number: number, startSeconds: number, hasSnapshot: boolean): Segment => ({
    number,
    firstRecord: number * 10,
    records: 10,
    startNs: startSeconds * 1e9,
    endNs: startSeconds * 1e9 + 50e9,
    bytes: 1000,
    hasSnapshot,
  });
  const segments = [segment(1, 0, false), segment(2, 50, true), segment(3, 100, true), segment(4, 150, false)];

  it('is the newest snapshot with a minute of history after it', () => {
    expect(startPoint(segments, 200e9)?.number).toBe(3);
    expect(startPoint(segments, 159e9)?.number).toBe(2);
  });
  it('is a newer snapshot where too much lies behind it', () => {
    expect(startPoint(segments, 200e9, 1999)?.number).toBe(3);
    const late = [...segments, segment(5, 190, true)];
    expect(startPoint(late, 200e9, 2999)?.number).toBe(5);
    expect(startPoint(late, 200e9, 3000)?.number).toBe(3);
  });
  it('is the beginning where there is none', () => {
    expect(startPoint(segments, 60e9)?.number).toBe(1);
    expect(startPoint([], 60e9)).toBeNull();
  });
});

describe('arrivals', () => {
  it('are exact, and found by their border', () => {
    const epochNs = 1_723_075_200_000_000_000n;
    const records = Records.allocate(5);
    const relative = [0, 1, 4_294_967_296, 4_294_967_297, 9_000_000_000_001];
    relative.forEach((relNs, i) => records.setTimes(i, 0n, epochNs + BigInt(relNs)));
    const arrivals = new Arrivals(records.bytes, epochNs);
    expect(relative.map((_, i) => arrivals.relNs(i))).toEqual(relative);
    expect(arrivals.firstAtOrAfter(0, 0)).toBe(0);
    expect(arrivals.firstAtOrAfter(2, 0)).toBe(2);
    expect(arrivals.firstAtOrAfter(4_294_967_297, 0)).toBe(3);
    expect(arrivals.firstAtOrAfter(1, 3)).toBe(3);
    expect(arrivals.firstAtOrAfter(1e15, 0)).toBe(5);
  });
});

describe('SIMD', () => {
  it('is seen where it is, as in Node', () => {
    expect(hasSimd()).toBe(true);
  });
});
