/**
 * The order book that the replay server keeps for itself, to answer snapshot requests as the venue would: maps from price
 * text to quantity text, nothing rounded, nothing shared with the host's own book.
 */

interface DepthFrame {
  readonly E: number;
  readonly T?: number;
  readonly U: number;
  readonly u: number;
  readonly pu?: number;
  readonly b: readonly (readonly [string, string])[];
  readonly a: readonly (readonly [string, string])[];
}

interface DepthSnapshot {
  readonly lastUpdateId: number;
  readonly E?: number;
  readonly T?: number;
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

/** Diffs kept before the first snapshot; older ones are dropped, and the book then waits for a later snapshot. */
const MAX_EARLY_DIFFS = 4096;

function isZero(quantity: string): boolean {
  return /^[0.]*$/.test(quantity);
}

function sorted(side: ReadonlyMap<string, string>, sign: number, limit: number): [string, string][] {
  return [...side]
    .map((level): [number, [string, string]] => [Number(level[0]) * sign, level])
    .sort((x, y) => x[0] - y[0])
    .slice(0, limit)
    .map(([, level]) => level);
}

export class ServerBook {
  readonly #bids = new Map<string, string>();
  readonly #asks = new Map<string, string>();
  #early: DepthFrame[] = [];
  #isKnown = false;
  #lastUpdateId = 0;
  #eventMs = 0;
  #transactionMs = 0;

  /** The book can answer: a snapshot was seen and no diff since is missing. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** Venue time of the last diff, ms since 1970; 0: none yet. */
  get eventMs(): number {
    return this.#eventMs;
  }

  /** Takes the text of the recorded answer to a snapshot request. */
  applySnapshot(json: string): void {
    const snapshot = JSON.parse(json) as DepthSnapshot;
    // A snapshot older than the book adds nothing.
    if (this.#isKnown && snapshot.lastUpdateId <= this.#lastUpdateId) return;
    this.#bids.clear();
    this.#asks.clear();
    for (const [price, quantity] of snapshot.bids) this.#bids.set(price, quantity);
    for (const [price, quantity] of snapshot.asks) this.#asks.set(price, quantity);
    this.#lastUpdateId = snapshot.lastUpdateId;
    this.#eventMs = Math.max(this.#eventMs, snapshot.E ?? 0);
    this.#transactionMs = Math.max(this.#transactionMs, snapshot.T ?? 0);
    this.#isKnown = true;
    const early = this.#early;
    this.#early = [];
    for (const diff of early) if (diff.u > snapshot.lastUpdateId) this.#apply(diff);
  }

  /** Takes the text of a depth frame's `data`. */
  applyDiff(json: string): void {
    const diff = JSON.parse(json) as DepthFrame;
    this.#eventMs = diff.E;
    if (this.#isKnown && diff.pu !== undefined && diff.pu > this.#lastUpdateId) this.#isKnown = false;
    if (this.#isKnown) {
      if (diff.u > this.#lastUpdateId) this.#apply(diff);
      return;
    }
    if (this.#early.length >= MAX_EARLY_DIFFS) this.#early.shift();
    this.#early.push(diff);
  }

  /** The answer to `GET /fapi/v1/depth` with `limit` levels a side. */
  snapshot(limit: number): string {
    return JSON.stringify({
      lastUpdateId: this.#lastUpdateId,
      E: this.#eventMs,
      T: this.#transactionMs,
      bids: sorted(this.#bids, -1, limit),
      asks: sorted(this.#asks, 1, limit),
    });
  }

  #apply(diff: DepthFrame): void {
    for (const [price, quantity] of diff.b) {
      if (isZero(quantity)) this.#bids.delete(price);
      else this.#bids.set(price, quantity);
    }
    for (const [price, quantity] of diff.a) {
      if (isZero(quantity)) this.#asks.delete(price);
      else this.#asks.set(price, quantity);
    }
    this.#lastUpdateId = diff.u;
    this.#transactionMs = diff.T ?? this.#transactionMs;
  }
}
