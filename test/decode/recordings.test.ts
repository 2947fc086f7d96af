/** Every frame of the recordings: decoder and twin agree bit for bit, and the counts are those of the recordings' notes. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Channel, Kind } from '#generated/records.ts';
import { Pair, bundled, recordedFrames } from './support.ts';

const SHARED = '/work/shared/data';

/** Frames per channel, and the records' kinds. */
function replay(pair: Pair, path: string, instrument: number) {
  const channels = new Map<number, number>();
  let offMarket = 0;
  for (const frame of recordedFrames(path)) {
    const count = pair.decode(frame.bytes, frame.localRelNs, frame.snapshot ? instrument : undefined);
    expect(count).toBeGreaterThan(0);
    const channel = pair.decoder.records.px(0);
    channels.set(channel, (channels.get(channel) ?? 0) + 1);
    if (channel === Channel.trade && pair.decoder.records.kind(1) === Kind.offMarketTrade) ++offMarket;
  }
  return { channels, offMarket };
}

describe('bundled recordings', () => {
  it.each([
    ['btcusdt_20240808.gz', 0, { depth: 6551, ticker: 66089, trades: 21313 }],
    ['ethusdt_20240808.gz', 1, { depth: 6586, ticker: 53992, trades: 14076 }],
  ] as const)(
    '%s: all frames equal the twin bit for bit',
    (name, instrument, counts) => {
      const pair = Pair.of();
      const { channels, offMarket } = replay(pair, bundled(name), instrument);
      expect(channels.get(Channel.depthDiff)).toBe(counts.depth);
      expect(channels.get(Channel.bookTicker)).toBe(counts.ticker);
      expect(channels.get(Channel.trade)).toBe(counts.trades);
      expect(channels.get(Channel.depthSnapshot)).toBe(1);
      expect(offMarket).toBe(0);
      expect(pair.decoder.counters.unreadable).toBe(0);
      expect(pair.decoder.counters.other).toBe(0);
    },
    30_000,
  );

  it('the checked build reads the start of a recording alike', () => {
    const pair = Pair.of('checked');
    for (const frame of recordedFrames(bundled('btcusdt_20240808.gz')).slice(0, 5000)) {
      expect(pair.decode(frame.bytes, frame.localRelNs, frame.snapshot ? 0 : undefined)).toBeGreaterThan(0);
    }
  });
});

describe('further recordings', () => {
  const folder = `${SHARED}/binance-usdm`;
  const here = existsSync(folder);
  if (!here) console.log(`skipped: ${folder} is not on this machine (the bundled recordings are tested all the same)`);

  it.runIf(here)(
    '2023: mark prices, and one print outside the market',
    () => {
      const pair = Pair.of();
      const first = replay(pair, `${folder}/btcusdt_20230404.dat.gz`, 0);
      const second = replay(pair, `${folder}/btcusdt_20230405.dat.gz`, 0);
      expect(first.offMarket + second.offMarket).toBe(1);
      expect(first.channels.get(Channel.markPrice)).toBeGreaterThan(50);
    },
    30_000,
  );

  const fixtures = `${SHARED}/fixtures/binance-usdm.jsonl.gz`;
  it.runIf(existsSync(fixtures))('single frames of every kind', () => {
    const pair = Pair.of();
    const seen = { records: 0, refused: 0, other: 0 };
    for (const line of gunzipSync(readFileSync(fixtures)).toString().split('\n')) {
      if (line === '') continue;
      const { raw } = JSON.parse(line) as { raw: string };
      const result = pair.text(raw);
      seen[result > 0 ? 'records' : result < 0 ? 'refused' : 'other']++;
      pair.text(raw, 0);
    }
    expect(seen.records).toBeGreaterThan(0);
    expect(seen.other).toBeGreaterThan(0);
  });
});
