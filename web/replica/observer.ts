/**
 * Watches a session for the page: makes its columns, keeps its fills and ladders, and says how things stand. It changes
 * nothing in the session, so a replica with and without it computes the same.
 */
import { BookState, Kind, RECORD_FVAL } from '#generated/records.ts';
import type { Records } from '../../host/events/record.ts';
import { CAPACITY, COLUMN_NS, type ColumnBatch, ColumnBuilder, type BookReader, type OwnOrder } from './columns.ts';
import type { Fill, QuoteLadder } from './protocol.ts';
import type { ReplicaSession } from './session-port.ts';

/** Fills not yet taken by the page; the oldest is given up. */
const WAITING_FILLS = 2000;
/** Checkpoints remembered until the host's own are seen. */
const CHECKPOINTS = 1024;

interface OpenLadder {
  readonly orderId: number;
  readonly values: (number | null)[];
}

export class Observer {
  readonly #session: ReplicaSession;
  readonly #epochNs: bigint;
  readonly #builders: readonly ColumnBuilder[];
  readonly #books: readonly BookReader[];
  readonly #ladders: { bid: OpenLadder | null; ask: OpenLadder | null }[];
  readonly #checkpoints = new Map<number, string>();
  #fills: Fill[] = [];
  #column = -1;

  constructor(session: ReplicaSession, epochNs: bigint) {
    this.#session = session;
    this.#epochNs = epochNs;
    this.#builders = session.instruments.map(() => new ColumnBuilder());
    this.#books = session.instruments.map((_, i) => readerOf(session, i));
    this.#ladders = session.instruments.map(() => ({ bid: null, ask: null }));
  }

  /** The open column; -1 before the first record. */
  get column(): number {
    return this.#column;
  }

  /** Prints and own fills among inputs `from` to `to`, before they are fed. */
  inputs(records: Records, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const kind = records.kind(i);
      if (kind === Kind.trade) {
        const instrument = this.#session.instruments[records.instrument(i)];
        if (instrument === undefined) continue;
        const builder = this.#builders[records.instrument(i)]!;
        builder.trade(
          Math.round(records.px(i) / instrument.tickSize),
          records.qty(i) / instrument.lotSize,
          records.side(i),
        );
      } else if (kind === Kind.orderFilled) {
        this.#fill(records, i);
      }
    }
  }

  /** What the session derived. */
  derived(records: Records, count: number): void {
    for (let i = 0; i < count; i++) {
      const kind = records.kind(i);
      if (kind === Kind.orderFilled) this.#fill(records, i);
      else if (kind === Kind.ladder) this.#ladderRow(records, i);
      else if (kind === Kind.checkpoint) this.#checkpoint(records, i);
    }
  }

  /** Session time has reached `relNs`: closes every column that ended before. */
  reach(relNs: number): void {
    const column = Math.floor(relNs / COLUMN_NS);
    if (this.#column === -1) this.#column = column;
    // A silence longer than the page can show needs no columns that it would only overwrite.
    if (column - this.#column > CAPACITY) this.#column = column - CAPACITY;
    for (; this.#column < column; this.#column++) {
      for (let i = 0; i < this.#builders.length; i++)
        this.#builders[i]!.close(this.#column, this.#books[i]!, this.#own(i));
    }
  }

  /** Columns since the last call, with the open one as it stands. */
  takeColumns(instrument: number): ColumnBatch {
    const open =
      this.#column < 0 ? null : { index: this.#column, book: this.#books[instrument]!, own: this.#own(instrument) };
    return this.#builders[instrument]!.take(open);
  }

  takeFills(): readonly Fill[] {
    const fills = this.#fills;
    this.#fills = [];
    return fills;
  }

  /** The newest ladder of each side. */
  ladders(): readonly { readonly bid: QuoteLadder | null; readonly ask: QuoteLadder | null }[] {
    return this.#ladders.map(({ bid, ask }) => ({ bid, ask }));
  }

  /** The state's hash that this replica had at a checkpoint of the first account, or undefined where it was not there. */
  stateHashAt(records: number): string | undefined {
    return this.#checkpoints.get(records);
  }

  #own(instrument: number): OwnOrder[] {
    return this.#session.orders(0).filter((order) => order.instrument === instrument);
  }

  #fill(records: Records, i: number): void {
    const index = records.instrument(i);
    const instrument = this.#session.instruments[index];
    if (instrument === undefined || records.account(i) !== 0) return;
    this.#fills.push({
      relNs: Number(records.localTs(i) - this.#epochNs),
      instrument: index,
      side: records.side(i),
      price: records.px(i),
      priceTicks: Math.round(records.px(i) / instrument.tickSize),
      lots: Math.round(records.qty(i) / instrument.lotSize),
      isMaker: records.ival(i) === 1,
      orderId: records.orderId(i),
    });
    if (this.#fills.length > WAITING_FILLS) this.#fills.shift();
  }

  #ladderRow(records: Records, i: number): void {
    const ladders = this.#ladders[records.instrument(i)];
    const side = records.side(i);
    if (ladders === undefined || side === 0 || records.account(i) !== 0) return;
    const key = side > 0 ? 'bid' : 'ask';
    const orderId = records.orderId(i);
    let ladder = ladders[key];
    if (ladder?.orderId !== orderId) {
      ladder = { orderId, values: this.#session.ladderRows.map(() => null) };
      ladders[key] = ladder;
    }
    const row = records.ival(i);
    if (row >= 0 && row < ladder.values.length) ladder.values[row] = records.px(i);
  }

  #checkpoint(records: Records, i: number): void {
    if (records.account(i) !== 0) return;
    this.#checkpoints.set(records.px(i), checkpointStateHash(records, i));
    if (this.#checkpoints.size > CHECKPOINTS) this.#checkpoints.delete(this.#checkpoints.keys().next().value!);
  }
}

/** The state's hash in a checkpoint record, 16 hexadecimal digits. */
export function checkpointStateHash(records: Records, i: number): string {
  return records.word(i, RECORD_FVAL).toString(16).padStart(16, '0');
}

function readerOf(session: ReplicaSession, instrument: number): BookReader {
  return {
    get isLive() {
      return session.book(instrument).bookState === BookState.live;
    },
    get bidTicks() {
      return session.book(instrument).bidTicks;
    },
    get bidLots() {
      return session.book(instrument).bidLots;
    },
    get askTicks() {
      return session.book(instrument).askTicks;
    },
    get askLots() {
      return session.book(instrument).askLots;
    },
    readLevels: (firstTick, count, bid, ask) => session.readLevels(instrument, firstTick, count, bid, ask),
  };
}
