/** The live host's way of a frame, without its sockets: decoder, feed, session, journal. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RECORD_BYTES } from '#generated/records.ts';
import { JournalWriter } from '../host/capture/journal-writer.ts';
import { inputHasher } from '../host/cli/input-hasher.ts';
import { HostClock } from '../host/events/clock.ts';
import { BinanceDecoder } from '../host/kernels/decoders.ts';
import type { SessionConfig } from '../host/session/config.ts';
import { Session } from '../host/session/session.ts';
import { VenueFeed } from '../host/venues/feed.ts';
import type { Material } from './material.ts';

export interface LivePath {
  readonly session: Session;
  readonly writer: JournalWriter;
  readonly feed: VenueFeed;
  /** Duration of the newest flush before a command, us. */
  readonly flush: { us: number };
}

/** A journal in a temporary directory, which `use` gets; removed afterwards, whatever happens. */
export async function withJournal<T>(
  material: Material,
  config: SessionConfig,
  use: (writer: JournalWriter, directory: string) => T | Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'tidebook-bench-'));
  try {
    const writer = JournalWriter.open(directory, {
      header: {
        tidebookVersion: 'bench',
        kernelsSha256: '',
        strategySha256: material.strategy.sha256,
        configSha256: '',
        session: {},
        epochNs: material.epochNs,
      },
      config: JSON.stringify(config),
      definitions: JSON.stringify(config.instruments),
      strategy: material.strategy.bytes,
      hasher: inputHasher(material.kernels),
    });
    try {
      return await use(writer, directory);
    } finally {
      writer.close();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Wires a session to a journal: whatever led to a command is handed to the operating system before the command leaves. */
export function livePath(
  material: Material,
  config: SessionConfig,
  snapshots: readonly Uint8Array[],
  writer: JournalWriter,
): LivePath {
  const { epochNs, feedLatencyNs, kernels, strategy } = material;
  const strategies = new Map(config.accounts.map((a) => [a.strategy, strategy.strategy]));
  const session = new Session({ kernels, config, strategies });
  const account = session.accounts[0]!;
  const clock = new HostClock({ epochNs, source: 'venue', feedLatencyNs });
  const symbols = config.instruments.map((x) => ({ symbol: x.symbol, instrument: x.index }));
  const feed = new VenueFeed({
    venue: 0,
    instruments: config.instruments,
    clock,
    decoder: new BinanceDecoder(material.decoders, { epochNs, symbols }),
    nowNs: () => clock.nowNs,
    deliver: (records, count) => session.feed(records.bytes.subarray(0, count * RECORD_BYTES)),
  });
  let sent = 0;
  const flush = { us: 0 };
  session.sink = {
    inputs: (records) => writer.inputs(records),
    derived(records) {
      writer.derived(records);
      if (account.commands === sent) return;
      sent = account.commands;
      const startMs = performance.now();
      writer.flush();
      flush.us = (performance.now() - startMs) * 1000;
    },
    snapshotRequested(instrument) {
      feed.requested(instrument);
      feed.snapshot(instrument, snapshots[instrument]!);
    },
    checkpoint: () => writer.checkpoint(),
  };
  return { session, writer, feed, flush };
}
