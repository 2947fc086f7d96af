/** A client against a replay server on real sockets, with everything that the handler was told, in order. */
import { createHash } from 'node:crypto';
import { BinanceUsdmClient, type BinanceUsdmOptions } from '../../../host/venues/binance-usdm/client.ts';
import { nodeDependencies } from '../../../host/venues/node-transport.ts';
import type { ReplayServer } from '../../../host/venues/binance-usdm/replay-server.ts';
import type { VenueHandler } from '../../../host/venues/venue.ts';

export const BTC = 0;
export const ETH = 1;

export interface ClientRun {
  readonly client: BinanceUsdmClient;
  /** Everything but frames, with the number of frames before it: `0 subscribed`, `94 snapshot 0`. */
  readonly reports: string[];
  readonly snapshots: { readonly instrument: number; readonly atFrame: number; readonly body: Buffer }[];
  frames: number;
  /** SHA-256 of frames and snapshots in the order in which they came. */
  digest(): string;
  readonly ended: Promise<void>;
}

/** Starts a client that asks for both snapshots whenever it is subscribed. `onFrame` sees every frame. */
export function runClient(
  server: Pick<ReplayServer, 'restUrl' | 'websocketUrl'>,
  onFrame?: (bytes: Uint8Array, run: ClientRun) => void,
  options: Partial<BinanceUsdmOptions> = {},
): ClientRun {
  const hash = createHash('sha256');
  const instruments = options.instruments ?? [
    { symbol: 'BTCUSDT', instrument: BTC },
    { symbol: 'ETHUSDT', instrument: ETH },
  ];
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const handler: VenueHandler = {
    subscribed() {
      run.reports.push(`${run.frames} subscribed`);
      for (const { instrument } of instruments) client.requestSnapshot(instrument);
    },
    frame(_venue, bytes) {
      run.frames++;
      hash.update(bytes).update('\n');
      onFrame?.(bytes, run);
    },
    snapshot(_venue, instrument, bytes) {
      run.reports.push(`${run.frames} snapshot ${instrument}`);
      run.snapshots.push({ instrument, atFrame: run.frames, body: Buffer.from(bytes) });
      hash.update(bytes).update('\n');
    },
    snapshotFailed(_venue, instrument, httpStatus) {
      run.reports.push(`${run.frames} failed ${instrument} ${httpStatus}`);
    },
    lost(_venue, cause, text) {
      run.reports.push(`${run.frames} lost ${cause} ${text}`);
    },
    ended() {
      run.reports.push(`${run.frames} ended`);
      end();
    },
  };
  const client = new BinanceUsdmClient(
    { venue: 0, restUrl: server.restUrl, websocketUrl: server.websocketUrl, instruments, ...options },
    nodeDependencies(),
    handler,
  );
  const run: ClientRun = {
    client,
    reports: [],
    snapshots: [],
    frames: 0,
    digest: () => hash.copy().digest('hex'),
    ended,
  };
  client.start();
  return run;
}
