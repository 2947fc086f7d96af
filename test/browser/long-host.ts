/**
 * A host at the end of a long day, without waiting for it: the BTC recording again and again, each time shifted, through one
 * session into one journal, served as the host serves it. Between two rounds the connection is lost and comes back, so that
 * the book resyncs from the round's snapshot.
 *
 * Here the snapshots are taken on the same thread; the host leaves them to its replica.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ConnectionCause,
  Kind,
  NO_INSTRUMENT,
  RECORD_BYTES,
  RECORD_EXCH_TS,
  RECORD_FVAL,
  RECORD_LOCAL_TS,
} from '#generated/records.ts';
import { JournalWriter } from '../../host/capture/journal-writer.ts';
import { writeSnapshot } from '../../host/capture/journal-snapshots.ts';
import { loadConfig } from '../../host/cli/config/load.ts';
import { hostSource } from '../../host/cli/host-source.ts';
import type { ServedHost } from '../../host/cli/host-source.ts';
import { inputHasher } from '../../host/cli/input-hasher.ts';
import { LatencyHistogram } from '../../host/cli/latency.ts';
import { kernelsProgram, packageVersion, sha256Text, strategyFromSource } from '../../host/cli/programs.ts';
import { HostClock } from '../../host/events/clock.ts';
import { Records } from '../../host/events/record.ts';
import type { HostSource } from '../../host/server/source.ts';
import type { SessionConfig } from '../../host/session/config.ts';
import { Session } from '../../host/session/session.ts';
import { strategiesOf } from '../../host/session/strategies.ts';
import { EPOCH_NS } from '../support/configuration.ts';
import { ROOT } from '../support/modules.ts';
import { decodeLogs } from '../support/recording.ts';

const SEGMENT_BYTES = 16 * 1024 * 1024;
export const RETAIN_SEGMENTS = 4;
/** What arrives within so much time is one block of the journal, as with the host's own flushes. */
const BLOCK_NS = 50_000_000;
/** From the last record of a round to the first of the next. */
const PAUSE_NS = 500_000_000n;

export interface LongHost {
  readonly source: HostSource;
  readonly session: Session;
  /** Snapshots of the journal that were asked for, by segment. */
  readonly snapshotsServed: readonly number[];
  /** Seconds of session time so far. */
  seconds(): number;
  /** One round of the recording; gives way to the server `yields` times while at it. */
  round(yields: number): Promise<void>;
  /** What `tidebook replay` would say now. */
  hashes(): { records: number; inputHash: string; commandHash: string; stateHash: string };
  close(): void;
}

/** The demo's configuration without its second instrument. */
function configuration(): SessionConfig {
  const { session } = loadConfig(`${ROOT}config/demo.toml`);
  return {
    ...session,
    epochNs: String(EPOCH_NS),
    instruments: session.instruments.slice(0, 1),
    features: session.features.filter((feature) => feature.instrument === 0),
    accounts: session.accounts.map((account) => ({
      ...account,
      risk: { ...account.risk, instruments: account.risk.instruments.slice(0, 1) },
    })),
  };
}

export async function openLongHost(): Promise<LongHost> {
  const directory = mkdtempSync(join(tmpdir(), 'tidebook-long-'));
  const config = configuration();
  const strategy = await strategyFromSource('glft', ROOT);
  const kernels = kernelsProgram();
  const module = new WebAssembly.Module(kernels.bytes);
  const session = new Session({ kernels: module, config, strategies: strategiesOf(config, strategy.strategy) });
  const text = JSON.stringify(config);
  const clock = new HostClock({ epochNs: EPOCH_NS, source: 'venue', feedLatencyNs: 2e6 });
  const listeners = new Set<() => void>();
  const writer = JournalWriter.open(directory, {
    header: {
      tidebookVersion: packageVersion(),
      kernelsSha256: kernels.sha256,
      strategySha256: strategy.sha256,
      configSha256: sha256Text(text),
      session: { clock: clock.describe(), schedule: 'asReceived' },
      epochNs: EPOCH_NS,
    },
    config: text,
    definitions: JSON.stringify(config.instruments),
    strategy: strategy.bytes,
    hasher: inputHasher(module),
    flushMs: 20,
    segmentBytes: SEGMENT_BYTES,
    retainSegments: RETAIN_SEGMENTS,
    onAppend: () => {
      for (const listener of listeners) listener();
    },
    onSegment: (segment, firstRecord) => {
      if (firstRecord === 0) return;
      writeSnapshot(directory, { segment, firstRecord, inputHash: session.core.inputHash(), state: session.save() });
    },
  });
  let written = { records: 0, inputHash: '', commandHash: '' };
  let lastCheckpoint: ServedHost['lastCheckpoint'];
  session.sink = {
    inputs: (records) => writer.inputs(records),
    derived: (records) => {
      writer.derived(records);
      if (records[0] !== Kind.checkpoint) return;
      const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
      const hash = view.getBigUint64(RECORD_FVAL, true);
      lastCheckpoint = { records: session.records, stateHash: hash.toString(16).padStart(16, '0') };
    },
    checkpoint: () => writer.checkpoint(),
  };
  const served: ServedHost = {
    session,
    writer,
    clock,
    kernels,
    state: 'running',
    endReason: '',
    feedStates: ['live'],
    latency: {
      decode: new LatencyHistogram(),
      core: new LatencyHistogram(),
      decide: new LatencyHistogram(),
      total: new LatencyHistogram(),
    },
    started: performance.now(),
    settings: { journal: { directory }, strategy },
    get written() {
      return written;
    },
    get lastCheckpoint() {
      return lastCheckpoint;
    },
    onAppend: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const source = hostSource(served, {
    mode: 'recording',
    recording: { isRecording: true, description: 'eight hours of one recording' },
  });
  const snapshotsServed: number[] = [];
  const recording = new Recording();
  let rounds = 0;

  function note(): void {
    writer.tick(session.nowRelNs / 1e6);
    if (writer.pendingBytes === 0)
      written = { records: session.records, inputHash: session.inputHash(), commandHash: session.commandHash() };
  }

  return {
    source: {
      ...source,
      journal: {
        ...source.journal,
        snapshot: (segment) => {
          snapshotsServed.push(segment);
          return source.journal.snapshot(segment);
        },
      },
    },
    session,
    snapshotsServed,
    seconds: () => (session.nowRelNs - recording.startNs) / 1e9,
    async round(yields) {
      if (rounds++ > 0) {
        recording.shift();
        session.feed(recording.lostConnection());
      }
      const every = Math.ceil(recording.blocks.length / yields);
      for (let block = 0; block < recording.blocks.length; block++) {
        session.feed(recording.block(block, rounds === 1));
        note();
        if (block % every === every - 1) await new Promise((resolve) => setImmediate(resolve));
      }
      writer.flush();
      note();
    },
    hashes: () => ({
      records: session.records,
      inputHash: session.inputHash(),
      commandHash: session.commandHash(),
      stateHash: session.stateHash(),
    }),
    close() {
      writer.close();
      rmSync(directory, { recursive: true });
    },
  };
}

/** The decoded recording, whose times move on from round to round. */
class Recording {
  readonly #bytes: Uint8Array;
  readonly #words: BigInt64Array;
  /** Records that define the instruments; they are said once. */
  readonly #definitions: number;
  readonly #step: bigint;
  /** First record of each block. */
  readonly blocks: readonly number[];
  readonly startNs: number;

  constructor() {
    const { instruments } = configuration();
    this.#bytes = decodeLogs(
      [{ instrument: instruments[0]!, files: [`${ROOT}recordings/binance-usdm/btcusdt_20240808.gz`] }],
      EPOCH_NS,
    );
    this.#words = new BigInt64Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength / 8);
    const records = new Records(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    const count = records.capacity;
    this.#definitions = 0;
    while (records.kind(this.#definitions) === Kind.instrument) this.#definitions++;
    this.#step = records.localTs(count - 1) - records.localTs(0) + PAUSE_NS;
    this.startNs = Number(records.localTs(0) - EPOCH_NS);
    const blocks = [0];
    let start = records.localTs(0);
    for (let i = 1; i < count; i++) {
      const time = records.localTs(i);
      if (time - start < BLOCK_NS) continue;
      blocks.push(i);
      start = time;
    }
    this.blocks = blocks;
  }

  shift(): void {
    const words = this.#words;
    const step = this.#step;
    for (let at = 0; at < words.length; at += RECORD_BYTES / 8) {
      words[at + RECORD_EXCH_TS / 8] = BigInt.asIntN(64, words[at + RECORD_EXCH_TS / 8]! + step);
      words[at + RECORD_LOCAL_TS / 8] = BigInt.asIntN(64, words[at + RECORD_LOCAL_TS / 8]! + step);
    }
  }

  block(index: number, withDefinitions: boolean): Uint8Array {
    const from = index === 0 && !withDefinitions ? this.#definitions : this.blocks[index]!;
    const to = this.blocks[index + 1] ?? this.#bytes.length / RECORD_BYTES;
    return this.#bytes.subarray(from * RECORD_BYTES, to * RECORD_BYTES);
  }

  /** In the middle of the pause before the round. */
  lostConnection(): Uint8Array {
    const time = this.#words[RECORD_LOCAL_TS / 8]! - PAUSE_NS / 2n;
    const record = Records.allocate(1);
    record.begin(0, Kind.connection, NO_INSTRUMENT);
    record.setTimes(0, time, time);
    record.setIval(0, ConnectionCause.closed);
    return record.bytes;
  }
}
