/**
 * What a session is made of: everything that decides what it will compute. It is plain JSON, stands in the journal's config
 * block, and is what the page gets to build the same session. Only the TOML that a user writes lies above it (host/cli).
 */
import { FEATURES } from '#generated/features.ts';
import type { CoreLayout } from '../kernels/core.ts';
import type { InstrumentInfo } from '../engine/strategy.ts';
import type { RiskLimits } from '../risk/limits.ts';

/** Limits and waits of an instrument's book. */
export interface BookConfig {
  /** Ticks in the dense window of a side; a power of two. */
  readonly windowTicks: number;
  /** Levels kept outside the window, per side; more make the book stale. */
  readonly farLevels: number;
  /** Ticks that the window moves at most per frame. */
  readonly recentreTicks: number;
  /** Records of diffs kept while a snapshot is awaited. */
  readonly pendingRecords: number;
  /** Silence of the depth channel after which the book is stale; 0: never. */
  readonly staleAfterMs: number;
  /** Wait before a failed snapshot request is repeated. */
  readonly retryMs: number;
}

export interface InstrumentConfig extends InstrumentInfo {
  readonly venueIndex: number;
  /** True where a diff names the last id before it (Binance futures); false where ids are contiguous. */
  readonly bridgedIds: boolean;
  /** Assumed age of a frame on arrival. */
  readonly feedLatencyMs: number;
  readonly book: BookConfig;
}

export interface FeatureInstance {
  readonly kind: string;
  /** Name under which strategies find it; several instances of a kind need different ones. */
  readonly name: string;
  readonly instrument: number;
  readonly parameters: Readonly<Record<string, number>>;
}

export const QUEUE_MODELS = ['riskAverse', 'power', 'power2', 'power3', 'log', 'log2'] as const;
export type QueueModel = (typeof QUEUE_MODELS)[number];

export interface SimulationConfig {
  readonly schedule: 'asReceived';
  readonly orderLatencyInMs: number;
  readonly orderLatencyOutMs: number;
  readonly queueModel: QueueModel;
  readonly queuePower: number;
  readonly partialFills: boolean;
  readonly answerCapacity: number;
}

export interface AccountConfig {
  readonly name: string;
  /** Instruments that the account trades, its strategy's first one first. */
  readonly instruments: readonly number[];
  readonly strategy: string;
  readonly parameters: Readonly<Record<string, number | string | boolean>>;
  readonly stepMs: number;
  /** Wake when bid or ask moved by so many ticks; 0: never. */
  readonly touchMoveTicks: number;
  readonly minWakeMs: number;
  readonly orderCapacity: number;
  readonly risk: RiskLimits;
  /** Null where orders go to a real venue. */
  readonly simulation: SimulationConfig | null;
}

export interface SessionConfig {
  /** ns since 1970, decimal. */
  readonly epochNs: string;
  readonly checkpointRecords: number;
  readonly instruments: readonly InstrumentConfig[];
  readonly features: readonly FeatureInstance[];
  readonly accounts: readonly AccountConfig[];
}

/** Records that are handed to the core at once. */
export const STAGING_RECORDS = 8192;
const NS_PER_MS = 1e6;

/** A session's configuration as the core wants it. `accountBytes`: size of the largest account buffer. */
export function coreLayout(config: SessionConfig, accountBytes: number): CoreLayout {
  return {
    epochNs: BigInt(config.epochNs),
    stagingRecords: STAGING_RECORDS,
    checkpointRecords: config.checkpointRecords,
    accountBytes,
    instruments: config.instruments.map((x) => ({
      tickSize: x.tickSize,
      lotSize: x.lotSize,
      feedLatencyNs: x.feedLatencyMs * NS_PER_MS,
      staleAfterNs: x.book.staleAfterMs * NS_PER_MS,
      retryNs: x.book.retryMs * NS_PER_MS,
      venue: x.venueIndex,
      windowTicks: x.book.windowTicks,
      farLevels: x.book.farLevels,
      recentreTicks: x.book.recentreTicks,
      pendingRecords: x.book.pendingRecords,
      bridgedIds: x.bridgedIds ? 1 : 0,
    })),
    accounts: config.accounts.map((a) => ({
      stepNs: a.stepMs * NS_PER_MS,
      touchMoveTicks: a.touchMoveTicks,
      minWakeNs: a.minWakeMs * NS_PER_MS,
      instrumentMask: a.instruments.reduce((mask, i) => mask | (1n << BigInt(i)), 0n),
      simulated: a.simulation === null ? 0 : 1,
      orderLatencyInNs: (a.simulation?.orderLatencyInMs ?? 0) * NS_PER_MS,
      orderLatencyOutNs: (a.simulation?.orderLatencyOutMs ?? 0) * NS_PER_MS,
      queuePower: a.simulation?.queuePower ?? 1,
      queueModel: QUEUE_MODELS.indexOf(a.simulation?.queueModel ?? 'riskAverse'),
      partialFills: a.simulation?.partialFills === false ? 0 : 1,
      maxOrders: a.orderCapacity,
      // An order has at most its placing and its cancel on the way, so this never fills.
      requestCapacity: 2 * a.orderCapacity + 2,
      answerCapacity: a.simulation?.answerCapacity ?? 16,
    })),
    features: config.features.map(featureValues),
  };
}

function featureValues(f: FeatureInstance): Record<string, number> {
  const kind = FEATURES.findIndex((k) => k.name === f.kind);
  const spec = FEATURES[kind];
  if (spec === undefined) {
    throw new Error(`feature "${f.kind}" does not exist; there are: ${FEATURES.map((k) => k.name).join(', ')}`);
  }
  const values: Record<string, number> = { kind, instrument: f.instrument };
  spec.parameter.forEach((p, i) => (values[`p${i}`] = f.parameters[p.name] ?? p.default));
  return values;
}

/** Where each output of each feature stands: "name.output" and "SYMBOL:name.output" -> index. */
export function featureIndex(config: SessionConfig): Map<string, number> {
  const index = new Map<string, number>();
  let next = 0;
  for (const f of config.features) {
    const symbol = config.instruments[f.instrument]!.symbol;
    for (const output of FEATURES.find((k) => k.name === f.kind)!.output) {
      index.set(`${symbol}:${f.name}.${output.name}`, next++);
    }
  }
  return index;
}
