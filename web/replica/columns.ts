/**
 * Columns of the heatmap: what the book, the prints and our own orders were in one slice of session time.
 *
 * A column holds the resting size of each tick in a window about the price at the column's end. Bids are positive, asks
 * negative, so that one number says both. What lies outside the window, and every column whose book was not live, is
 * unknown, which is not the same as zero.
 *
 * Memory: a ring holds CAPACITY columns; with 1,024 ticks that is 4,800 x (4,096 + 320) bytes, about 21 MB an
 * instrument. A column older than the ring is long is overwritten.
 */

/** Session time in one column, ns. */
export const COLUMN_NS = 250_000_000;
/** Ticks in a column's window. */
export const CELLS = 1024;
/** Columns kept for each instrument: 20 minutes. */
export const CAPACITY = 4800;
/** Own orders drawn in a column; further ones are listed beside the map, not drawn on it. */
export const MAX_OWN = 6;

/** Fields of a column beside its sizes, as indexes into its META_FIELDS numbers. */
export const META = {
  /** floor(session time / COLUMN_NS). */
  index: 0,
  /** 1: the sizes are those of a live book; 0: unknown. */
  isKnown: 1,
  /** Tick of the first cell. */
  baseTick: 2,
  /** Touch at the column's end; NaN where there is none. */
  bidTicks: 3,
  askTicks: 4,
  /** Prints by aggressor: volume, and its mean price (NaN where there were none). */
  buyLots: 5,
  buyTicks: 6,
  sellLots: 7,
  sellTicks: 8,
  /** Own orders at the column's end. */
  ownCount: 9,
  own: 10,
} as const;

/** Fields of one own order. */
export const OWN = {
  id: 0,
  /** Positive: buy. */ signedLots: 1,
  ticks: 2,
  /** NaN: not in the queue. */ aheadLots: 3,
  behindLots: 4,
} as const;
export const OWN_FIELDS = 5;
export const META_FIELDS = META.own + MAX_OWN * OWN_FIELDS;

/** Columns on their way from the worker to the page. */
export interface ColumnBatch {
  readonly count: number;
  /** META_FIELDS numbers a column. */
  readonly meta: Float64Array<ArrayBuffer>;
  /** CELLS numbers a column. */
  readonly sizes: Float32Array<ArrayBuffer>;
}

/** An own order as a column wants it. */
export interface OwnOrder {
  readonly id: number;
  /** +1 buy, -1 sell. */
  readonly side: number;
  readonly priceTicks: number;
  readonly leavesLots: number;
  /** Null while the order is not in the queue. */
  readonly queueAheadLots: number | null;
}

/** The book at a column's end. */
export interface BookReader {
  readonly isLive: boolean;
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
  /** Fills `bid` and `ask` with the sizes of `count` ticks from `firstTick` on, lots. */
  readLevels(firstTick: number, count: number, bid: Float64Array, ask: Float64Array): void;
}

/** Builds one instrument's columns. Holds prints of the open column only, and the finished ones until they are taken. */
export class ColumnBuilder {
  /** Finished columns wait here; the worker takes them many times a second. When full, the oldest is given up. */
  static readonly WAITING = 512;
  readonly #bid = new Float64Array(CELLS);
  readonly #ask = new Float64Array(CELLS);
  readonly #meta = new Float64Array(ColumnBuilder.WAITING * META_FIELDS);
  readonly #sizes = new Float32Array(ColumnBuilder.WAITING * CELLS);
  #waiting = 0;
  #baseTick = Number.NaN;
  #buyLots = 0;
  #buyValue = 0;
  #sellLots = 0;
  #sellValue = 0;

  /** A print in the open column. `sign`: +1 the aggressor bought, -1 it sold. */
  trade(priceTicks: number, lots: number, sign: number): void {
    if (sign > 0) {
      this.#buyLots += lots;
      this.#buyValue += lots * priceTicks;
    } else if (sign < 0) {
      this.#sellLots += lots;
      this.#sellValue += lots * priceTicks;
    }
  }

  /** Ends column `index`: its window, its own orders, and the prints since the last one. */
  close(index: number, book: BookReader, own: readonly OwnOrder[]): void {
    if (this.#waiting === ColumnBuilder.WAITING) {
      this.#meta.copyWithin(0, META_FIELDS);
      this.#sizes.copyWithin(0, CELLS);
      this.#waiting--;
    }
    this.#write(this.#waiting++, index, book, own);
    this.#buyLots = this.#buyValue = this.#sellLots = this.#sellValue = 0;
  }

  /** The finished columns, and the open one as it stands, where `open` names it. Finished ones are given once. */
  take(
    open: { readonly index: number; readonly book: BookReader; readonly own: readonly OwnOrder[] } | null,
  ): ColumnBatch {
    let count = this.#waiting;
    if (open !== null && count < ColumnBuilder.WAITING) this.#write(count++, open.index, open.book, open.own);
    this.#waiting = 0;
    return { count, meta: this.#meta.slice(0, count * META_FIELDS), sizes: this.#sizes.slice(0, count * CELLS) };
  }

  /** Forgets everything: the session goes on at another time. */
  clear(): void {
    this.#waiting = 0;
    this.#baseTick = Number.NaN;
    this.#buyLots = this.#buyValue = this.#sellLots = this.#sellValue = 0;
  }

  #write(slot: number, index: number, book: BookReader, own: readonly OwnOrder[]): void {
    const meta = this.#meta;
    const at = slot * META_FIELDS;
    const hasBid = book.bidLots > 0;
    const hasAsk = book.askLots > 0;
    const isKnown = book.isLive && hasBid && hasAsk;
    if (isKnown) this.#readWindow(slot, book);
    meta.fill(0, at, at + META_FIELDS);
    meta[at + META.index] = index;
    meta[at + META.isKnown] = isKnown ? 1 : 0;
    meta[at + META.baseTick] = this.#baseTick;
    meta[at + META.bidTicks] = isKnown ? book.bidTicks : Number.NaN;
    meta[at + META.askTicks] = isKnown ? book.askTicks : Number.NaN;
    meta[at + META.buyLots] = this.#buyLots;
    meta[at + META.buyTicks] = this.#buyLots > 0 ? this.#buyValue / this.#buyLots : Number.NaN;
    meta[at + META.sellLots] = this.#sellLots;
    meta[at + META.sellTicks] = this.#sellLots > 0 ? this.#sellValue / this.#sellLots : Number.NaN;
    const drawn = Math.min(own.length, MAX_OWN);
    meta[at + META.ownCount] = drawn;
    for (let i = 0; i < drawn; i++) {
      const order = own[i]!;
      const to = at + META.own + i * OWN_FIELDS;
      const ahead = order.queueAheadLots;
      meta[to + OWN.id] = order.id;
      meta[to + OWN.signedLots] = order.side * order.leavesLots;
      meta[to + OWN.ticks] = order.priceTicks;
      meta[to + OWN.aheadLots] = ahead ?? Number.NaN;
      meta[to + OWN.behindLots] = ahead === null || !isKnown ? Number.NaN : Math.max(0, this.#levelLots(order) - ahead);
    }
  }

  /** The window stays where it is while the touch is in its middle half, so that neighbours line up cell by cell. */
  #readWindow(slot: number, book: BookReader): void {
    const mid = Math.floor((book.bidTicks + book.askTicks) / 2);
    const inside = mid - this.#baseTick;
    if (!(inside >= CELLS / 4 && inside < (3 * CELLS) / 4)) this.#baseTick = mid - CELLS / 2;
    book.readLevels(this.#baseTick, CELLS, this.#bid, this.#ask);
    const at = slot * CELLS;
    for (let i = 0; i < CELLS; i++) {
      const bid = this.#bid[i]!;
      this.#sizes[at + i] = bid > 0 ? bid : 0 - this.#ask[i]!;
    }
  }

  #levelLots(order: OwnOrder): number {
    const cell = order.priceTicks - this.#baseTick;
    return (order.side > 0 ? this.#bid[cell] : this.#ask[cell]) ?? 0;
  }
}

/** The page's columns of one instrument, by index; see the top of this file for its memory. */
export class ColumnRing {
  readonly capacity: number;
  readonly meta: Float64Array;
  readonly sizes: Float32Array;
  #first = 0;
  #last = -1;
  #generation = 0;

  constructor(capacity = CAPACITY) {
    this.capacity = capacity;
    this.meta = new Float64Array(capacity * META_FIELDS);
    this.sizes = new Float32Array(capacity * CELLS);
    this.clear();
  }

  /** Index of the oldest and the newest column; last < first where there is none. */
  get first(): number {
    return this.#first;
  }
  get last(): number {
    return this.#last;
  }

  /** Raised by clear(). */
  get generation(): number {
    return this.#generation;
  }

  clear(): void {
    this.#generation++;
    for (let slot = 0; slot < this.capacity; slot++) this.meta[slot * META_FIELDS + META.index] = -1;
    this.#first = 0;
    this.#last = -1;
  }

  /** Takes columns in any order; one that is there already is replaced, one older than the ring is long is dropped. */
  put(batch: ColumnBatch): void {
    for (let i = 0; i < batch.count; i++) {
      const index = batch.meta[i * META_FIELDS + META.index]!;
      if (this.#last >= this.#first && index <= this.#last - this.capacity) continue;
      const slot = index % this.capacity;
      this.meta.set(batch.meta.subarray(i * META_FIELDS, (i + 1) * META_FIELDS), slot * META_FIELDS);
      this.sizes.set(batch.sizes.subarray(i * CELLS, (i + 1) * CELLS), slot * CELLS);
      if (this.#last < this.#first) {
        this.#first = this.#last = index;
      } else {
        this.#first = Math.min(this.#first, index);
        this.#last = Math.max(this.#last, index);
      }
      this.#first = Math.max(this.#first, this.#last - this.capacity + 1);
    }
  }

  /** Where column `index` stands, or -1 where it is missing. */
  slot(index: number): number {
    if (index < this.#first || index > this.#last) return -1;
    const slot = index % this.capacity;
    return this.meta[slot * META_FIELDS + META.index] === index ? slot : -1;
  }

  /** A META field of the column in `slot`. */
  get(slot: number, field: number): number {
    return this.meta[slot * META_FIELDS + field]!;
  }

  /** Resting size at a tick: positive bid, negative ask, 0 nothing, NaN unknown. */
  size(slot: number, tick: number): number {
    const at = slot * META_FIELDS;
    if (this.meta[at + META.isKnown] === 0) return Number.NaN;
    const cell = tick - this.meta[at + META.baseTick]!;
    return cell >= 0 && cell < CELLS ? this.sizes[slot * CELLS + cell]! : Number.NaN;
  }
}
