/** Raw Binance USD-M logs as input records: order, times, counts, and what is said where they cannot be read. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Channel, Kind, RECORD_BYTES } from '#generated/records.ts';
import { Records } from '../../host/events/record.ts';
import { readBinanceLog, recordingEpochNs } from '../../host/formats/binance-log.ts';
import type { RefusedFrame } from '../../host/kernels/decoders.ts';
import { cutRecording, makeWorkplace } from '../e2e/workplace.ts';
import { BTC, ETH } from '../support/configuration.ts';
import { decoders } from '../support/modules.ts';

const FEED_LATENCY_NS = 2e6;
const place = makeWorkplace();
let btc: string;
let eth: string;

beforeAll(() => {
  btc = cutRecording(place, 'btcusdt', 3);
  eth = cutRecording(place, 'ethusdt', 3);
});

async function read(files: readonly string[]) {
  const epochNs = await recordingEpochNs(files);
  const parts: Buffer[] = [];
  const refused: RefusedFrame[] = [];
  const counts = await readBinanceLog({
    files,
    decoders: decoders(),
    epochNs,
    feedLatencyNs: FEED_LATENCY_NS,
    instruments: [BTC, ETH],
    deliver: (records, count) => {
      parts.push(Buffer.from(records.bytes.slice(0, count * RECORD_BYTES)));
    },
    refused: (frame) => refused.push({ ...frame }),
  });
  const bytes = new Uint8Array(Buffer.concat(parts));
  return { epochNs, counts, refused, bytes, records: new Records(bytes.buffer) };
}

/** Appends a line after the last one. */
function withLine(path: string, name: string, line: string, text: string): string {
  const changed = join(place, name);
  writeFileSync(changed, `${text}${line}\n`);
  return changed;
}

describe('a raw log', () => {
  it('becomes records whose arrival never goes back and lies one feed latency behind the frame', async () => {
    const { records, counts, epochNs, refused } = await read([btc, eth]);
    expect(epochNs % 86_400_000_000_000n).toBe(0n);
    expect(counts.unreadable).toBe(0);
    expect(refused).toEqual([]);
    expect(counts.withoutSnapshot).toEqual([]);
    let frames = 0;
    let snapshots = 0;
    for (let i = 0; i < records.capacity; i++) {
      if (i > 0 && records.localTs(i) < records.localTs(i - 1))
        throw new Error(`record ${i} arrives before the one before it`);
      if (records.kind(i) !== Kind.frame) continue;
      frames++;
      if (records.px(i) === Channel.depthSnapshot) snapshots++;
      else if (records.localTs(i) < records.exchTs(i) + BigInt(FEED_LATENCY_NS))
        throw new Error(`frame ${frames} arrives too early`);
    }
    expect(frames).toBe(counts.frames);
    expect(snapshots).toBe(2);
  });

  it('gives the same records whichever file is named first, but for equal times', async () => {
    const [one, other] = [await read([btc, eth]), await read([eth, btc])];
    expect(other.counts).toEqual(one.counts);
    const sorted = ({ bytes }: { bytes: Uint8Array }) =>
      Array.from({ length: bytes.length / RECORD_BYTES }, (_, i) =>
        Buffer.from(bytes.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES)).toString('hex'),
      )
        .sort()
        .join();
    expect(sorted(other) === sorted(one)).toBe(true);
  });

  it('without a depth snapshot says for which symbol', async () => {
    const bare = join(place, 'bare.log');
    writeFileSync(
      bare,
      readFileSync(btc, 'utf8')
        .split('\n')
        .filter((line) => !line.includes('"lastUpdateId"'))
        .join('\n'),
    );
    const { counts, records } = await read([bare]);
    expect(counts.withoutSnapshot).toEqual(['BTCUSDT']);
    expect(records.capacity).toBeGreaterThan(100);
  });

  it('with a frame that cannot be decoded counts it and goes on', async () => {
    const text = readFileSync(btc, 'utf8');
    const [line = ''] = text.trimEnd().split('\n').slice(-1);
    const time = line.slice(0, 19);
    const broken = withLine(
      btc,
      'broken.log',
      `${time} {"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","U":1,"b":[["x"]]}}`,
      text,
    );
    const whole = await read([btc]);
    const { counts, refused, records } = await read([broken]);
    expect(counts.unreadable).toBe(1);
    expect(refused).toHaveLength(1);
    expect(counts.records).toBe(whole.counts.records + 1);
    const last = records.capacity - 1;
    expect([records.kind(last), records.px(last), records.ival(last)]).toEqual([Kind.frame, Channel.unreadable, 1]);
  });

  it('of a symbol that is not configured is an error that names it', async () => {
    const other = join(place, 'sol.log');
    writeFileSync(other, readFileSync(btc, 'utf8').replaceAll('btcusdt', 'solusdt').replaceAll('BTCUSDT', 'SOLUSDT'));
    await expect(read([other])).rejects.toThrow(
      'sol.log: holds SOLUSDT, which is not among the configured instruments; add an [[instrument]] for it',
    );
  });
});
