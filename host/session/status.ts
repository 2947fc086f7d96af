/**
 * What `GET /api/status` says, and what every page is told four times a second: the live host's own numbers, as plain
 * JSON. A value that has not been measured yet is null, never a placeholder.
 */

/** Numbers that only grow, by name (frames, gaps, resyncs, ...). */
export type Counters = Readonly<Record<string, number>>;

export interface PriceLevelJson {
  readonly price: number;
  /** In the instrument's own unit: base currency or contracts. */
  readonly size: number;
}

export interface InstrumentStatusJson {
  readonly symbol: string;
  readonly venue: string;
  readonly feedState: 'connecting' | 'live' | 'silent' | 'disconnected' | 'ended';
  readonly bookState: 'stale' | 'resyncing' | 'live';
  /** Why the book is in its state: a BookCause by name. */
  readonly bookCause: string;
  readonly bestBid: PriceLevelJson | null;
  readonly bestAsk: PriceLevelJson | null;
  readonly counters: Counters;
}

export interface HashesJson {
  /** 16 hexadecimal digits. */
  readonly inputHash: string;
  readonly commandHash: string;
  /** Hash of the whole state at the last checkpoint, and the number of input records before it. */
  readonly stateHash: string | null;
  readonly stateHashRecords: number | null;
}

export interface OrderStatusJson {
  readonly id: number;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly price: number;
  /** As sent. */
  readonly lots: number;
  /** Not yet executed. */
  readonly leaves: number;
  readonly state: 'sent' | 'live' | 'cancelPending' | 'unknown';
  /** Size of others at our price before and behind us, lots; null while the order is not in the queue. */
  readonly queueAheadLots: number | null;
  readonly queueBehindLots: number | null;
}

export interface PositionStatusJson {
  readonly instrument: string;
  readonly lots: number;
  /** The same in base currency or contracts. */
  readonly base: number;
}

export interface AccountStatusJson {
  readonly name: string;
  readonly positions: readonly PositionStatusJson[];
  /** Settlement currency; null until a price to mark the position with is known. */
  readonly pnl: number | null;
  readonly settle: string;
  /** Paid, settlement currency; negative: rebates received. */
  readonly fees: number;
  readonly fills: number;
  readonly orders: readonly OrderStatusJson[];
}

/** Octaves of a latency histogram: the first counts all below 2^-3 us, each next one the double of the one before. */
export const LATENCY_OCTAVES = 28;

/** Microseconds. */
export interface LatencyStageJson {
  /** Counts by octave, LATENCY_OCTAVES of them. */
  readonly octaves: readonly number[];
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
}

/** Each stage null until something went through it. */
export interface LatencyJson {
  readonly decode: LatencyStageJson | null;
  readonly core: LatencyStageJson | null;
  readonly decide: LatencyStageJson | null;
  readonly total: LatencyStageJson | null;
}

/** How a session ended, and what came of it. */
export interface SessionSummaryJson {
  /** A sentence: why it ended. */
  readonly reason: string;
  readonly durationSeconds: number;
  readonly records: number;
  readonly decisions: number;
  readonly fills: number;
  readonly pnl: number | null;
  readonly fees: number;
  readonly settle: string;
}

export interface StatusJson {
  readonly mode: 'paper' | 'live' | 'recording';
  readonly recording: { readonly isRecording: boolean; readonly description: string };
  readonly instruments: readonly InstrumentStatusJson[];
  /** Input records consumed. */
  readonly records: number;
  readonly decisions: number;
  readonly hashes: HashesJson;
  readonly accounts: readonly AccountStatusJson[];
  readonly latency: LatencyJson;
  readonly uptimeSeconds: number;
  /** Bytes. */
  readonly memory: { readonly rss: number; readonly heap: number; readonly wasmBytes: number };
  readonly ended: SessionSummaryJson | null;
}
