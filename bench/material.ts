/**
 * What every case works with: the demo's configuration, the programs, the frames of the bundled recordings, and the input
 * records that the live host makes of them.
 */
import { join } from 'node:path';
import { FEATURES } from '#generated/features.ts';
import { RECORD_BYTES } from '#generated/records.ts';
import { loadConfig } from '../host/cli/config/load.ts';
import { resolveSession } from '../host/cli/config/resolve.ts';
import { decodersProgram, kernelsProgram, packageFolder, strategyFromSource } from '../host/cli/programs.ts';
import type { LoadedStrategy } from '../host/cli/programs.ts';
import { HostClock } from '../host/events/clock.ts';
import { recordingEpochNs } from '../host/formats/binance-log.ts';
import { BinanceDecoder } from '../host/kernels/decoders.ts';
import type { CoreLayout } from '../host/kernels/core.ts';
import { MarketCore } from '../host/kernels/core.ts';
import { coreLayout } from '../host/session/config.ts';
import type { FeatureInstance, SessionConfig } from '../host/session/config.ts';
import { VenueFeed } from '../host/venues/feed.ts';
import { mergeRecordings } from '../host/venues/binance-usdm/replay/recording-merge.ts';
import { RecordingReader } from '../host/venues/binance-usdm/replay/recording-reader.ts';
import { scanRecording } from '../host/venues/binance-usdm/replay/recording-scan.ts';

/** One market's or several markets' frames in order of arrival, and the snapshot of each instrument. */
export interface Recording {
  readonly frames: readonly Uint8Array[];
  /** By index of the instrument. */
  readonly snapshots: readonly Uint8Array[];
}

export interface Material {
  readonly kernels: WebAssembly.Module;
  readonly decoders: WebAssembly.Module;
  readonly strategy: LoadedStrategy;
  readonly epochNs: bigint;
  readonly feedLatencyNs: number;
  /** The demo's session: both instruments, the six default features on each, one paper account that trades the first. */
  readonly config: SessionConfig;
  /** The same with the first instrument alone. */
  readonly firstOnly: SessionConfig;
  readonly both: Recording;
  readonly first: Recording;
  /** Input records of `both`, 64 bytes each. */
  readonly bothRecords: Uint8Array;
  /** Input records of `first`. */
  readonly firstRecords: Uint8Array;
}

/** Reads and decodes everything once. `limit`: input records of each kind at most. */
export async function loadMaterial(limit: number): Promise<Material> {
  const host = loadConfig(join(packageFolder(), 'config/demo.toml'));
  const files = host.recording!.files;
  const epochNs = await recordingEpochNs(files);
  const config = resolveSession(host, epochNs);
  const firstOnly = withFirstInstrument(config);
  const kernels = new WebAssembly.Module(kernelsProgram().bytes);
  const decoders = new WebAssembly.Module(decodersProgram().bytes);
  const strategy = await strategyFromSource('glft', packageFolder());
  const feedLatencyNs = host.clock.feedLatencyMs * 1e6;
  const both = await readRecording(files);
  const first = await readRecording(files.slice(0, 1));
  const decode = (recording: Recording, of: SessionConfig) =>
    inputRecords(recording, { kernels, decoders, config: of, epochNs, feedLatencyNs, limit });
  return {
    kernels,
    decoders,
    strategy,
    epochNs,
    feedLatencyNs,
    config,
    firstOnly,
    both,
    first,
    bothRecords: decode(both, config),
    firstRecords: decode(first, firstOnly),
  };
}

/** Every registered feature with its defaults, on each instrument. */
export function defaultFeatures(config: SessionConfig): FeatureInstance[] {
  return config.instruments.flatMap((x) =>
    FEATURES.map((f) => ({ kind: f.name, name: f.name, instrument: x.index, parameters: {} })),
  );
}

/** Only the feature that the default strategy asks for, on the first instrument. */
export function strategyFeatures(): FeatureInstance[] {
  return [{ kind: 'realisedVolatility', name: 'realisedVolatility', instrument: 0, parameters: {} }];
}

/** A core of these books and features, without accounts: nobody is woken. */
export function bareCore(kernels: WebAssembly.Module, config: SessionConfig): MarketCore {
  const layout: CoreLayout = coreLayout({ ...config, accounts: [] }, 0);
  return new MarketCore(kernels, layout);
}

function withFirstInstrument(config: SessionConfig): SessionConfig {
  return {
    ...config,
    instruments: config.instruments.slice(0, 1),
    features: config.features.filter((f) => f.instrument === 0),
    accounts: config.accounts.map((a) => ({ ...a, risk: { ...a.risk, instruments: a.risk.instruments.slice(0, 1) } })),
  };
}

async function readRecording(files: readonly string[]): Promise<Recording> {
  const snapshots = await Promise.all(
    files.map(async (path) => {
      const { snapshot } = await scanRecording(path);
      if (snapshot === undefined)
        throw new Error(`${path} holds no snapshot; the bench needs a recording whose book can become live`);
      return Uint8Array.from(snapshot);
    }),
  );
  const frames: Uint8Array[] = [];
  const readers = await Promise.all(files.map((path) => RecordingReader.open(path)));
  try {
    for await (const batch of mergeRecordings(readers)) {
      for (const line of batch) if (line.stream !== '') frames.push(Buffer.from(line.json));
    }
  } finally {
    for (const reader of readers) reader.close();
  }
  return { frames, snapshots };
}

interface DecodeOptions {
  readonly kernels: WebAssembly.Module;
  readonly decoders: WebAssembly.Module;
  readonly config: SessionConfig;
  readonly epochNs: bigint;
  readonly feedLatencyNs: number;
  readonly limit: number;
}

/** Records as the host feeds them, the snapshots among them where their venue time puts them. */
function inputRecords(recording: Recording, options: DecodeOptions): Uint8Array {
  const { config, epochNs, feedLatencyNs } = options;
  let bytes = new Uint8Array(16 * 1024 * 1024);
  let length = 0;
  const clock = new HostClock({ epochNs, source: 'venue', feedLatencyNs });
  const symbols = config.instruments.map((x) => ({ symbol: x.symbol, instrument: x.index }));
  const feed = new VenueFeed({
    venue: 0,
    instruments: config.instruments,
    clock,
    decoder: new BinanceDecoder(options.decoders, { epochNs, symbols }),
    nowNs: () => clock.nowNs,
    deliver(records, count) {
      const added = records.bytes.subarray(0, count * RECORD_BYTES);
      if (length + added.length > bytes.length) {
        const larger = new Uint8Array(2 * bytes.length);
        larger.set(bytes);
        bytes = larger;
      }
      bytes.set(added, length);
      length += added.length;
    },
    refused(frame) {
      throw new Error(`a recorded frame was refused: code ${frame.code} at byte ${frame.byteOffset}`);
    },
  });
  feed.subscribed();
  recording.snapshots.forEach((snapshot, i) => feed.snapshot(i, snapshot));
  for (const frame of recording.frames) {
    feed.frame(frame);
    if (length >= options.limit * RECORD_BYTES) break;
  }
  feed.finish();
  return bytes.slice(0, Math.min(length, options.limit * RECORD_BYTES));
}
