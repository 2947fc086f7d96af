/** Session configurations for tests: the two instruments of the bundled recordings, and small ones for records made by hand. */
import type {
  AccountConfig,
  BookConfig,
  FeatureInstance,
  InstrumentConfig,
  SessionConfig,
  SimulationConfig,
} from '../../host/session/config.ts';
import type { Strategy } from '../../host/engine/strategy.ts';

/** 2024-08-08 00:00 UTC, ns since 1970. */
export const EPOCH_NS = 1723075200000000000n;

export const BOOK: BookConfig = {
  windowTicks: 16384,
  farLevels: 65536,
  recentreTicks: 256,
  pendingRecords: 16384,
  staleAfterMs: 5000,
  retryMs: 1000,
};

export function instrument(
  index: number,
  symbol: string,
  tickSize: number,
  book: Partial<BookConfig> = {},
): InstrumentConfig {
  return {
    index,
    venue: 'binance-usdm',
    venueIndex: 0,
    symbol,
    kind: 'linear',
    base: symbol.slice(0, 3),
    quote: 'USDT',
    settle: 'USDT',
    tickSize,
    lotSize: 0.001,
    multiplier: 1,
    makerFeeRate: 0.0002,
    takerFeeRate: 0.0005,
    bridgedIds: true,
    feedLatencyMs: 2,
    book: { ...BOOK, ...book },
  };
}
export const BTC = instrument(0, 'BTCUSDT', 0.1);
export const ETH = instrument(1, 'ETHUSDT', 0.01);

export const SIMULATION: SimulationConfig = {
  schedule: 'asReceived',
  orderLatencyInMs: 5,
  orderLatencyOutMs: 5,
  queueModel: 'power',
  queuePower: 3,
  partialFills: true,
  answerCapacity: 1024,
};

export function account(options: Partial<AccountConfig> = {}, instruments = 2): AccountConfig {
  return {
    name: 'main',
    instruments: [0],
    strategy: 'glft',
    parameters: {},
    stepMs: 100,
    touchMoveTicks: 0,
    minWakeMs: 0,
    orderCapacity: 16,
    risk: {
      account: {
        messagesPerSecond: 50,
        messageBurst: 100,
        cancelShare: 0.3,
        maxOpenOrders: 8,
        lossLimits: [{ settle: 'USDT', amount: 1000 }],
      },
      instruments: Array.from({ length: instruments }, () => ({
        maxOrderLots: 100,
        maxPositionLots: 200,
        collarBps: 50,
        maxOpenOrders: 4,
      })),
    },
    simulation: SIMULATION,
    ...options,
  };
}

export const FEATURE_KINDS = ['ofi', 'welford', 'tradeFlow', 'realisedVolatility', 'spread', 'depth'] as const;

/** One instance of every feature with its default parameters, named like its kind. */
export function allFeatures(instruments: number): FeatureInstance[] {
  return Array.from({ length: instruments }, (_, i) => i).flatMap((i) =>
    FEATURE_KINDS.map((kind) => ({ kind, name: kind, instrument: i, parameters: {} })),
  );
}

/** Both recordings, every feature, one account with the default strategy. */
export function recordedConfig(
  accounts: readonly AccountConfig[] = [account()],
  checkpointRecords = 262144,
): SessionConfig {
  return { epochNs: String(EPOCH_NS), checkpointRecords, instruments: [BTC, ETH], features: allFeatures(2), accounts };
}

/** A strategy that never does anything. */
export const idle: Strategy = {
  name: 'idle',
  doc: 'does nothing',
  parameters: {},
  ladder: [],
  reasons: ['none'],
  init: () => ({ memory: 0, decide() {} }),
};

/** An account that is not woken and does nothing by itself; tests drive its simulated venue through core.exports.submit. */
export function idleAccount(options: Partial<AccountConfig> = {}, instruments = 1): AccountConfig {
  return account({ strategy: 'idle', stepMs: 0, ...options }, instruments);
}
