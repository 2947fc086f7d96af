/**
 * Mutates real and hand-made frames and demands that decoder and twin agree on each: accepted or refused alike, with
 * equal records, no trap, no growth of the memory. Every run is determined by its seed.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { OPTIONS, Pair, bundled, decoderBytes, type Build } from './support.ts';
import { BinanceDecoder } from '../../host/kernels/decoders.ts';
import { ReferenceBinanceDecoder } from '../../host/reference/binance-decoder.ts';

export interface FuzzResult {
  readonly seed: number;
  readonly frames: number;
  readonly accepted: number;
  readonly refused: number;
  readonly ignored: number;
}

/** 32-bit xorshift; states are never 0. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state % limit;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

const HAND_MADE = [
  '{"e":"markPriceUpdate","E":1680652701000,"s":"BTCUSDT","p":"28147.27373413","P":"28142.15563565","i":"-28159.75642857","r":"-0.00002754","T":1680652800000}',
  '{"stream":"ethusdt@markPrice","data":{"e":"markPriceUpdate","E":1,"s":"ETHUSDT","p":"1","i":"0","r":"","T":0}}',
  '{"e":"trade","E":1680652874406,"T":1680652874400,"s":"BTCUSDT","t":3535191080,"p":"28722.50","q":"0.001","X":"INSURANCE_FUND","m":true}',
  '{"result":null,"id":1}',
  '{"code":-1121,"msg":"Invalid symbol."}',
  '{"e":"aggTrade","E":5,"s":"BTCUSDT","k":{"t":[1,2,{"x":null}]}}',
  '{"lastUpdateId":12,"E":13,"T":14,"bids":[["5","1"],["4.5","0"]],"asks":[["6","1"]]}',
  ' { "e" : "depthUpdate" , "E" : 2 , "s" : "\\u5e01USDT" , "U" : 1 , "u" : 2 , "pu" : 0 , "b" : [ [ "1" , "2" ] ] , "a" : [ ] } ',
];

/** Pieces that a mutation inserts. */
const PIECES = [
  '"', '\\', '{', '}', '[', ']', ',', ':', '.', '-', '+', 'e', 'E', '0', '9', ' ', '\n', '\t', '\u0000', '\u001f', '\u007f',
  'é', '\u2028', '😀', '\\u0065', '\\u0022', '\\ud83d\\ude00', '\\ud83d', '\\n', '\\/', '\\x', 'true', 'false', 'null',
  '1e3', '1.0', '-0', '1E400', '0.1', '9007199254740992', '9007199254740993', '00', '1e-400', '123456789012345678901234567890',
  '"e":"trade",', '"e":"depthUpdate",', '"E":1,', '"s":"ETHUSDT",', '"b":[],', '"a":[["1","1"]],', '"b":[["2","3"]],',
  '"u":1,', '"X":"MARKET",', '"X":"NA",', '"X":null,', '"data":{},', '"data":5,', '"x":{"y":[1,{"z":[]}]},', '"m":1,',
  '"p":"0",', '"q":"0.0",', '"depth":0,', '"\\u0065":"trade",', '"p\\u0075":7,', '[[', ']]', '{}', '[]', '""',
  '0.0000000000000000000000000000001', '4503599627370496.5', '99999999999999999999999', '[['.repeat(40), ']'.repeat(40),
]; // prettier-ignore
const RAW_BYTES = [0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xf5, 0xff, 0xef];

/** Frames to start from: a spread over a recording, the snapshot among them, and the hand-made ones. */
export function seedFrames(): Uint8Array[] {
  const lines = gunzipSync(readFileSync(bundled('btcusdt_20240808.gz')))
    .subarray(0, 4_000_000)
    .toString()
    .split('\n');
  const frames: string[] = [];
  const longest = 1500;
  for (let i = 0; i < lines.length - 1; i += 37) frames.push(lines[i]!.slice(lines[i]!.indexOf(' ') + 1));
  const depth = lines.filter((line) => line.includes('"depthUpdate"') && line.length < longest).slice(0, 200);
  for (const line of depth) frames.push(line.slice(line.indexOf(' ') + 1));
  const short = frames.filter((frame) => frame.length < longest);
  const weight = Math.ceil(short.length / HAND_MADE.length / 2);
  for (let i = 0; i < weight; ++i) short.push(...HAND_MADE);
  return short.map((frame) => new TextEncoder().encode(frame));
}

/** One mutated frame: one to four cuts, copies, swaps, bit flips or insertions. */
export function mutate(random: Random, frames: readonly Uint8Array[]): Uint8Array {
  let bytes = Buffer.from(random.pick(frames));
  for (let edits = random.below(3) > 0 ? 1 : 2 + random.below(3); edits > 0; --edits) {
    const at = random.below(bytes.length + 1);
    const length = 1 + random.below(random.below(8) === 0 ? 60 : 6);
    const before = bytes.subarray(0, at);
    switch (random.below(8)) {
      case 0:
        bytes = Buffer.concat([before, bytes.subarray(at + length)]);
        break;
      case 1:
        bytes = Buffer.concat([before, bytes.subarray(Math.max(0, at - length))]);
        break;
      case 2:
        if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << random.below(8));
        break;
      case 3:
        if (at < bytes.length) bytes[at] = 48 + random.below(10);
        break;
      case 4:
        bytes = Buffer.concat([before, Buffer.from([random.pick(RAW_BYTES)]), bytes.subarray(at)]);
        break;
      case 5: {
        // at the beginning of a member or an element, where insertions keep the frame valid more often
        const comma = bytes.indexOf(random.pick([0x2c, 0x7b, 0x5b, 0x3a]), at);
        const to = comma < 0 ? at : comma + 1;
        bytes = Buffer.concat([bytes.subarray(0, to), Buffer.from(random.pick(PIECES)), bytes.subarray(to)]);
        break;
      }
      case 6: {
        // another value in a value's place
        const colon = bytes.indexOf(0x3a, at);
        if (colon < 0) break;
        let end = colon + 1;
        while (end < bytes.length && ![0x2c, 0x7d, 0x5d].includes(bytes[end]!)) ++end;
        bytes = Buffer.concat([bytes.subarray(0, colon + 1), Buffer.from(random.pick(PIECES)), bytes.subarray(end)]);
        break;
      }
      default: {
        // an escape for a character
        const c = bytes[at];
        if (c === undefined || c >= 0x80) break;
        const escape = `\\u00${c.toString(16).padStart(2, '0')}`;
        bytes = Buffer.concat([before, Buffer.from(escape), bytes.subarray(at + 1)]);
      }
    }
  }
  return new Uint8Array(bytes);
}

/** Runs `count` mutated frames; throws at the first on which decoder and twin differ, naming the seed. */
export function fuzzDecoder(
  count: number,
  seed: number = (Date.now() ^ (process.pid << 16)) >>> 0,
  build: Build = 'release',
): FuzzResult {
  const random = new Random(seed);
  const frames = seedFrames();
  const instance = new WebAssembly.Instance(new WebAssembly.Module(decoderBytes(build) as Uint8Array<ArrayBuffer>), {
    env: { abort: () => fail('abort') },
  });
  const pair = new Pair(new BinanceDecoder(instance, OPTIONS), new ReferenceBinanceDecoder(OPTIONS));
  const memory = instance.exports['memory'] as WebAssembly.Memory;
  const bytesBefore = memory.buffer.byteLength;
  let accepted = 0;
  let refused = 0;
  let ignored = 0;
  for (let i = 0; i < count; ++i) {
    const bytes = mutate(random, frames);
    try {
      const snapshotOf = random.below(8) === 0 ? 1 : undefined;
      const result = pair.decode(bytes, i * 1000, snapshotOf);
      if (result > 0) ++accepted;
      else if (result < 0) ++refused;
      else ++ignored;
    } catch (error) {
      throw new Error(`seed ${seed}, frame ${i}, ${build} build: ${(error as Error).message}`, { cause: error });
    }
  }
  if (memory.buffer.byteLength !== bytesBefore) throw new Error(`seed ${seed}: the memory grew`);
  return { seed, frames: count, accepted, refused, ignored };
}

function fail(what: string): never {
  throw new Error(what);
}
