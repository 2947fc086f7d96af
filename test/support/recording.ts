/**
 * The input records of recorded sessions, made as the host makes them: venue log lines through decoder, clock and feed, the
 * snapshot given where the core asks for it. Decoded once per test process and kept.
 */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { RECORD_BYTES } from '#generated/records.ts';
import { HostClock } from '../../host/events/clock.ts';
import { Records } from '../../host/events/record.ts';
import { BinanceDecoder } from '../../host/kernels/decoders.ts';
import { Session } from '../../host/session/session.ts';
import { VenueFeed } from '../../host/venues/feed.ts';
import { BTC, EPOCH_NS, ETH, idle, idleAccount } from './configuration.ts';
import { ROOT, decoders, kernels } from './modules.ts';
import type { InstrumentConfig } from '../../host/session/config.ts';

export interface RecordedMarket {
  readonly instrument: InstrumentConfig;
  /** Gzipped venue logs that continue one another: a line is `<receive time> <frame>`. */
  readonly files: readonly string[];
}

interface Line {
  readonly time: string;
  readonly frame: Uint8Array;
}

function linesOf(path: string): Line[] {
  const text = gunzipSync(readFileSync(path));
  const lines: Line[] = [];
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf(10, at);
    const end = newline < 0 ? text.length : newline;
    const space = text.indexOf(32, at);
    if (space > at && space < end) {
      lines.push({ time: text.toString('latin1', at, space), frame: text.subarray(space + 1, end) });
    }
    at = end + 1;
  }
  return lines;
}

function isSnapshot(frame: Uint8Array): boolean {
  return Buffer.from(frame.buffer, frame.byteOffset, 16).toString('latin1').includes('lastUpdateId');
}

/** Decodes venue logs into the input records of one session with these instruments, in order of arrival. */
export function decodeLogs(markets: readonly RecordedMarket[], epochNs: bigint): Uint8Array {
  const snapshots: (Uint8Array | undefined)[] = [];
  const lines: Line[] = [];
  markets.forEach((market, i) => {
    for (const line of market.files.flatMap(linesOf)) {
      if (isSnapshot(line.frame)) snapshots[i] ??= line.frame;
      else lines.push(line);
    }
  });
  lines.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));

  const session: Session = new Session({
    kernels: kernels(),
    config: {
      epochNs: String(epochNs),
      checkpointRecords: 0,
      instruments: markets.map((m) => m.instrument),
      features: [],
      accounts: [idleAccount({}, markets.length)],
    },
    strategies: new Map([['idle', idle]]),
    sink: {
      snapshotRequested(i) {
        const snapshot = snapshots[i];
        if (snapshot === undefined) return;
        feed.requested(i);
        feed.snapshot(i, snapshot);
      },
    },
  });
  let bytes = new Uint8Array(8 * 1024 * 1024);
  let length = 0;
  const feed = new VenueFeed({
    venue: 0,
    instruments: markets.map((m) => m.instrument),
    clock: new HostClock({ epochNs, source: 'venue', feedLatencyNs: 2e6 }),
    decoder: new BinanceDecoder(decoders(), {
      epochNs,
      symbols: markets.map((m) => ({ symbol: m.instrument.symbol, instrument: m.instrument.index })),
    }),
    nowNs: () => 0,
    deliver(records, count) {
      const added = records.bytes.subarray(0, count * RECORD_BYTES);
      if (length + added.length > bytes.length) {
        const larger = new Uint8Array(bytes.length * 2);
        larger.set(bytes);
        bytes = larger;
      }
      bytes.set(added, length);
      length += added.length;
      session.feed(added);
    },
    refused(frame) {
      throw new Error(`a recorded frame was refused: ${frame.code} at ${frame.byteOffset}`);
    },
  });
  feed.subscribed();
  for (const line of lines) feed.frame(line.frame);
  feed.finish();
  return bytes.slice(0, length);
}

const cache = new Map<string, Uint8Array>();

/** Input records of both bundled recordings. */
export function bothRecordings(): Uint8Array {
  let bytes = cache.get('both');
  if (bytes === undefined) {
    bytes = decodeLogs(
      [
        { instrument: BTC, files: [`${ROOT}recordings/binance-usdm/btcusdt_20240808.gz`] },
        { instrument: ETH, files: [`${ROOT}recordings/binance-usdm/ethusdt_20240808.gz`] },
      ],
      EPOCH_NS,
    );
    cache.set('both', bytes);
  }
  return bytes;
}

/** Recordings that lie beside the project, not in it: their paths, or undefined with the reason printed. */
export function sharedFiles(...names: string[]): string[] | undefined {
  const paths = names.map((name) => `${ROOT}../shared/data/${name}`);
  const missing = paths.find((path) => !existsSync(path));
  if (missing === undefined) return paths;
  console.log(`not checked: ${missing} is not on this machine (it has no licence to be copied into the project)`);
  return undefined;
}

/** The records from `from` to `to` of a byte array of records, not copied. */
export function slice(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return bytes.subarray(from * RECORD_BYTES, to * RECORD_BYTES);
}
/** A view of records that lie in `bytes`, which must begin on a multiple of 8. */
export function recordsIn(bytes: Uint8Array): Records {
  return new Records(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
