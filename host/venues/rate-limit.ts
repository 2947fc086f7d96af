/**
 * A sliding-window rate limit: at most `count` events in any `windowMs`. Exact, with memory of `count` times.
 */
export class RateLimit {
  readonly #timesMs: Float64Array;
  readonly #windowMs: number;
  #oldest = 0;

  constructor(count: number, windowMs: number) {
    if (!(Number.isInteger(count) && count >= 1 && windowMs > 0)) {
      throw new RangeError(
        `rate limit of ${count} in ${windowMs} ms: at least 1 in a window of more than 0 ms is needed`,
      );
    }
    this.#timesMs = new Float64Array(count).fill(-Infinity);
    this.#windowMs = windowMs;
  }

  /** Milliseconds until an event is allowed; 0: now. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#timesMs[this.#oldest]! + this.#windowMs - nowMs);
  }

  /** Counts an event at `nowMs`. The caller has asked `waitMs` before. */
  take(nowMs: number): void {
    this.#timesMs[this.#oldest] = nowMs;
    this.#oldest = (this.#oldest + 1) % this.#timesMs.length;
  }
}
