/** The latency histogram beside the sorted values themselves. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../host/cli/latency.ts';
import { LATENCY_OCTAVES } from '../../host/session/status.ts';

function histogramOf(microseconds: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of microseconds) histogram.record(value);
  return histogram;
}

describe('the latency histogram', () => {
  it('says nothing until something was measured', () => {
    expect(new LatencyHistogram().summary()).toBeNull();
    expect(new LatencyHistogram().count).toBe(0);
  });

  it('a quantile is the value that stands there, at most a sixteenth of an octave above it', () => {
    const values = fc.array(fc.double({ min: 0.0626, max: 1e7, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.constantFrom(0.01, 0.5, 0.99, 0.999, 1), (microseconds, q) => {
        const exact = [...microseconds].sort((a, b) => a - b)[Math.ceil(q * microseconds.length) - 1]!;
        const quantile = histogramOf(microseconds).quantile(q);
        expect(quantile).toBeGreaterThanOrEqual(exact * (1 - 1e-12));
        expect(quantile).toBeLessThanOrEqual(exact * 2 ** (1 / 16) * (1 + 1e-12));
      }),
    );
  });

  it('values beyond either end are counted at that end', () => {
    const histogram = histogramOf([0, 0.001, 1e9]);
    const summary = histogram.summary()!;
    expect(histogram.count).toBe(3);
    expect(summary.maxUs).toBe(1e9);
    expect(summary.octaves[0]).toBe(2);
    expect(summary.octaves.at(-1)).toBe(1);
    expect(summary.p50Us).toBe(1 / 16);
  });

  it('the octaves hold every value, each between half its upper end and that', () => {
    const middles = Array.from({ length: LATENCY_OCTAVES }, (_, octave) => 1.5 * 2 ** (octave - 4));
    expect(histogramOf(middles).summary()!.octaves).toEqual(middles.map(() => 1));
    // An upper end belongs to its octave: the first one ends at 1/8 us.
    expect(histogramOf([0.125]).summary()!.octaves[0]).toBe(1);
    expect(histogramOf([0.126]).summary()!.octaves[1]).toBe(1);
  });

  it('no quantile is above the largest value', () => {
    expect(histogramOf([1.01]).summary()).toMatchObject({ p50Us: 1.01, p99Us: 1.01, p999Us: 1.01, maxUs: 1.01 });
  });
});
