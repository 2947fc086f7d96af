/** The order in which a venue's reports become input records, with both clocks. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Channel, ConnectionCause, Kind } from '#generated/records.ts';
import { HostClock } from '../../host/events/clock.ts';
import { BinanceDecoder } from '../../host/kernels/decoders.ts';
import { VenueFeed } from '../../host/venues/feed.ts';
import { cutRecording, makeWorkplace } from '../e2e/workplace.ts';
import { BTC } from '../support/configuration.ts';
import { decoders } from '../support/modules.ts';

const EPOCH_NS = 1_723_161_600_000_000_000n - 86_400_000_000_000n;
const LATENCY_NS = 2e6;
const CHANNELS = new Map<number, string>(Object.entries(Channel).map(([name, code]) => [code, name]));

let frames: Uint8Array[];
let snapshot: Uint8Array;

beforeAll(() => {
  const lines = readFileSync(cutRecording(makeWorkplace(), 'btcusdt', 1), 'latin1')
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(20));
  snapshot = Buffer.from(lines.find((line) => line.startsWith('{"lastUpdateId"'))!);
  frames = lines.filter((line) => line.startsWith('{"stream"')).map((line) => Buffer.from(line));
});

/** A feed and what it delivered, a word per frame or report. */
function open(source: 'wall' | 'venue', heldBytesLimit = 8 * 1024 * 1024, asksAfterFrame = false) {
  const clock = new HostClock({ epochNs: EPOCH_NS, source, feedLatencyNs: LATENCY_NS });
  const said: string[] = [];
  const times: bigint[] = [];
  const behind: boolean[] = [];
  let nowNs = 1e9;
  const feed = new VenueFeed({
    venue: 0,
    instruments: [BTC],
    clock,
    decoder: new BinanceDecoder(decoders(), {
      epochNs: EPOCH_NS,
      venue: 0,
      symbols: [{ symbol: 'BTCUSDT', instrument: 0 }],
    }),
    nowNs: () => (nowNs += 1000),
    deliver: (records, count) => {
      for (let i = 0; i < count; i++) {
        const kind = records.kind(i);
        if (kind !== Kind.clockOffset) times.push(records.localTs(i));
        if (kind === Kind.frame) said.push(CHANNELS.get(records.px(i))!);
        else if (kind === Kind.connection) said.push(`connection ${records.px(i)} ${records.ival(i)}`);
        else if (kind === Kind.instrument) said.push(`instrument ${records.px(i)} ${records.qty(i)}`);
        else if (kind === Kind.requestFailed) said.push(`requestFailed ${records.ival(i)}`);
        if (kind === Kind.frame && asksAfterFrame) feed.requested(0);
      }
    },
    behind: (isBehind) => behind.push(isBehind),
    heldBytesLimit,
  });
  return { feed, said, times, behind };
}

/** The instrument comes before anything that is said of it. */
const DEFINED = 'instrument 0.1 0.001';
const OPENED = `connection 1 ${ConnectionCause.opened}`;

describe('with the clock of a recording', () => {
  it('the announcement waits for the first frame and has its time', () => {
    const { feed, said, times } = open('venue');
    feed.subscribed();
    expect(said).toEqual([]);
    feed.frame(frames[0]!);
    expect(said.slice(0, 2)).toEqual([DEFINED, OPENED]);
    expect(said).toHaveLength(3);
    expect(times[0]).toBe(times.at(-1));
  });

  it('frames wait while a snapshot request is open, and the answer goes to its own time', () => {
    const run = (answerAfter: number) => {
      const { feed, said } = open('venue');
      feed.subscribed();
      feed.frame(frames[0]!);
      feed.requested(0);
      for (const frame of frames.slice(1, answerAfter)) feed.frame(frame);
      expect(feed.heldFrames).toBe(answerAfter - 1);
      feed.snapshot(0, snapshot);
      expect(feed.heldFrames).toBe(0);
      for (const frame of frames.slice(answerAfter)) feed.frame(frame);
      feed.finish();
      return said;
    };
    const early = run(2);
    expect(early).toContain('depthSnapshot');
    expect(early.indexOf('depthSnapshot')).toBeGreaterThan(2);
    expect(run(frames.length)).toEqual(early);
  });

  it('asks the client to wait while too much is held, and to go on after', () => {
    const { feed, behind } = open('venue', 2000);
    feed.subscribed();
    feed.requested(0);
    for (const frame of frames.slice(0, 40)) feed.frame(frame);
    expect(behind).toEqual([true]);
    feed.snapshotFailed(0, 503);
    expect(behind).toEqual([true, false]);
    expect(feed.heldFrames).toBe(0);
  });

  it('a failed request goes before the frames that waited for it', () => {
    const { feed, said } = open('venue');
    feed.subscribed();
    feed.frame(frames[0]!);
    feed.requested(0);
    feed.frame(frames[1]!);
    feed.snapshotFailed(0, 418);
    feed.finish();
    expect(said.indexOf('requestFailed 418')).toBe(3);
    expect(said).toHaveLength(5);
  });

  it('frames that lead to further requests do not wait for these at the end or when the connection is lost', () => {
    for (const end of ['finish', 'lost'] as const) {
      const { feed, said } = open('venue', undefined, true);
      feed.subscribed();
      for (const frame of frames.slice(0, 5)) feed.frame(frame);
      expect(feed.heldFrames).toBe(4);
      if (end === 'finish') feed.finish();
      else feed.lost(ConnectionCause.closed);
      expect(feed.heldFrames).toBe(0);
      expect(said).toHaveLength(end === 'finish' ? 7 : 8);
      if (end === 'lost') expect(said.at(-1)).toBe(`connection 0 ${ConnectionCause.closed}`);
    }
  });

  it('an answer that cannot be read is a failed request', () => {
    const { feed, said } = open('venue');
    feed.subscribed();
    feed.frame(frames[0]!);
    feed.requested(0);
    feed.snapshot(0, Buffer.from('<html>'));
    feed.finish();
    expect(said.at(-1)).toBe('requestFailed 200');
  });

  it('a lost connection delivers what waited, and forgets the request', () => {
    const { feed, said } = open('venue');
    feed.subscribed();
    feed.frame(frames[0]!);
    feed.requested(0);
    feed.frame(frames[1]!);
    expect(said).toHaveLength(3);
    feed.lost(ConnectionCause.closed);
    expect(said).toHaveLength(5);
    expect(said.at(-1)).toBe(`connection 0 ${ConnectionCause.closed}`);
    feed.subscribed();
    feed.frame(frames[2]!);
    expect(said.filter((word) => word === OPENED)).toHaveLength(2);
  });
});

describe('with the clock of the wall', () => {
  it('everything is delivered at once, at the time of its arrival', () => {
    const { feed, said, times } = open('wall');
    feed.subscribed();
    feed.requested(0);
    feed.frame(frames[0]!);
    feed.snapshot(0, snapshot);
    feed.snapshotFailed(0, 0);
    expect(said).toEqual([DEFINED, OPENED, expect.any(String), 'depthSnapshot', 'requestFailed 0']);
    // The definition has the time of what it comes before.
    expect(new Set(times).size).toBe(4);
    expect(feed.heldFrames).toBe(0);
  });

  it('an answer that cannot be read is counted, and is a failed request', () => {
    const { feed, said } = open('wall');
    feed.subscribed();
    feed.requested(0);
    feed.snapshot(0, Buffer.from('<html>'));
    expect(said.slice(2)).toEqual(['unreadable', 'requestFailed 200']);
  });
});
