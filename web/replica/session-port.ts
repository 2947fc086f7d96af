/**
 * What the page needs of a session: the one place where the dashboard meets the core. Everything behind it, from columns
 * to panels, is written against these types; `open-session.ts` gives them from the kernels, the strategy and the session.
 * Prices are in ticks, sizes in lots, times in ns since the journal's epoch.
 */
import type { Records } from '../../host/events/record.ts';

export interface ReplicaInstrument {
  readonly symbol: string;
  readonly venue: string;
  readonly base: string;
  readonly quote: string;
  /** Quote currency. */
  readonly tickSize: number;
  /** Base currency or contracts. */
  readonly lotSize: number;
}

/** An instrument's state, read anew at each call. */
export interface ReplicaBook {
  /** BookState and BookCause codes. */
  readonly bookState: number;
  readonly bookCause: number;
  /** Valid where the size is above 0. */
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

export interface ReplicaOrder {
  readonly id: number;
  readonly instrument: number;
  /** +1 buy, -1 sell. */
  readonly side: number;
  readonly priceTicks: number;
  readonly leavesLots: number;
  /** OwnOrderState code. */
  readonly state: number;
  /** Size of others ahead of us at our price; null while the order is not in the queue. */
  readonly queueAheadLots: number | null;
}

/** Settlement currency. */
export interface ReplicaEquity {
  readonly settle: string;
  /** Realised and unrealised, fees taken off; null until a price to mark the position with is known. */
  readonly pnl: number | null;
  readonly fees: number;
  readonly fills: number;
}

/** Records that the session derives: fills, decisions, ladder rows, checkpoints. Valid during the call. */
export type DerivedSink = (records: Records, count: number) => void;

export interface ReplicaSession {
  /** 64-byte input records, any number of them. */
  feed(inputs: Uint8Array, count: number): void;
  /** Continues from a snapshot's bytes, to the last bit. */
  restore(bytes: Uint8Array): void;
  /** Input records consumed. */
  readonly records: number;
  readonly decisions: number;
  readonly nowRelNs: number;
  /** 16 hexadecimal digits. */
  inputHash(): string;
  commandHash(account: number): string;
  stateHash(account: number): string;
  readonly instruments: readonly ReplicaInstrument[];
  readonly accounts: readonly string[];
  /** Names of the rows of a quote's ladder. */
  readonly ladderRows: readonly string[];
  book(instrument: number): ReplicaBook;
  readLevels(instrument: number, firstTick: number, count: number, bid: Float64Array, ask: Float64Array): void;
  orders(account: number): readonly ReplicaOrder[];
  positionLots(account: number, instrument: number): number;
  equity(account: number): ReplicaEquity;
}

/** What the worker fetched before a session can be made. */
export interface SessionParts {
  /** The host's `/api/session`. */
  readonly description: unknown;
  readonly kernels: Uint8Array<ArrayBuffer>;
  /** The strategy's module, loaded from the host's bytes. */
  readonly strategyModule: unknown;
  readonly sink: DerivedSink;
}
