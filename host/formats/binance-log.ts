/**
 * Raw logs of Binance USD-M frames (`<local time> <frame>` a line, gzip or plain) as input records, with the times that the
 * host with clock `venue` gives them: imported and recorded journals of one recording have the same market records.
 */
import { HostClock } from '../events/clock.ts';
import type { Records } from '../events/record.ts';
import { BinanceDecoder } from '../kernels/decoders.ts';
import type { RefusedFrame } from '../kernels/decoders.ts';
import { VenueFeed } from '../venues/feed.ts';
import type { FeedInstrument } from '../venues/feed.ts';
import { mergeRecordings } from '../venues/binance-usdm/replay/recording-merge.ts';
import { RecordingReader } from '../venues/binance-usdm/replay/recording-reader.ts';
import { scanRecording } from '../venues/binance-usdm/replay/recording-scan.ts';

export interface BinanceLogOptions {
  readonly files: readonly string[];
  /** decoders.wasm. */
  readonly decoders: WebAssembly.Module;
  readonly epochNs: bigint;
  readonly feedLatencyNs: number;
  /** The instruments that are wanted; another symbol is an error, as it would be at the venue. */
  readonly instruments: readonly (FeedInstrument & { readonly symbol: string })[];
  readonly deliver: (records: Records, count: number) => void;
  readonly refused: (frame: RefusedFrame) => void;
}

export interface BinanceLogCounts {
  readonly frames: number;
  readonly records: number;
  readonly unreadable: number;
  /** Symbols whose recording holds no snapshot: their books never become live. */
  readonly withoutSnapshot: readonly string[];
}

/** The UTC day of the first line: the epoch of a journal made from these files. Throws RecordingError. */
export async function recordingEpochNs(files: readonly string[]): Promise<bigint> {
  const scans = await Promise.all(files.map(scanRecording));
  const startMs = Math.min(...scans.map((s) => s.startMs));
  return BigInt(Math.floor(startMs / 86_400_000)) * 86_400_000_000_000n;
}

/** Reads the files, merged by local time, streaming. Throws RecordingError naming file and line. */
export async function readBinanceLog(options: BinanceLogOptions): Promise<BinanceLogCounts> {
  const { epochNs, instruments, deliver } = options;
  const symbols = instruments.map((x) => ({ symbol: x.symbol, instrument: x.index }));
  const decoder = new BinanceDecoder(options.decoders, { epochNs, symbols, venue: 0 });
  const clock = new HostClock({ epochNs, source: 'venue', feedLatencyNs: options.feedLatencyNs });
  const feed = new VenueFeed({
    venue: 0,
    instruments,
    clock,
    decoder,
    nowNs: () => clock.nowNs,
    deliver,
    refused: options.refused,
  });
  feed.subscribed();
  const withoutSnapshot: string[] = [];
  for (const path of options.files) {
    const scan = await scanRecording(path);
    const known = symbols.find((s) => s.symbol === scan.symbol);
    if (known === undefined) {
      throw new Error(
        `${path}: holds ${scan.symbol}, which is not among the configured instruments; add an [[instrument]] for it`,
      );
    }
    if (scan.snapshot === undefined) withoutSnapshot.push(scan.symbol);
    else feed.snapshot(known.instrument, scan.snapshot);
  }
  const readers = await Promise.all(options.files.map((path) => RecordingReader.open(path)));
  try {
    for await (const batch of mergeRecordings(readers)) {
      for (const line of batch) if (line.stream !== '') feed.frame(line.json);
    }
    feed.finish();
  } finally {
    for (const reader of readers) reader.close();
  }
  const { frames, records, unreadable } = decoder.counters;
  return { frames, records, unreadable, withoutSnapshot };
}
