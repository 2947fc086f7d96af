/** What the decoder's tests share: the built modules, the recordings' frames, and the comparison of decoder and twin. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { BinanceDecoder, type DecoderOptions } from '../../host/kernels/decoders.ts';
import { ReferenceBinanceDecoder } from '../../host/reference/binance-decoder.ts';
import { Channel, RECORD_BYTES } from '#generated/records.ts';

const ROOT = join(import.meta.dirname, '../..');

export type Build = 'release' | 'checked';
export const BUILDS: readonly Build[] = ['release', 'checked'];

export function decoderBytes(build: Build): Uint8Array {
  const path = join(ROOT, build === 'release' ? 'build/decoders.wasm' : 'build/checked/decoders.wasm');
  if (!existsSync(path)) throw new Error(`${path} is missing: run node tools/build.js --only wasm --with-checked`);
  return readFileSync(path);
}

export const OPTIONS: DecoderOptions = {
  epochNs: 1_723_161_255_000_000_000n,
  symbols: [
    { symbol: 'BTCUSDT', instrument: 0 },
    { symbol: 'ETHUSDT', instrument: 1 },
    { symbol: '币USDT', instrument: 513 },
  ],
  maxFrameBytes: 1 << 17,
  maxRecords: 4096,
  venue: 3,
};

export function newDecoder(build: Build = 'release', options: Partial<DecoderOptions> = {}): BinanceDecoder {
  return new BinanceDecoder(new WebAssembly.Module(decoderBytes(build) as Uint8Array<ArrayBuffer>), {
    ...OPTIONS,
    ...options,
  });
}

export interface RecordedFrame {
  readonly localRelNs: number;
  readonly bytes: Uint8Array;
  /** A bare REST answer without a stream. */
  readonly snapshot: boolean;
}

/** The lines `<local ns> <JSON>` of a recording (16 digits: microseconds). */
export function recordedFrames(path: string): RecordedFrame[] {
  const data = gunzipSync(readFileSync(path));
  const frames: RecordedFrame[] = [];
  const snapshotStart = Buffer.from('{"lastUpdateId"');
  for (let at = 0; at < data.length;) {
    let end = data.indexOf(10, at);
    if (end < 0) end = data.length;
    const space = data.indexOf(32, at);
    const digits = data.toString('latin1', at, space);
    const localNs = BigInt(digits) * (digits.length === 16 ? 1000n : 1n);
    const bytes = data.subarray(space + 1, end);
    const snapshot = bytes.subarray(0, snapshotStart.length).equals(snapshotStart);
    frames.push({ localRelNs: Number(localNs - OPTIONS.epochNs), bytes, snapshot });
    at = end + 1;
  }
  return frames;
}

export const bundled = (name: string): string => join(ROOT, 'recordings/binance-usdm', name);

/** Decoder and twin, fed alike. */
export class Pair {
  readonly decoder: BinanceDecoder;
  readonly twin: ReferenceBinanceDecoder;

  constructor(decoder: BinanceDecoder, twin: ReferenceBinanceDecoder) {
    this.decoder = decoder;
    this.twin = twin;
  }

  static of(build: Build = 'release', options: Partial<DecoderOptions> = {}): Pair {
    return new Pair(newDecoder(build, options), new ReferenceBinanceDecoder({ ...OPTIONS, ...options }));
  }

  /**
   * Decodes with both and throws an Error that names the difference, if there is one. Returns the number of records, or
   * the error's code.
   */
  decode(bytes: Uint8Array, localRelNs: number, snapshotOf?: number): number {
    const { decoder, twin } = this;
    const unreadableBefore = decoder.counters.unreadable;
    const count =
      snapshotOf === undefined
        ? decoder.decodeStream(bytes, localRelNs)
        : decoder.decodeSnapshot(bytes, snapshotOf, localRelNs);
    const expected =
      snapshotOf === undefined
        ? twin.decodeStream(bytes, localRelNs)
        : twin.decodeSnapshot(bytes, snapshotOf, localRelNs);
    const refused = decoder.counters.unreadable !== unreadableBefore;
    const got = refused ? decoder.lastError!.code : count;
    const differ = (what: string, a: unknown, b: unknown): never => {
      const text = Buffer.from(bytes).toString('latin1');
      throw new Error(`${what}: decoder ${String(a)}, twin ${String(b)}, for ${JSON.stringify(text)}`);
    };
    if (got !== expected) differ('result', got, expected);
    if (decoder.eventType !== twin.eventType && got !== -7) differ('event type', decoder.eventType, twin.eventType);
    if (refused) {
      const error = decoder.lastError!;
      if (error.mayCarryDepth !== twin.mayCarryDepth) differ('mayCarryDepth', error.mayCarryDepth, twin.mayCarryDepth);
      if (error.instrument !== twin.instrument) differ('instrument', error.instrument, twin.instrument);
      if (decoder.records.px(0) !== Channel.unreadable) differ('channel', decoder.records.px(0), Channel.unreadable);
      if (error.byteOffset < 0 || error.byteOffset > bytes.length)
        differ('byte offset', error.byteOffset, bytes.length);
      return got;
    }
    const length = count * RECORD_BYTES;
    const a = decoder.records.bytes;
    const b = twin.records.bytes;
    if (Buffer.compare(a.subarray(0, length), b.subarray(0, length)) !== 0) {
      let i = 0;
      while (a[i] === b[i]) ++i;
      differ(`record ${Math.floor(i / RECORD_BYTES)} byte ${i % RECORD_BYTES}`, a[i], b[i]);
    }
    return got;
  }

  text(frame: string, snapshotOf?: number): number {
    return this.decode(new TextEncoder().encode(frame), 1_000_000, snapshotOf);
  }
}
