/**
 * What the host says of itself, as the page reads it. The host's own declaration stands in a room that the page may not
 * import; a test holds the two equal.
 */

export interface PriceLevelJson {
  readonly price: number;
  readonly size: number;
}
export interface InstrumentStatusJson {
  readonly symbol: string;
  readonly venue: string;
  readonly feedState: 'connecting' | 'live' | 'silent' | 'disconnected' | 'ended';
  readonly bookState: 'stale' | 'resyncing' | 'live';
  readonly bookCause: string;
  readonly bestBid: PriceLevelJson | null;
  readonly bestAsk: PriceLevelJson | null;
  readonly counters: Readonly<Record<string, number>>;
}
export interface HashesJson {
  readonly inputHash: string;
  readonly commandHash: string;
  readonly stateHash: string | null;
  readonly stateHashRecords: number | null;
}
export interface OrderStatusJson {
  readonly id: number;
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  readonly price: number;
  readonly lots: number;
  readonly leaves: number;
  readonly state: 'sent' | 'live' | 'cancelPending' | 'unknown';
  readonly queueAheadLots: number | null;
  readonly queueBehindLots: number | null;
}
export interface AccountStatusJson {
  readonly name: string;
  readonly positions: readonly { readonly instrument: string; readonly lots: number; readonly base: number }[];
  readonly pnl: number | null;
  readonly settle: string;
  readonly fees: number;
  readonly fills: number;
  readonly orders: readonly OrderStatusJson[];
}
/** Microseconds; `octaves` counts from below 2^-3 us on, each the double of the one before. */
export interface LatencyStageJson {
  readonly octaves: readonly number[];
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  readonly maxUs: number;
}
export interface SessionSummaryJson {
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
  readonly records: number;
  readonly decisions: number;
  readonly hashes: HashesJson;
  readonly accounts: readonly AccountStatusJson[];
  readonly latency: {
    readonly decode: LatencyStageJson | null;
    readonly core: LatencyStageJson | null;
    readonly decide: LatencyStageJson | null;
    readonly total: LatencyStageJson | null;
  };
  readonly uptimeSeconds: number;
  readonly memory: { readonly rss: number; readonly heap: number; readonly wasmBytes: number };
  readonly ended: SessionSummaryJson | null;
}
