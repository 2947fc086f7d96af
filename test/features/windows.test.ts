/** Sliding mean and variance, and sums over a window of time, against plain lists. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { windowSum } from '../../host/reference/features.ts';
import { PlainWindow, mean, variance } from '../../host/reference/welford.ts';
import { compileParts } from '../support/parts.ts';
import type { Parts } from '../support/parts.ts';
import { freshSeed, randomFrom } from '../support/random.ts';

/** Standard normal numbers (Box and Muller 1958). */
function normals(random: () => number): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

describe('sliding Welford', () => {
  let parts: Parts;
  beforeAll(async () => {
    parts = await compileParts('release');
  }, 60_000);

  /** numerics.md 1.4: a million updates at a large offset, then a quiet window of scale 0.01. */
  for (const offset of [1e5, 1e9]) {
    it(`keeps the variance of a quiet window at offset ${offset} to 5e-11`, { timeout: 60_000 }, () => {
      const normal = normals(randomFrom(freshSeed(`Welford at ${offset}`)));
      const capacity = 100;
      const window = new PlainWindow(capacity);
      const p = parts.place(parts.welfordSize(capacity));
      parts.welfordStart(p, capacity);
      // The same identity without reference and recomputation: the case is worth something only where this one fails.
      let plainMean = 0;
      let plainM2 = 0;
      const push = (x: number): void => {
        const old = window.isFull ? window.values[0]! : undefined;
        window.push(x);
        parts.welfordAdd(p, x);
        if (old === undefined) {
          const d = x - plainMean;
          plainMean += d / window.values.length;
          plainM2 += d * (x - plainMean);
        } else {
          const next = plainMean + (x - old) / capacity;
          plainM2 += (x - old) * (x - next + (old - plainMean));
          plainMean = next;
        }
      };
      for (let i = 0; i < 1_000_000; i++) push(offset + normal());
      for (let i = 0; i < 2 * capacity; i++) push(offset + 0.01 * normal());
      const exact = variance(window.values);
      expect(Math.abs(parts.variance(p) / exact - 1)).toBeLessThanOrEqual(5e-11);
      expect(Math.abs(parts.mean(p) - mean(window.values))).toBeLessThanOrEqual(1e-15 * offset);
      expect(Math.abs(plainM2 / (capacity - 1) / exact - 1)).toBeGreaterThan(1e-8);
    });
  }

  it('equals two passes over the last values at every prefix', { timeout: 60_000 }, () => {
    const value = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }));
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.array(value, { maxLength: 60 }), (capacity, values) => {
        const window = new PlainWindow(capacity);
        const p = parts.place(parts.welfordSize(capacity));
        parts.welfordStart(p, capacity);
        const scale = Math.max(1, ...values.map(Math.abs));
        for (const x of values) {
          window.push(x);
          parts.welfordAdd(p, x);
          expect(Math.abs(parts.mean(p) - mean(window.values))).toBeLessThanOrEqual(1e-12 * scale);
          expect(Math.abs(parts.variance(p) - variance(window.values))).toBeLessThanOrEqual(1e-9 * scale * scale);
        }
      }),
      { seed: freshSeed('Welford prefixes'), numRuns: 500 },
    );
  });
});

describe('sum over a window of time', () => {
  let parts: Parts;
  beforeAll(async () => {
    parts = await compileParts('release');
  }, 60_000);

  it('equals the sum over a list', { timeout: 60_000 }, () => {
    const event = fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: -50, max: 50 }), fc.boolean());
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(event, { maxLength: 80 }), (buckets, events) => {
        const windowNs = 100 * buckets;
        const p = parts.place(parts.windowSize(buckets));
        parts.windowStart(p, windowNs, buckets);
        let nowNs = 0;
        const values: { timeNs: number; value: number }[] = [];
        let firstBucket: number | undefined;
        for (const [waitNs, value, isValue] of events) {
          nowNs += waitNs;
          if (isValue) {
            values.push({ timeNs: nowNs, value });
            parts.windowPush(p, nowNs, value);
          } else parts.windowSlide(p, nowNs);
          firstBucket ??= Math.floor(nowNs / 100);
          expect(parts.windowTotal(p)).toBe(windowSum(values, nowNs, windowNs, buckets));
          expect(parts.windowWhole(p)).toBe(Number(Math.floor(nowNs / 100) - firstBucket >= buckets));
        }
      }),
      { seed: freshSeed('window sums'), numRuns: 2000 },
    );
  });
});
