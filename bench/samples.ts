/** Durations of single events, kept in an array that is made before anything is measured. */

export class Samples {
  readonly #values: Float64Array;
  #count = 0;

  /** Further values than `capacity` are an error: a sample that loses its tail would flatter. */
  constructor(capacity: number) {
    this.#values = new Float64Array(capacity);
  }

  add(value: number): void {
    if (this.#count === this.#values.length) {
      throw new Error(`more than ${this.#values.length} samples; give the array the length of the run`);
    }
    this.#values[this.#count++] = value;
  }

  get count(): number {
    return this.#count;
  }

  /** Forgets what was recorded while the engine was still compiling. */
  clear(): void {
    this.#count = 0;
  }

  /** The smallest value that at least the share `q` of the values does not exceed. Throws where there is none. */
  quantile(q: number): number {
    if (this.#count === 0) throw new Error('there are no samples; run the case before asking for a quantile');
    const sorted = this.#values.slice(0, this.#count).sort();
    return sorted[Math.max(0, Math.ceil(q * this.#count) - 1)]!;
  }

  figures(): { min: number; p50: number; p99: number; p999: number } {
    return { min: this.quantile(0), p50: this.quantile(0.5), p99: this.quantile(0.99), p999: this.quantile(0.999) };
  }
}
