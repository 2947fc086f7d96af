/**
 * Histogram of durations with 16 buckets per power of two (error below 6.5 %), 4 ns a value: an array, no objects.
 */
import { LATENCY_OCTAVES } from '../session/status.ts';
import type { LatencyStageJson } from '../session/status.ts';

const BUCKETS_PER_OCTAVE = 16;
/** From 2^-4 us (62 ns) to 2^24 us (17 s). */
const LOWEST_OCTAVE = -4;

export class LatencyHistogram {
  readonly #counts = new Float64Array(LATENCY_OCTAVES * BUCKETS_PER_OCTAVE + 1);
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

  /** The same, an octave a count. */
  octaves(): number[] {
    const counts = new Array<number>(LATENCY_OCTAVES).fill(0);
    for (let i = 0; i < this.#counts.length; i++) {
      counts[Math.min(LATENCY_OCTAVES - 1, Math.max(0, Math.ceil(i / BUCKETS_PER_OCTAVE) - 1))]! += this.#counts[i]!;
    }
    return counts;
  }

  /** Null until something was measured. */
  summary(): LatencyStageJson | null {
    if (this.#total === 0) return null;
    return {
      octaves: this.octaves(),
      p50Us: this.quantile(0.5),
      p99Us: this.quantile(0.99),
      p999Us: this.quantile(0.999),
      maxUs: this.#maxUs,
    };
  }
}
