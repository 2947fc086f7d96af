/** The features through the whole core: golden vectors, and over a recording against their plain definitions. */
import { describe, expect, it } from 'vitest';
import { BookState, Kind, BUY, SELL } from '#generated/records.ts';
import { Instrument } from '#generated/layouts.ts';
import { ofiTerm, realisedVolatility, weightedMid, windowSum } from '../../host/reference/features.ts';
import type { PlainTouch, TimedValue } from '../../host/reference/features.ts';
import { mean, variance } from '../../host/reference/welford.ts';
import { featureIndex } from '../../host/session/config.ts';
import { BTC, EPOCH_NS, ETH, allFeatures, idleAccount, instrument } from '../support/configuration.ts';
import { Frames } from '../support/frames.ts';
import { bothRecordings, recordsIn, slice } from '../support/recording.ts';
import { openSession } from '../support/runs.ts';

const TIMER_NS = 1e8;
/** Parameters with which every feature is valid within seconds around a price of 1000 ticks. */
const SHORT: Readonly<Record<string, Record<string, number>>> = {
  realisedVolatility: { samples: 10 },
  welford: { samples: 5 },
  depth: { withinBps: 50 },
};

describe('order-flow imbalance', () => {
  it('gives -3, +4, +8, -7, -1 for the sequence of numerics.md 1.2', () => {
    const x = instrument(0, 'BTCUSDT', 0.1);
    const config = {
      epochNs: String(EPOCH_NS),
      checkpointRecords: 0,
      instruments: [x],
      features: allFeatures(1),
      accounts: [idleAccount()],
    };
    const session = openSession(config);
    const index = featureIndex(config);
    const last = index.get('BTCUSDT:ofi.last')!;
    const sum = index.get('BTCUSDT:ofi.value')!;
    const f = new Frames(x);
    f.connection(true)
      .wait(1)
      .diff(11, 20, 10, [])
      .snapshot(15, [
        [1, 100, 10],
        [-1, 102, 8],
      ]);
    const sequence = [
      [100, 7, 102, 8],
      [101, 4, 102, 8],
      [101, 4, 103, 6],
      [99, 20, 103, 9],
      [99, 20, 102, 1],
    ] as const;
    const terms: number[] = [];
    let id = 30;
    for (const [bid, bidLots, ask, askLots] of sequence) {
      session.feed(f.wait(1).ticker(id++, bid, bidLots, ask, askLots).take());
      terms.push(session.core.output(last));
    }
    expect(terms).toEqual([-3, 4, 8, -7, -1]);
    expect(session.core.output(sum)).toBe(1);
    // Not before a whole window has passed is the sum said to be valid.
    expect(session.core.outputIsValid(sum)).toBe(false);
    for (let k = 0; k < 12; k++) session.feed(f.wait(100).ticker(id++, 99, 20, 102, 1).take());
    expect([session.core.output(sum), session.core.outputIsValid(sum)]).toEqual([0, true]);
  });
});

describe('features of a book that is not live', () => {
  it('are not valid, whatever the ticker says meanwhile', () => {
    const config = {
      epochNs: String(EPOCH_NS),
      checkpointRecords: 0,
      instruments: [instrument(0, 'BTCUSDT', 0.1, { staleAfterMs: 0 })],
      features: allFeatures(1).map((f) => ({ ...f, parameters: SHORT[f.kind] ?? {} })),
      accounts: [idleAccount()],
    };
    const session = openSession(config);
    const f = new Frames(config.instruments[0]!);
    const index = featureIndex(config);
    const valid = (): string[] => [...index].filter(([, i]) => session.core.outputIsValid(i)).map(([name]) => name);
    let id = 100;
    const pass = (ms: number): void => {
      for (let k = 0; k < ms / 50; k++)
        f.wait(50)
          .ticker(id, 1000 + (id++ % 3), 5, 1004, 6)
          .trade(1001, 2, 1);
      session.feed(f.take());
    };
    f.connection(true)
      .wait(1)
      .diff(11, 20, 10, [])
      .snapshot(15, [
        [1, 1000, 10],
        [-1, 1004, 8],
      ]);
    pass(8000);
    expect(valid()).toEqual([...index.keys()]);
    f.diff(31, 40, 30, []);
    session.feed(f.take());
    expect(valid()).toEqual([]);
    pass(8000);
    expect(valid()).toEqual([]);
    f.snapshot(35, [
      [1, 1000, 10],
      [-1, 1004, 8],
    ]);
    pass(50);
    expect(valid()).toEqual(['BTCUSDT:ofi.last', 'BTCUSDT:spread.ticks', 'BTCUSDT:spread.weightedMidTicks']);
    pass(8000);
    expect(valid()).toEqual([...index.keys()]);
  });
});

describe('features over a recording', () => {
  it('equal their definitions, worked out from lists of touches and prints', { timeout: 60_000 }, () => {
    const config = {
      epochNs: String(EPOCH_NS),
      checkpointRecords: 0,
      instruments: [BTC, ETH],
      features: allFeatures(2).map((f) =>
        f.kind === 'tradeFlow' ? { ...f, parameters: { windowMs: 3000, buckets: 7 } } : f,
      ),
      accounts: [idleAccount({}, 2)],
    };
    const session = openSession(config);
    const { core } = session;
    const index = featureIndex(config);
    const output = (name: string): number => core.output(index.get(`BTCUSDT:${name}`)!);
    const isValid = (name: string): boolean => core.outputIsValid(index.get(`BTCUSDT:${name}`)!);
    const bytes = bothRecordings();
    const records = recordsIn(bytes);

    const touches: PlainTouch[] = [];
    const terms: TimedValue[] = [];
    const prints: TimedValue[] = [];
    const mids: number[] = [];
    let nextTimerNs = 0;
    let lastTimerNs = 0;
    let frames = 0;
    let compared = 0;
    const close = (a: number, b: number, tolerance: number, what: string): void => {
      if (!(Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b))))
        throw new Error(`${what} is ${a}, not ${b}, after frame ${frames}`);
    };

    for (let i = 0; i < 400_000;) {
      const count = records.kind(i) === Kind.frame ? 1 + records.qty(i) : 1;
      const timeNs = Number(records.localTs(i) - EPOCH_NS);
      if (nextTimerNs === 0) nextTimerNs = (Math.floor(timeNs / TIMER_NS) + 1) * TIMER_NS;
      // What is due before this record sees the touch as it was.
      for (; nextTimerNs < timeNs; nextTimerNs += TIMER_NS) {
        lastTimerNs = nextTimerNs;
        const t = touches.at(-1);
        if (t !== undefined) mids.push((t.bidTicks + t.askTicks) / 2);
      }
      session.feed(slice(bytes, i, i + count));
      const live = core.instrument(0, Instrument.bookState) === BookState.live;
      if (live) {
        const [bidTicks, bidLots, askTicks, askLots] = [
          Instrument.bidTicks,
          Instrument.bidLots,
          Instrument.askTicks,
          Instrument.askLots,
        ].map((x) => core.instrument(0, x)) as [number, number, number, number];
        const before = touches.at(-1);
        const touch = { timeNs, bidTicks, bidLots, askTicks, askLots };
        if (
          before === undefined ||
          bidTicks !== before.bidTicks ||
          bidLots !== before.bidLots ||
          askTicks !== before.askTicks ||
          askLots !== before.askLots
        ) {
          if (before !== undefined) terms.push({ timeNs, value: ofiTerm(before, touch) });
          touches.push(touch);
        }
        for (let k = i + 1; k < i + count; k++) {
          if (records.kind(k) !== Kind.trade || records.instrument(k) !== 0) continue;
          const sign = records.low(k) & BUY ? 1 : (records.low(k) & SELL) !== 0 ? -1 : 0;
          prints.push({ timeNs, value: sign * Math.round(records.qty(k) / BTC.lotSize) });
        }
      }
      i += count;
      frames += 1;
      if (!live || frames % 97 !== 0 || mids.length < 400) continue;

      const ofiNow = Math.max(lastTimerNs, terms.at(-1).timeNs);
      const flowNow = Math.max(lastTimerNs, prints.at(-1)?.timeNs ?? 0);
      const recent = (list: readonly TimedValue[]): TimedValue[] => list.slice(-20_000);
      close(output('ofi.value'), windowSum(recent(terms), ofiNow, 1e9, 10), 0, 'ofi.value');
      close(output('ofi.last'), terms.at(-1).value, 0, 'ofi.last');
      close(output('tradeFlow.signedLots'), windowSum(recent(prints), flowNow, 3e9, 7), 0, 'tradeFlow.signedLots');
      const sizes = recent(prints).map((p) => ({ timeNs: p.timeNs, value: Math.abs(p.value) }));
      close(output('tradeFlow.lots'), windowSum(sizes, flowNow, 3e9, 7), 0, 'tradeFlow.lots');
      close(
        output('realisedVolatility.sigmaRelPerSqrtSecond'),
        realisedVolatility(mids.slice(-301), TIMER_NS),
        1e-12,
        'sigma',
      );
      const window = mids.slice(-100);
      const earlier = mids.slice(-101, -1);
      close(output('welford.meanTicks'), mean(window), 1e-13, 'mean');
      close(output('welford.sdTicks'), Math.sqrt(variance(window)), 1e-9, 'sd');
      const deviation = Math.sqrt(variance(earlier));
      expect(isValid('welford.zPrior')).toBe(deviation > 0);
      if (deviation > 0) close(output('welford.zPrior'), (mids.at(-1) - mean(earlier)) / deviation, 1e-8, 'zPrior');
      const touch = touches.at(-1);
      close(output('spread.ticks'), touch.askTicks - touch.bidTicks, 0, 'spread');
      close(output('spread.weightedMidTicks'), weightedMid(touch), 1e-13, 'weighted mid');
      for (const name of ['ofi.value', 'tradeFlow.lots', 'welford.sdTicks', 'spread.ticks', 'depth.bidLots'])
        expect(isValid(name)).toBe(true);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(100);
  });

  it('depth is what stands within its distance of the mid', { timeout: 60_000 }, () => {
    const config = {
      epochNs: String(EPOCH_NS),
      checkpointRecords: 0,
      instruments: [BTC, ETH],
      features: allFeatures(2),
      accounts: [idleAccount({}, 2)],
    };
    const session = openSession(config);
    const index = featureIndex(config);
    const bytes = bothRecordings();
    const records = recordsIn(bytes);
    let compared = 0;
    for (let i = 0, n = 0; i < 400_000; n++) {
      const count = records.kind(i) === Kind.frame ? 1 + records.qty(i) : 1;
      const timeNs = Number(records.localTs(i) - EPOCH_NS);
      const before = session.nowRelNs;
      const due = Math.ceil(timeNs / TIMER_NS - 1) * TIMER_NS;
      const book = [Instrument.bookBidTicks, Instrument.bookAskTicks].map((f) => session.core.instrument(1, f)) as [
        number,
        number,
      ];
      const live = session.core.instrument(1, Instrument.bookState) === BookState.live;
      // Only where this record makes a timer due that the book as it stands answers.
      const expected = live && due > before && n % 3 === 0 ? depthWithin(book) : undefined;
      session.feed(slice(bytes, i, i + count));
      i += count;
      if (expected === undefined) continue;
      expect([
        session.core.output(index.get('ETHUSDT:depth.bidLots')!),
        session.core.output(index.get('ETHUSDT:depth.askLots')!),
      ]).toEqual(expected);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(50);

    function depthWithin([bid, ask]: [number, number]): [number, number] {
      const mid = (bid + ask) / 2;
      const distance = mid * (5 / 1e4);
      const bids = new Float64Array(1024);
      const asks = new Float64Array(1024);
      const first = Math.floor(mid) - 512;
      session.core.readLevels(1, first, 1024, bids, asks);
      let [sumBids, sumAsks] = [0, 0];
      for (let k = 0; k < 1024; k++) {
        if (first + k >= mid - distance) sumBids += bids[k]!;
        if (first + k <= mid + distance) sumAsks += asks[k]!;
      }
      return [sumBids, sumAsks];
    }
  });
});
