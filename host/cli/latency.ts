/**
 * Histogram of durations with 16 buckets per power of two (error below 6.5 %), 4 ns a value: an array, no objects.
 */
import type { LatencyStageJson } from '../server/status.ts';

const BUCKETS_PER_OCTAVE = 16;
/** From 2^-4 us (62 ns) to 2^24 us (17 s). */
const LOWEST_OCTAVE = -4;
const OCTAVES = 28;

export class LatencyHistogram {
  readonly #counts = new Float64Array(OCTAVES * BUCKETS_PER_OCTAVE + 1);
  #total = 0;
  #maxUs = 0;

  record(microseconds: number): void {
    const at = Math.ceil((Math.log2(microseconds) - LOWEST_OCTAVE) * BUCKETS_PER_OCTAVE);
    this.#counts[at > 0 ? Math.min(at, this.#counts.length - 1) : 0]! += 1;
    this.#total += 1;
    if (microseconds > this.#maxUs) this.#maxUs = microseconds;
  }

  get count(): number {
    return this.#total;
  }

  /** Upper end of the bucket that holds the quantile; never above the largest value. */
  quantile(q: number): number {
    let left = q * this.#total;
    for (let i = 0; i < this.#counts.length; i++) {
      left -= this.#counts[i]!;
      if (left <= 0) return Math.min(2 ** (i / BUCKETS_PER_OCTAVE + LOWEST_OCTAVE), this.#maxUs);
    }
    return this.#maxUs;
  }

  /** Null until something was measured. */
  summary(): LatencyStageJson | null {
    if (this.#total === 0) return null;
    return { p50: this.quantile(0.5), p99: this.quantile(0.99), p999: this.quantile(0.999), max: this.#maxUs };
  }
}
