/** The page's session from the real kernels and a real strategy: what the panels read, and restoring another's state. */
import { readFileSync } from 'node:fs';
import { BookState, Kind } from '#generated/records.ts';
import { describe, expect, it } from 'vitest';
import grid from '../../host/engine/strategies/grid.ts';
import { Records } from '../../host/events/record.ts';
import type { SessionConfig } from '../../host/session/config.ts';
import { openSession } from '../../web/replica/open-session.ts';
import { CELLS } from '../../web/replica/columns.ts';
import { ROOT } from '../support/modules.ts';

const EPOCH_NS = 1_723_075_200_000_000_000n;
const config: SessionConfig = {
  epochNs: EPOCH_NS.toString(),
  checkpointRecords: 10,
  instruments: [
    {
      index: 0,
      venue: 'binance-usdm',
      symbol: 'BTCUSDT',
      kind: 'linear',
      base: 'BTC',
      quote: 'USDT',
      settle: 'USDT',
      tickSize: 0.1,
      lotSize: 0.001,
      multiplier: 1,
      makerFeeRate: 0.0002,
      takerFeeRate: 0.0005,
      venueIndex: 0,
      bridgedIds: true,
      feedLatencyMs: 1,
      book: {
        windowTicks: 1024,
        farLevels: 256,
        recentreTicks: 64,
        pendingRecords: 256,
        staleAfterMs: 0,
        retryMs: 1000,
      },
    },
  ],
  features: [],
  accounts: [
    {
      name: 'main',
      instruments: [0],
      strategy: 'grid',
      parameters: {},
      stepMs: 100,
      touchMoveTicks: 0,
      minWakeMs: 0,
      orderCapacity: 8,
      risk: {
        account: { messagesPerSecond: 10, messageBurst: 20, cancelShare: 0.2, maxOpenOrders: 8, lossLimits: [] },
        instruments: [{ maxOrderLots: 10, maxPositionLots: 10, collarBps: 100, maxOpenOrders: 8 }],
      },
      simulation: {
        schedule: 'asReceived',
        orderLatencyInMs: 1,
        orderLatencyOutMs: 1,
        queueModel: 'power',
        queuePower: 2,
        partialFills: true,
        answerCapacity: 16,
      },
    },
  ],
};

function clocks(from: number, to: number): Uint8Array {
  const records = Records.allocate(to - from);
  for (let i = from; i < to; i++) {
    records.begin(i - from, Kind.clock, 0xffff);
    records.setTimes(i - from, EPOCH_NS + BigInt(i * 50_000_000), EPOCH_NS + BigInt(i * 50_000_000));
  }
  return records.bytes;
}

async function open() {
  const derived: number[] = [];
  const session = await openSession({
    description: { config },
    kernels: new Uint8Array(readFileSync(`${ROOT}build/kernels.wasm`)),
    strategyModule: { default: grid },
    sink: (records, count) => {
      for (let i = 0; i < count; i++) derived.push(records.kind(i));
    },
  });
  return { session, derived };
}

describe("the page's session", () => {
  it('runs the real kernels, and reads what the panels show', async () => {
    const { session, derived } = await open();
    session.feed(clocks(0, 40), 40);
    expect(session.records).toBe(40);
    expect(session.nowRelNs).toBe(39 * 50_000_000);
    expect(session.decisions).toBeGreaterThan(5);
    expect(derived.filter((kind) => kind === Kind.checkpoint)).toHaveLength(4);
    expect(session.book(0)).toMatchObject({ bookState: BookState.stale, bidLots: 0, askLots: 0 });
    expect(session.orders(0)).toEqual([]);
    expect(session.equity(0)).toEqual({ settle: 'USDT', pnl: 0, fees: 0, fills: 0 });
    expect(session.ladderRows).toEqual(grid.ladder);
    const bid = new Float64Array(CELLS).fill(9);
    session.readLevels(0, 500_000, CELLS, bid, new Float64Array(CELLS));
    expect(bid.every((lots) => lots === 0)).toBe(true);
  });

  it('is not changed by being looked at, however its inputs are cut', async () => {
    const [watched, plain] = [await open(), await open()];
    plain.session.feed(clocks(0, 40), 40);
    for (let i = 0; i < 40; i += 5) {
      watched.session.feed(clocks(i, i + 5), 5);
      watched.session.readLevels(0, 1000, CELLS, new Float64Array(CELLS), new Float64Array(CELLS));
      watched.session.orders(0);
      watched.session.equity(0);
    }
    expect(watched.session.inputHash()).toBe(plain.session.inputHash());
    expect(watched.session.commandHash(0)).toBe(plain.session.commandHash(0));
    expect(watched.session.stateHash(0)).toBe(plain.session.stateHash(0));
  });

  it('says what is wrong where the host gives no configuration', async () => {
    await expect(
      openSession({
        description: { config: null },
        kernels: new Uint8Array(),
        strategyModule: { default: grid },
        sink: () => undefined,
      }),
    ).rejects.toThrow(/no configuration/);
  });
});
