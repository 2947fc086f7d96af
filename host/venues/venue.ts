/**
 * What the host knows of a venue's client: how it is made, what it can be asked, and what it reports.
 */
import type { Records } from '../events/record.ts';
import type { DecoderOptions, RefusedFrame } from '../kernels/decoders.ts';
import type { VenueDependencies } from './transport.ts';
import type { ConnectionOptions } from './connection.ts';

/**
 * The host's side. `venue` is the venue's index in the config.
 *
 * Order: `subscribed`, then frames, then `lost` (and `subscribed` again when the connection is back) or `ended`.
 * `lost` also reports an attempt that failed. A snapshot request ends in exactly one of `snapshot`, `snapshotFailed`
 * or a `lost`; after `stop()` nothing is called.
 */
export interface VenueHandler {
  /** Every subscription is confirmed; books start from nothing. */
  subscribed(venue: number): void;
  /** A frame as it came from the socket. The bytes belong to the handler. */
  frame(venue: number, bytes: Uint8Array): void;
  /** The body of a snapshot that was asked for, as it came. */
  snapshot(venue: number, instrument: number, bytes: Uint8Array): void;
  /** `httpStatus` 0: no answer at all. Whoever still needs the snapshot asks again. */
  snapshotFailed(venue: number, instrument: number, httpStatus: number, text: string): void;
  /** `cause` is a ConnectionCause of records.toml. The client connects again by itself. */
  lost(venue: number, cause: number, text: string): void;
  /** The recording behind the connection is over; the client has stopped. */
  ended(venue: number): void;
}

/** An instrument as the venue calls it, and its index in the host. */
export interface VenueInstrument {
  readonly symbol: string;
  readonly instrument: number;
}

export interface VenueOptions {
  /** The venue's index in the config, handed back with every report. */
  readonly venue: number;
  /** For example `wss://fstream.binance.com/public` or the replay server's `websocketUrl`; without a final slash. */
  readonly websocketUrl: string;
  /** For example `https://fapi.binance.com`; without a final slash. */
  readonly restUrl: string;
  readonly instruments: readonly VenueInstrument[];
  /** Names of the venue's channels; which there are, the venue's `streams.ts` says. Left out: the venue's default. */
  readonly channels?: readonly string[];
  /** Changes to the venue's bounds of its connection's life. */
  readonly connection?: Partial<ConnectionOptions>;
}

export interface VenueClient {
  start(): void;
  /** Ends everything; resolves when no socket, timer or request is left. */
  stop(): Promise<void>;
  /** Asks for a book snapshot of the instrument with this index. One request an instrument is under way at most. */
  requestSnapshot(instrument: number): void;
  /** Stops reading from the socket until `resume()`: the host is behind. */
  pause(): void;
  resume(): void;
}

/** Turns a venue's bytes into records; the output is overwritten by the next call. BinanceDecoder says what each means. */
export interface FrameDecoder {
  readonly records: Records;
  readonly lastError: RefusedFrame | undefined;
  decodeStream(bytes: Uint8Array, localRelNs: number): number;
  decodeSnapshot(bytes: Uint8Array, instrument: number, localRelNs: number): number;
}

/** All that the host must know of a kind of venue. */
export interface VenueKind {
  client(options: VenueOptions, deps: VenueDependencies, handler: VenueHandler): VenueClient;
  /** `module`: decoders.wasm. */
  decoder(module: WebAssembly.Module, options: DecoderOptions): FrameDecoder;
  /** Whether a change of the book names the id before it. */
  readonly bridgedIds: boolean;
}
