/**
 * The client of Binance USD-M: one connection for the streams, snapshots by REST when the core asks. It hands bytes on
 * and understands none of the data. The replay server is used exactly as the venue is.
 */
import { Connection, DEFAULT_CONNECTION } from '../connection.ts';
import type { VenueDependencies } from '../transport.ts';
import type { VenueClient, VenueHandler, VenueOptions } from '../venue.ts';
import { DEFAULT_SNAPSHOTS, SnapshotRequests, type SnapshotOptions } from './rest.ts';
import { DEFAULT_CHANNELS, streamNames, streamProtocol } from './streams.ts';

export interface BinanceUsdmOptions extends VenueOptions {
  /** Changes to the bounds of the snapshot requests. */
  readonly snapshots?: Partial<SnapshotOptions>;
}

export class BinanceUsdmClient implements VenueClient {
  readonly #connection: Connection;
  readonly #snapshots: SnapshotRequests;
  #stopped = false;

  /** @throws Error when a channel is unknown, or there are more streams than the venue allows. */
  constructor(options: BinanceUsdmOptions, deps: VenueDependencies, handler: VenueHandler) {
    const { venue } = options;
    const names = streamNames(
      options.instruments.map(({ symbol }) => symbol),
      options.channels ?? DEFAULT_CHANNELS,
    );
    this.#snapshots = new SnapshotRequests(
      options.restUrl,
      options.instruments,
      { ...DEFAULT_SNAPSHOTS, ...options.snapshots },
      deps,
      {
        snapshot: (instrument, body) => {
          handler.snapshot(venue, instrument, body);
        },
        snapshotFailed: (instrument, httpStatus, text) => {
          handler.snapshotFailed(venue, instrument, httpStatus, text);
        },
      },
    );
    this.#connection = new Connection(
      streamProtocol(options.websocketUrl, names),
      { ...DEFAULT_CONNECTION, ...options.connection },
      deps,
      {
        subscribed: () => {
          handler.subscribed(venue);
        },
        frame: (bytes) => {
          handler.frame(venue, bytes);
        },
        lost: (cause, text) => {
          // A snapshot from before the loss fits no stream that comes after it.
          void this.#snapshots.cancelAll();
          handler.lost(venue, cause, text);
        },
        ended: () => {
          void this.#snapshots.cancelAll();
          handler.ended(venue);
        },
      },
    );
  }

  start(): void {
    this.#connection.start();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#snapshots.cancelAll(), this.#connection.stop()]);
  }

  /** Without effect while the connection is not live: the subscription that comes is followed by a new request. */
  requestSnapshot(instrument: number): void {
    if (this.#stopped || this.#connection.state.name !== 'live') return;
    this.#snapshots.request(instrument);
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }
}
