/** Quantiles of recorded durations. */
import { describe, expect, it } from 'vitest';
import { Samples } from '../../bench/samples.ts';

describe('samples', () => {
  it('give the smallest value that the share does not exceed', () => {
    const samples = new Samples(1000);
    for (let i = 1000; i > 0; i--) samples.add(i);
    expect(samples.figures()).toEqual({ min: 1, p50: 500, p99: 990, p999: 999 });
    expect(samples.quantile(1)).toBe(1000);
  });
  it('forget, and say so where there is nothing or too much', () => {
    const samples = new Samples(1);
    samples.add(3);
    expect(() => samples.add(4)).toThrow('more than 1 samples');
    samples.clear();
    expect(() => samples.quantile(0.5)).toThrow('no samples');
    samples.add(5);
    expect(samples.quantile(0.5)).toBe(5);
  });
});
