/**
 * From the file's sections to what the host works with: full paths, accounts with everything that they take over, indices in
 * place of names. It is given sections that cross-check.ts has accepted.
 */
import { dirname, resolve } from 'node:path';
import { FEATURES } from '#generated/features.ts';
import type { Parameters } from '../../engine/strategy.ts';
import type { AccountLimits, InstrumentLimits } from '../../risk/limits.ts';
import type { AccountConfig, FeatureInstance, InstrumentConfig, SessionConfig } from '../../session/config.ts';
import { VENUES } from '../../venues/registry.ts';
import { mergeAccounts } from './accounts.ts';
import type { MergedAccount } from './accounts.ts';
import { isBuiltIn } from './strategies.ts';
import type { ConfigFile } from './schema.ts';

const BYTES_PER_MEBIBYTE = 1_048_576;
const NS_PER_MINUTE = 60e9;

export interface VenueSettings {
  readonly name: string;
  readonly id: string;
  /** Null where the host serves recordings to itself: it takes its own server's addresses. */
  readonly websocketUrl: string | null;
  readonly restUrl: string | null;
  /** Null: the venue's default. */
  readonly channels: readonly string[] | null;
}

export interface StrategyModule {
  /** As the configuration names it; SessionConfig names it so, too. */
  readonly module: string;
  /** The file to bundle; null for a built-in strategy. */
  readonly path: string | null;
}

/** Everything that a configuration file says, with full paths. */
export interface HostConfig {
  /** The file it comes from. */
  readonly file: string;
  readonly host: {
    readonly mode: 'paper';
    readonly address: string;
    readonly port: number;
    readonly token: string | null;
    readonly statusMs: number;
  };
  readonly clock: { readonly source: 'wall' | 'venue'; readonly feedLatencyMs: number };
  readonly journal: {
    readonly directory: string;
    readonly flushMs: number;
    readonly segmentBytes: number;
    readonly segmentNs: number | null;
    readonly retainSegments: number | null;
  };
  /** Null: the venue itself is connected to. */
  readonly recording: {
    readonly files: readonly string[];
    readonly speed: number | 'full';
    readonly fastForwardSeconds: number;
  } | null;
  readonly venues: readonly VenueSettings[];
  /** Each module once. */
  readonly strategies: readonly StrategyModule[];
  /** What the session will compute, but for the time at which it starts. */
  readonly session: Omit<SessionConfig, 'epochNs'>;
}

/** The session's configuration. `epochNs`: ns since 1970, the journal's epoch. */
export function resolveSession(config: HostConfig, epochNs: bigint): SessionConfig {
  return { epochNs: String(epochNs), ...config.session };
}

export function resolveConfig(file: string, sections: ConfigFile): HostConfig {
  const folder = dirname(resolve(file));
  const { host, clock, journal, recording } = sections;
  const accounts = mergeAccounts(sections);
  const modules = [...new Set(accounts.map((account) => account.strategy.module))];
  return {
    file: resolve(file),
    host: {
      mode: host.mode,
      address: host.address,
      port: host.port,
      token: host.token ?? null,
      statusMs: host.status_ms,
    },
    clock: { source: clock.source, feedLatencyMs: clock.feed_latency_ms },
    journal: {
      directory: resolve(folder, journal.directory),
      flushMs: journal.flush_ms,
      segmentBytes: Math.round(journal.segment_megabytes * BYTES_PER_MEBIBYTE),
      segmentNs: journal.segment_minutes === undefined ? null : journal.segment_minutes * NS_PER_MINUTE,
      retainSegments: journal.retain_segments ?? null,
    },
    recording:
      recording === undefined
        ? null
        : {
            files: recording.files.map((path) => resolve(folder, path)),
            speed: recording.speed,
            fastForwardSeconds: recording.fast_forward_seconds,
          },
    venues: sections.venue.map((venue) => ({
      name: venue.name,
      id: venue.id ?? venue.name,
      websocketUrl: recording === undefined ? (venue.websocket_url ?? null) : null,
      restUrl: recording === undefined ? (venue.rest_url ?? null) : null,
      channels: venue.channels ?? null,
    })),
    strategies: modules.map((module) => ({ module, path: isBuiltIn(module) ? null : resolve(folder, module) })),
    session: {
      checkpointRecords: journal.checkpoint_records,
      instruments: resolveInstruments(sections),
      features: resolveFeatures(sections),
      accounts: accounts.map((account) => resolveAccount(sections, account)),
    },
  };
}

export function resolveInstruments(sections: ConfigFile): InstrumentConfig[] {
  const ids = sections.venue.map((venue) => venue.id ?? venue.name);
  return sections.instrument.map((x, index) => {
    const venueIndex = ids.indexOf(x.venue);
    return {
      index,
      venue: x.venue,
      venueIndex,
      symbol: x.symbol,
      kind: x.kind,
      base: x.base,
      quote: x.quote,
      settle: x.settle,
      tickSize: x.tick_size,
      lotSize: x.lot_size,
      multiplier: x.multiplier,
      makerFeeRate: x.maker_fee_bps / 10_000,
      takerFeeRate: x.taker_fee_bps / 10_000,
      bridgedIds: x.bridged_ids ?? VENUES.get(sections.venue[venueIndex]?.name ?? '')?.bridgedIds ?? false,
      feedLatencyMs: sections.clock.feed_latency_ms,
      book: {
        windowTicks: x.book.window_ticks,
        farLevels: x.book.far_levels,
        recentreTicks: x.book.recentre_ticks,
        pendingRecords: x.book.pending_records,
        staleAfterMs: x.book.stale_after_ms,
        retryMs: x.book.retry_ms,
      },
    };
  });
}

/** `windowMs` as the configuration has it: `window_ms`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

export function resolveFeatures(sections: ConfigFile): FeatureInstance[] {
  const given: ConfigFile['feature'] =
    sections.feature.length > 0 ? sections.feature : FEATURES.map((kind) => ({ kind: kind.name, parameters: {} }));
  const symbols = sections.instrument.map((x) => x.symbol);
  // Instrument by instrument, so that what is added for one does not move the outputs of those before it.
  return symbols.flatMap((symbol, instrument) =>
    given.flatMap((f): FeatureInstance[] => {
      const only = 'instrument' in f ? f.instrument : undefined;
      if (only !== undefined && only !== symbol) return [];
      const known = FEATURES.find((kind) => kind.name === f.kind)?.parameter ?? [];
      const parameters: Record<string, number> = {};
      for (const parameter of known) {
        const value = (f.parameters as Parameters)[snakeCase(parameter.name)];
        if (typeof value === 'number') parameters[parameter.name] = value;
      }
      return [{ kind: f.kind, name: ('name' in f ? f.name : undefined) ?? f.kind, instrument, parameters }];
    }),
  );
}

/** Limits of an instrument that an account does not trade: the least that there is. */
const UNTRADED: InstrumentLimits = { maxOrderLots: 1, maxPositionLots: 1, collarBps: 1, maxOpenOrders: 1 };

function resolveAccount(sections: ConfigFile, account: MergedAccount): AccountConfig {
  const symbols = sections.instrument.map((x) => x.symbol);
  const { strategy, risk, simulation } = account;
  const limits: AccountLimits = {
    messagesPerSecond: risk.messages_per_second,
    messageBurst: risk.message_burst,
    cancelShare: risk.cancel_share,
    maxOpenOrders: risk.max_open_orders,
    lossLimits: Object.entries(risk.loss_limit).map(([settle, amount]) => ({ settle, amount })),
  };
  return {
    name: account.name,
    instruments: strategy.instruments.map((symbol) => symbols.indexOf(symbol)),
    strategy: strategy.module,
    parameters: strategy.parameters,
    stepMs: strategy.step_ms,
    touchMoveTicks: strategy.touch_move_ticks,
    minWakeMs: strategy.min_wake_ms,
    orderCapacity: strategy.order_capacity,
    risk: {
      account: limits,
      instruments: symbols.map((symbol) => {
        const own = strategy.instruments.includes(symbol)
          ? risk.instrument.find((x) => x.symbol === symbol)
          : undefined;
        if (own === undefined) return UNTRADED;
        return {
          maxOrderLots: own.max_order_lots,
          maxPositionLots: own.max_position_lots,
          collarBps: own.collar_bps,
          maxOpenOrders: own.max_open_orders,
        };
      }),
    },
    simulation: {
      schedule: simulation.schedule,
      orderLatencyInMs: simulation.order_latency_in_ms,
      orderLatencyOutMs: simulation.order_latency_out_ms,
      queueModel: simulation.queue_model,
      queuePower: simulation.queue_power,
      partialFills: simulation.partial_fills,
      answerCapacity: simulation.answer_capacity,
    },
  };
}
