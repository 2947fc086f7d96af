/**
 * The host's one clock. `wall`: anchored once at start, then origin + rate x monotonic; a step of the machine's clock
 * is reported and does not move ours. `venue`: for recordings, the frame's venue time plus a configured feed latency,
 * so that every run of a recording gives the same times. Neither ever runs backwards.
 * Times are Numbers of nanoseconds since the journal's epoch, exact up to 104 days.
 */

export interface HostClockOptions {
  /** The journal's epoch, ns since 1970. */
  readonly epochNs: bigint;
  readonly source: 'wall' | 'venue';
  /** `venue`: from the venue's event time to our arrival, ns, at least 0. */
  readonly feedLatencyNs?: number;
  /** `wall`: our nanoseconds per nanosecond of the monotonic clock. Default 1. */
  readonly rate?: number;
  /** `wall`: a change of the machine's clock against ours that counts as a step, ns. Default 1 ms. */
  readonly stepNs?: number;
}

/** The machine's clock moved against ours. */
export interface ClockStep {
  /** Our time at which it was seen, ns since the epoch. */
  readonly atNs: number;
  /** The machine's clock minus ours, ns. */
  readonly offsetNs: number;
  /** What that offset changed by, ns. */
  readonly changeNs: number;
}

export class HostClock {
  readonly epochNs: bigint;
  readonly source: 'wall' | 'venue';
  readonly feedLatencyNs: number;
  readonly rate: number;
  readonly #stepNs: number;
  #originNs = 0;
  #monotonicOriginNs = 0;
  #anchored = false;
  #nowNs = 0;
  #offsetNs = 0;

  constructor(options: HostClockOptions) {
    this.epochNs = options.epochNs;
    this.source = options.source;
    this.feedLatencyNs = options.feedLatencyNs ?? 0;
    this.rate = options.rate ?? 1;
    this.#stepNs = options.stepNs ?? 1_000_000;
    if (!(this.feedLatencyNs >= 0))
      throw new RangeError(`feedLatencyNs is ${this.feedLatencyNs}; it must be at least 0`);
    if (!(this.rate > 0)) throw new RangeError(`rate is ${this.rate}; it must be above 0`);
  }

  /** The newest time given out, ns since the epoch. */
  get nowNs(): number {
    return this.#nowNs;
  }

  /** Goes on behind `nowNs`, the last time of a journal that is being continued. */
  resumeAt(nowNs: number): void {
    if (nowNs > this.#nowNs) this.#nowNs = nowNs;
  }

  /** `wall`: sets the origin from the machine's clock (ns since the epoch) and the monotonic clock (ns), read together. */
  anchor(wallNs: number, monotonicNs: number): void {
    this.#mustBe('wall', 'anchor');
    if (this.#anchored)
      throw new Error('the clock is anchored already; a clock that could be anchored again could run backwards');
    this.#originNs = wallNs;
    this.#monotonicOriginNs = monotonicNs;
    this.#anchored = true;
  }

  /** `wall`: our time at the monotonic clock's `monotonicNs`, ns since the epoch. */
  now(monotonicNs: number): number {
    this.#mustBe('wall', 'now');
    if (!this.#anchored) throw new Error('the clock has no origin yet; call anchor() once at start');
    const time = this.#at(monotonicNs);
    if (time > this.#nowNs) this.#nowNs = time;
    return this.#nowNs;
  }

  /** `wall`: compares the machine's clock with ours; the step where it moved by `stepNs` or more since the last step. */
  observeWall(wallNs: number, monotonicNs: number): ClockStep | undefined {
    const atNs = this.now(monotonicNs);
    const offsetNs = wallNs - this.#at(monotonicNs);
    const changeNs = offsetNs - this.#offsetNs;
    if (changeNs < this.#stepNs && changeNs > -this.#stepNs) return undefined;
    this.#offsetNs = offsetNs;
    return { atNs, offsetNs, changeNs };
  }

  /** `venue`: our time of arrival of a frame with this venue time; both ns since the epoch. */
  arrival(venueTimeNs: number): number {
    this.#mustBe('venue', 'arrival');
    const time = venueTimeNs + this.feedLatencyNs;
    if (time > this.#nowNs) this.#nowNs = time;
    return this.#nowNs;
  }

  /** ns since 1970 of a time of ours, for records. */
  toUnixNs(relativeNs: number): bigint {
    return this.epochNs + BigInt(relativeNs);
  }

  /** A record's time as ns since the epoch. */
  toRelativeNs(unixNs: bigint): number {
    return Number(unixNs - this.epochNs);
  }

  /** What the journal says of the clock, for the segment header. */
  describe(): { source: 'wall' | 'venue'; originNs: number; rate: number; feedLatencyNs: number } {
    return { source: this.source, originNs: this.#originNs, rate: this.rate, feedLatencyNs: this.feedLatencyNs };
  }

  #at(monotonicNs: number): number {
    return Math.floor(this.#originNs + this.rate * (monotonicNs - this.#monotonicOriginNs));
  }

  #mustBe(source: 'wall' | 'venue', method: string): void {
    if (this.source !== source)
      throw new Error(`${method}() needs clock = "${source}"; this clock is "${this.source}"`);
  }
}
