/**
 * Our clock minus a venue's, from the one-way trip of its frames. A frame cannot arrive before it was sent, so the smallest
 * `arrival - venue time` of a while is the offset plus the shortest trip; one-way delay and offset cannot be told apart, and
 * the shortest trip is taken to be what the configuration assumes (feed_latency_ms).
 */

/** Two windows of this length: the estimate is the smallest difference of the current and the last one. */
const WINDOW_NS = 30e9;
/** A change below this is not worth a record. */
const STEP_NS = 1e6;
/** Least time between two records, so that a clock that runs away does not fill the journal. */
const PAUSE_NS = 100e6;

export class ClockOffset {
  readonly #feedLatencyNs: number;
  #windowStartNs = -Infinity;
  #smallestNs = Infinity;
  #formerNs = Infinity;
  #announcedNs = 0;
  #announcedAtNs = -Infinity;

  constructor(feedLatencyNs: number) {
    this.#feedLatencyNs = feedLatencyNs;
  }

  /**
   * A frame with this venue time arrived at `localNs` (both ns since the epoch). Returns the new offset in ns where it has
   * changed by a millisecond or more, else undefined.
   */
  observe(localNs: number, venueNs: number): number | undefined {
    if (localNs - this.#windowStartNs >= WINDOW_NS) {
      this.#formerNs = this.#windowStartNs === -Infinity ? Infinity : this.#smallestNs;
      this.#smallestNs = Infinity;
      this.#windowStartNs = localNs;
    }
    this.#smallestNs = Math.min(this.#smallestNs, localNs - venueNs);
    const offsetNs = Math.round(Math.min(this.#smallestNs, this.#formerNs) - this.#feedLatencyNs);
    if (Math.abs(offsetNs - this.#announcedNs) < STEP_NS || localNs - this.#announcedAtNs < PAUSE_NS) return undefined;
    this.#announcedNs = offsetNs;
    this.#announcedAtNs = localNs;
    return offsetNs;
  }
}
