/**
 * Backtests: one instrument's recording, laid end to end many times, through a session with the default strategy and
 * simulated fills. One tile is in memory; its times are shifted by whole spans between tiles, outside what is measured.
 */
import { closeSync, openSync, readSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RECORD_BYTES, RECORD_EXCH_TS, RECORD_LOCAL_TS } from '#generated/records.ts';
import { JournalReader } from '../../host/capture/journal-reader.ts';
import { BlockType } from '../../host/events/journal-format.ts';
import type { SessionConfig } from '../../host/session/config.ts';
import { Session } from '../../host/session/session.ts';
import type { Effort } from '../effort.ts';
import { withJournal } from '../live.ts';
import { bareCore, strategyFeatures } from '../material.ts';
import type { Material } from '../material.ts';
import type { Results } from '../result.ts';
import { Samples } from '../samples.ts';
import { feedCore } from './core.ts';

/** A fifth of what hftbacktest's fastest set-up takes for a record. */
export const BACKTEST_BUDGET_NS = 13;
const SECOND_NS = 1_000_000_000n;
const READ_BYTES = 1024 * 1024;

export async function benchBacktest(material: Material, effort: Effort, results: Results): Promise<void> {
  const lean: SessionConfig = { ...material.firstOnly, checkpointRecords: 0, features: strategyFeatures() };
  const events = (material.firstRecords.length / RECORD_BYTES) * effort.tiles;
  const name = 'backtest from memory';
  const common = { name, unit: 'ns/record', events };
  const budget = [{ figure: 'p50', atMost: BACKTEST_BUDGET_NS }] as const;
  const measure = (makeFeed: () => (bytes: Uint8Array) => void) =>
    runs(effort.backtestRuns, () => tiled(material.firstRecords, effort.tiles, makeFeed()) / events);

  const core = measure(() => {
    const bare = bareCore(material.kernels, lean);
    return (bytes) => feedCore(bare, bytes, false);
  });
  const beside = 'core alone, nobody woken';
  results.add({ ...common, variant: beside, ...core });
  const session = (config: SessionConfig, hashInputs: boolean) => () => {
    const made = sessionOf(material, config, hashInputs);
    return (bytes: Uint8Array) => made.feed(bytes);
  };
  results.add({
    ...common,
    variant: 'glft and its feature, hash off',
    ...measure(session(lean, false)),
    beside,
    budget,
  });
  results.add({
    ...common,
    variant: 'demo: six features, hash on, checkpoints',
    ...measure(session(material.firstOnly, true)),
    beside,
  });
  await benchDisk(material, lean, effort, results);
}

async function benchDisk(material: Material, lean: SessionConfig, effort: Effort, results: Results): Promise<void> {
  await withJournal(material, lean, (writer, directory) => {
    tiled(material.firstRecords, effort.journalTiles, (bytes) => {
      writer.inputs(bytes);
      writer.flush();
    });
    writer.flush();
    const events = (material.firstRecords.length / RECORD_BYTES) * effort.journalTiles;
    const common = { name: 'backtest from a journal on disk', unit: 'ns/record', events };
    const measure = (read: () => void) =>
      runs(effort.backtestRuns, () => {
        const startMs = performance.now();
        read();
        return ((performance.now() - startMs) * 1e6) / events;
      });
    const beside = 'readSync of the files alone';
    results.add({ ...common, variant: beside, ...measure(() => readFiles(directory)) });
    const blocks = (checkPayloads: boolean) =>
      new JournalReader(directory, { types: [BlockType.inputs], checkPayloads }).blocks();
    const only = measure(() => {
      for (const block of blocks(true)) if (block.count === 0) throw new Error('an empty block');
    });
    results.add({ ...common, variant: 'blocks read and checked', ...only, beside });
    const unchecked = measure(() => {
      for (const block of blocks(false)) if (block.count === 0) throw new Error('an empty block');
    });
    results.add({ ...common, variant: 'blocks read, payloads unchecked', ...unchecked, beside });
    const whole = measure(() => {
      const session = sessionOf(material, lean, false);
      for (const block of blocks(true)) session.feed(block.payload, block.inputHash);
    });
    results.add({ ...common, variant: 'read, checked, glft and its feature', ...whole, beside });
  });
}

function sessionOf(material: Material, config: SessionConfig, hashInputs: boolean): Session {
  const { kernels, strategy } = material;
  const strategies = new Map(config.accounts.map((a) => [a.strategy, strategy.strategy]));
  return new Session({ kernels, config, strategies, hashInputs });
}

/** Feeds `tiles` copies, each later than the one before by the whole span; returns the nanoseconds inside `feed`. */
export function tiled(bytes: Uint8Array, tiles: number, feed: (bytes: Uint8Array) => void): number {
  const tile = bytes.slice();
  const words = new BigInt64Array(tile.buffer);
  const span = spanNs(words);
  let ns = 0;
  for (let k = 0; k < tiles; k++) {
    if (k > 0) shift(words, span);
    const startMs = performance.now();
    feed(tile);
    ns += (performance.now() - startMs) * 1e6;
  }
  return ns;
}

/** Whole seconds, so that a copy's steps lie on the original's grid. */
export function spanNs(words: BigInt64Array): bigint {
  const first = words[RECORD_LOCAL_TS / 8]!;
  const last = words[words.length - RECORD_BYTES / 8 + RECORD_LOCAL_TS / 8]!;
  return ((last - first) / SECOND_NS + 1n) * SECOND_NS;
}

function shift(words: BigInt64Array, byNs: bigint): void {
  for (let at = 0; at < words.length; at += RECORD_BYTES / 8) {
    words[at + RECORD_EXCH_TS / 8]! += byNs;
    words[at + RECORD_LOCAL_TS / 8]! += byNs;
  }
}

/** One run that compiles, then `count` that are kept. */
function runs(count: number, run: () => number): { min: number; p50: number } {
  run();
  const samples = new Samples(count);
  for (let i = 0; i < count; i++) samples.add(run());
  return { min: samples.quantile(0), p50: samples.quantile(0.5) };
}

function readFiles(directory: string): void {
  const buffer = new Uint8Array(READ_BYTES);
  for (const name of readdirSync(directory)) {
    if (!name.endsWith('.tide')) continue;
    const file = openSync(join(directory, name), 'r');
    try {
      while (readSync(file, buffer, 0, buffer.length, null) > 0);
    } finally {
      closeSync(file);
    }
  }
}
