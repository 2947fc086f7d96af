/** What the page and its replica, which runs in a worker, say to each other. */
import type { StatusJson } from '../../host/session/status.ts';
import type { Difference } from './agreement.ts';
import type { ColumnBatch } from './columns.ts';
import type { ReplicaBook, ReplicaEquity, ReplicaInstrument, ReplicaOrder } from './session-port.ts';

/** From the page to the worker. */
export type ToReplica =
  | { readonly type: 'start'; /** Address of the host, with the token where there is one. */ readonly url: string }
  /** Show the session as it was at a time, ns since the epoch, and stay there. */
  | { readonly type: 'seek'; readonly relNs: number }
  /** Go back to the present. */
  | { readonly type: 'live' }
  /** Say the three hashes as they are now; answered by ReplicaHashes. */
  | { readonly type: 'hashes' };

/** The replica's hashes after `records` inputs, 16 hexadecimal digits each; the first account's. Null before it was opened. */
export interface ReplicaHashes {
  readonly records: number;
  readonly inputHash: string;
  readonly commandHash: string;
  readonly stateHash: string;
}

/** A quote's ladder: how its price came about. */
export interface QuoteLadder {
  readonly orderId: number;
  /** In the order of ReplicaOpened.ladderRows; null: the row was not written. */
  readonly values: readonly (number | null)[];
}

export interface Fill {
  readonly relNs: number;
  readonly instrument: number;
  /** +1 bought, -1 sold. */
  readonly side: number;
  readonly price: number;
  readonly priceTicks: number;
  readonly lots: number;
  readonly isMaker: boolean;
  readonly orderId: number;
}

export interface ReplicaOpened {
  readonly type: 'opened';
  /** ms since 1970 of the journal's epoch. */
  readonly epochMs: number;
  readonly instruments: readonly ReplicaInstrument[];
  readonly accounts: readonly string[];
  readonly ladderRows: readonly string[];
}

/** The replica's own view, several times a second. */
export interface ReplicaState {
  readonly type: 'state';
  readonly position: 'opening' | 'catchingUp' | 'live' | 'history' | 'disconnected';
  readonly nowRelNs: number;
  /** The whole session's time, ns since the epoch. */
  readonly startRelNs: number;
  readonly endRelNs: number;
  readonly records: number;
  readonly decisions: number;
  readonly inputHash: string;
  readonly commandHash: string;
  readonly agreedRecords: number | null;
  readonly difference: Difference | null;
  readonly books: readonly ReplicaBook[];
  /** Of the first account. */
  readonly orders: readonly ReplicaOrder[];
  readonly positionsLots: readonly number[];
  readonly equity: ReplicaEquity;
  /** By instrument, then bid and ask. */
  readonly ladders: readonly { readonly bid: QuoteLadder | null; readonly ask: QuoteLadder | null }[];
}

/** From the worker to the page. */
export type FromReplica =
  | ReplicaOpened
  | ReplicaState
  | { readonly type: 'columns'; readonly instrument: number; readonly batch: ColumnBatch }
  | { readonly type: 'fills'; readonly fills: readonly Fill[] }
  | { readonly type: 'host'; readonly status: StatusJson }
  /** What is shown belongs to another time; columns and fills start again. */
  | { readonly type: 'clear' }
  | { readonly type: 'hashes'; readonly hashes: ReplicaHashes | null }
  | { readonly type: 'failure'; readonly message: string; readonly remedy: string };
