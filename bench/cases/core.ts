/** A record through the market core, from memory: books, continuity, with features and input hash on and off. */
import { Kind, RECORD_BYTES } from '#generated/records.ts';
import { Records } from '../../host/events/record.ts';
import type { MarketCore } from '../../host/kernels/core.ts';
import { PlainBook } from '../../host/reference/book.ts';
import { STAGING_RECORDS } from '../../host/session/config.ts';
import type { FeatureInstance, SessionConfig } from '../../host/session/config.ts';
import type { Effort } from '../effort.ts';
import { bareCore, defaultFeatures } from '../material.ts';
import type { Material } from '../material.ts';
import type { Results } from '../result.ts';
import { timePerEventNs } from '../timing.ts';

/** Book and default features, ns per record. */
export const CORE_BUDGET_NS = 60;
/** The input hash, ns per record. */
export const HASH_BUDGET_NS = 12;

const BASE = 'features off, hash off';

export function benchCore(material: Material, effort: Effort, results: Results): void {
  const { bothRecords: bytes, config, kernels } = material;
  const records = bytes.length / RECORD_BYTES;
  const common = { name: 'record through the core, both instruments', unit: 'ns/record', events: records };

  const all = defaultFeatures(config);
  // Once through, so that no case pays for the compilation of the module's second tier.
  feedCore(bareCore(kernels, { ...config, features: all }), bytes, true);
  const off = time(effort, kernels, config, [], bytes, false);
  results.add({ ...common, variant: BASE, ...off });
  const staged = bareCore(kernels, { ...config, features: [] });
  const copy = timePerEventNs(effort, records, () => {
    for (let at = 0; at < bytes.length; at += STAGING_RECORDS * RECORD_BYTES) stage(staged, bytes, at);
  });
  results.add({ ...common, variant: 'the copy into the core alone', ...copy, beside: BASE });
  const levels = [...depthLevels(config, bytes)];
  const plain = timePerEventNs(effort, levels.length, () => {
    const books = config.instruments.map(() => new PlainBook());
    for (const [instrument, side, ticks, lots] of levels) books[instrument]!.side(side).set(ticks, lots);
  });
  results.add({ ...common, variant: 'plain book, depth changes alone', events: levels.length, ...plain, beside: BASE });
  const budget = [{ figure: 'p50', atMost: CORE_BUDGET_NS }] as const;
  const on = time(effort, kernels, config, all, bytes, false);
  results.add({ ...common, variant: 'six features, hash off', ...on, beside: BASE, budget });
  for (const feature of new Set(all.map((f) => f.kind))) {
    const one = time(
      effort,
      kernels,
      config,
      all.filter((f) => f.kind === feature),
      bytes,
      false,
    );
    results.add({ ...common, variant: `${feature} only, hash off`, ...one, beside: BASE });
  }
  const hashed = time(effort, kernels, config, [], bytes, true);
  results.add({ ...common, variant: 'features off, hash on', ...hashed, beside: BASE });
  results.add({
    ...common,
    variant: 'six features, hash on',
    ...time(effort, kernels, config, all, bytes, true),
    beside: BASE,
  });
  const hash = timePerEventNs(effort, STAGING_RECORDS, () => {
    staged.exports.hashRecords(0, STAGING_RECORDS, 1n);
  });
  results.add({
    name: 'input hash',
    variant: 'in the core, over staged records',
    unit: 'ns/record',
    events: STAGING_RECORDS,
    ...hash,
    budget: [{ figure: 'p50', atMost: HASH_BUDGET_NS }],
  });
}

function time(
  effort: Effort,
  kernels: WebAssembly.Module,
  config: SessionConfig,
  features: readonly FeatureInstance[],
  bytes: Uint8Array,
  hash: boolean,
) {
  const core = bareCore(kernels, { ...config, features });
  const fresh = core.marketState().slice();
  return timePerEventNs(
    effort,
    bytes.length / RECORD_BYTES,
    () => feedCore(core, bytes, hash),
    () => {
      core.marketState().set(fresh);
      core.restored();
    },
  );
}

/** Everything through the core; what it wakes for is passed over. */
export function feedCore(core: MarketCore, bytes: Uint8Array, hash: boolean): void {
  for (let at = 0; at < bytes.length; at += STAGING_RECORDS * RECORD_BYTES) {
    const count = stage(core, bytes, at);
    for (let done = 0; done < count;) done += core.advance(done, count - done, hash);
  }
}

function stage(core: MarketCore, bytes: Uint8Array, at: number): number {
  const part = bytes.subarray(at, at + STAGING_RECORDS * RECORD_BYTES);
  core.staging.bytes.set(part);
  return part.length / RECORD_BYTES;
}

function* depthLevels(config: SessionConfig, bytes: Uint8Array): Generator<readonly [number, number, number, number]> {
  const records = new Records(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < records.capacity; i++) {
    const kind = records.kind(i);
    if (kind !== Kind.depth && kind !== Kind.depthSnapshot) continue;
    const { tickSize, lotSize, index } = config.instruments[records.instrument(i)]!;
    yield [index, records.side(i), Math.round(records.px(i) / tickSize), Math.round(records.qty(i) / lotSize)];
  }
}
