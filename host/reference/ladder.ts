/**
 * One side of a book as a sorted list of levels, best first: the plain twin of assembly/book/ladder.ts. It knows no window
 * and no far map. Prices in ticks, sizes in lots; `side` is +1 for bids, where higher is better, and -1 for asks.
 */
export class PlainLadder {
  readonly side: 1 | -1;
  /** Sorted by price, best first. */
  readonly #ticks: number[] = [];
  readonly #lots = new Map<number, number>();

  constructor(side: 1 | -1) {
    this.side = side;
  }

  get levels(): number {
    return this.#ticks.length;
  }
  get best(): number | undefined {
    return this.#ticks[0];
  }
  /** 0 where there is no level. */
  lots(tick: number): number {
    return this.#lots.get(tick) ?? 0;
  }
  /** Place of the first level that is not better than `tick`. */
  #place(tick: number): number {
    let low = 0;
    let high = this.#ticks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ticks[middle]! - tick) * this.side > 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  /** 0 removes the level. */
  set(tick: number, lots: number): void {
    const at = this.#place(tick);
    const exists = this.#lots.has(tick);
    if (lots > 0) {
      if (!exists) this.#ticks.splice(at, 0, tick);
      this.#lots.set(tick, lots);
    } else if (exists) {
      this.#ticks.splice(at, 1);
      this.#lots.delete(tick);
    }
  }
  /** The best level that is strictly worse than `tick`. */
  next(tick: number): number | undefined {
    return this.#ticks[this.#place(tick - this.side)];
  }
  /** Removes the levels from the best to `tick` inclusive. */
  clearTo(tick: number): void {
    for (const gone of this.#ticks.splice(0, this.#place(tick - this.side))) this.#lots.delete(gone);
  }
  clear(): void {
    this.#ticks.length = 0;
    this.#lots.clear();
  }
  /** Lots from the best level to `limitTicks` inclusive. */
  depthTo(limitTicks: number): number {
    let sum = 0;
    for (const tick of this.#ticks) {
      if ((tick - limitTicks) * this.side < 0) break;
      sum += this.lots(tick);
    }
    return sum;
  }
  /** Best first. */
  *[Symbol.iterator](): Generator<readonly [tick: number, lots: number]> {
    for (const tick of this.#ticks) yield [tick, this.lots(tick)];
  }
}
