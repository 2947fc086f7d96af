/**
 * The book against something that nobody here wrote: after the diff that ends at id u, its top must equal the newest book
 * ticker with an id of at most u, in price and size, for every diff of the recordings.
 */
import { describe, expect, it } from 'vitest';
import { BUY, BookState, Channel, Kind } from '#generated/records.ts';
import { Instrument } from '#generated/layouts.ts';
import { Records } from '../../host/events/record.ts';
import type { InstrumentConfig } from '../../host/session/config.ts';
import { EPOCH_NS, idleAccount, instrument } from '../support/configuration.ts';
import { bothRecordings, decodeLogs, sharedFiles, slice } from '../support/recording.ts';
import { openSession } from '../support/runs.ts';

interface Ticker {
  readonly id: number;
  readonly top: readonly [bidTicks: number, bidLots: number, askTicks: number, askLots: number];
}

/** Tickers of one instrument, read from the records by themselves. */
function tickers(records: Records, x: InstrumentConfig): Ticker[] {
  const found: Ticker[] = [];
  for (let i = 0; i < records.capacity; i++) {
    if (records.kind(i) !== Kind.frame || records.instrument(i) !== x.index || records.px(i) !== Channel.bookTicker)
      continue;
    const level = (at: number) =>
      [Math.round(records.px(at) / x.tickSize), Math.round(records.qty(at) / x.lotSize)] as const;
    const [bid, ask] =
      records.low(i + 1) & BUY || records.kind(i + 1) === Kind.bestBid ? [i + 1, i + 2] : [i + 2, i + 1];
    found.push({ id: records.orderId(i), top: [...level(bid), ...level(ask)] });
  }
  return found.sort((a, b) => a.id - b.id);
}

interface Counts {
  /** Diffs after which the book was compared. */
  compared: number;
  disagreements: string[];
  /** Diffs that ended before the first ticker. */
  beforeFirstTicker: number;
  /** Diffs that were not applied: before the snapshot. */
  notLive: number;
}

function compare(bytes: Uint8Array, instruments: readonly InstrumentConfig[], epochNs: bigint): Counts[] {
  const records = new Records(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const session = openSession({
    epochNs: String(epochNs),
    checkpointRecords: 0,
    instruments,
    features: [],
    accounts: [idleAccount({}, instruments.length)],
  });
  const all = instruments.map((x) => tickers(records, x));
  const next = instruments.map(() => 0);
  const counts: Counts[] = instruments.map(() => ({
    compared: 0,
    disagreements: [],
    beforeFirstTicker: 0,
    notLive: 0,
  }));
  let fed = 0;
  for (let i = 0; i < records.capacity; i++) {
    // A snapshot's frame counts where it made the book live: the diffs that were kept for it are applied with it.
    const isSnapshot = records.px(i) === Channel.depthSnapshot;
    if (records.kind(i) !== Kind.frame || (records.px(i) !== Channel.depthDiff && !isSnapshot)) continue;
    const k = records.instrument(i);
    const end = i + 1 + records.qty(i);
    if (end > records.capacity) break;
    session.feed(slice(bytes, fed, end));
    fed = end;
    const core = session.core;
    const c = counts[k]!;
    if (core.instrument(k, Instrument.bookState) !== BookState.live) {
      c.notLive += 1;
      continue;
    }
    const id = core.instrument(k, Instrument.lastId);
    if (!isSnapshot && id !== records.orderId(i)) throw new Error(`diff ${records.orderId(i)} was not applied`);
    const list = all[k]!;
    while (next[k]! < list.length && list[next[k]!]!.id <= id) next[k]! += 1;
    const ticker = list[next[k]! - 1];
    if (ticker === undefined) {
      c.beforeFirstTicker += 1;
      continue;
    }
    const top = [Instrument.bookBidTicks, Instrument.bookBidLots, Instrument.bookAskTicks, Instrument.bookAskLots].map(
      (f) => core.instrument(k, f),
    );
    c.compared += 1;
    if (ticker.top.some((value, n) => value !== top[n])) {
      c.disagreements.push(`diff ${id}: book ${top.join(' ')}, ticker ${ticker.id}: ${ticker.top.join(' ')}`);
    }
  }
  return counts;
}

describe('top of book against the venue’s own book ticker', () => {
  it('agrees after every diff of the bundled recordings', { timeout: 60_000 }, () => {
    const [btc, eth] = compare(
      bothRecordings(),
      [instrument(0, 'BTCUSDT', 0.1), instrument(1, 'ETHUSDT', 0.01)],
      EPOCH_NS,
    );
    expect(btc!.disagreements).toEqual([]);
    expect(eth!.disagreements).toEqual([]);
    expect([btc!.compared, eth!.compared]).toEqual([6547, 6581]);
  });

  it('agrees in a window so small that levels wander in and out of it', { timeout: 60_000 }, () => {
    const small = { windowTicks: 128, recentreTicks: 7, farLevels: 8192 };
    const [btc, eth] = compare(
      bothRecordings(),
      [instrument(0, 'BTCUSDT', 0.1, small), instrument(1, 'ETHUSDT', 0.01, small)],
      EPOCH_NS,
    );
    expect([btc!.disagreements, eth!.disagreements]).toEqual([[], []]);
    expect([btc!.compared, eth!.compared]).toEqual([6547, 6581]);
  });

  it('agrees over the midnight split of the 2023 recordings, where they are at hand', { timeout: 60_000 }, () => {
    const files = sharedFiles('binance-usdm/btcusdt_20230404.dat.gz', 'binance-usdm/btcusdt_20230405.dat.gz');
    if (files === undefined) return;
    const epochNs = 1680566400000000000n;
    const btc = instrument(0, 'BTCUSDT', 0.1);
    const [counts] = compare(decodeLogs([{ instrument: btc, files }], epochNs), [btc], epochNs);
    console.log(`2023: ${counts!.compared} diffs compared`);
    expect(counts!.disagreements).toEqual([]);
    expect(counts!.compared).toBe(16110);
  });

  it('notices a book that is wrong by one lot', { timeout: 60_000 }, () => {
    const bytes = bothRecordings().slice(0, 64 * 60_000);
    const records = new Records(bytes.buffer);
    const instruments = [instrument(0, 'BTCUSDT', 0.1), instrument(1, 'ETHUSDT', 0.01)];
    expect(compare(bytes, instruments, EPOCH_NS)[0]!.disagreements).toEqual([]);
    let changed = 0;
    for (let i = 0; i < records.capacity; i++) {
      if (records.kind(i) !== Kind.depth || records.instrument(i) !== 0 || records.qty(i) === 0) continue;
      records.setQty(i, records.qty(i) + 0.001);
      changed += 1;
    }
    expect(changed).toBeGreaterThan(1000);
    expect(compare(bytes, instruments, EPOCH_NS)[0]!.disagreements.length).toBeGreaterThan(100);
  });
});
