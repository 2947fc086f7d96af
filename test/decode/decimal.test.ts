/** The decimal parser of decoders.wasm against Number(), which ECMAScript requires to round correctly (to 20 digits at
 * least; V8 does so for all). */
import { describe, expect, it } from 'vitest';
import { instantiateDecoders } from '../../host/kernels/decoders.ts';
import { Random } from './fuzz.ts';
import { BUILDS, decoderBytes, type Build } from './support.ts';

interface Parser {
  readonly memory: WebAssembly.Memory;
  init(maxFrameBytes: number, maxRecords: number): number;
  inputArea(): number;
  parseDecimal(length: number): number;
  parseNumber(length: number): number;
}

function parser(build: Build) {
  const exports = instantiateDecoders(new WebAssembly.Module(decoderBytes(build) as Uint8Array<ArrayBuffer>))
    .exports as unknown as Parser;
  expect(exports.init(1 << 16, 16)).toBe(0);
  const input = new Uint8Array(exports.memory.buffer, exports.inputArea(), 1 << 16);
  const put = (text: string): number => new TextEncoder().encodeInto(text, input).written;
  return {
    decimal: (text: string) => exports.parseDecimal(put(text)),
    number: (text: string) => exports.parseNumber(put(text)),
  };
}

const digits = (random: Random, count: number): string => {
  let text = '';
  for (let i = 0; i < count; ++i) text += String.fromCharCode(48 + random.below(10));
  return text;
};

/** The decimal expansion of the point half-way between a random f64 and its successor, exact. */
function halfway(random: Random): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, random.below(0x7fe00000));
  view.setUint32(4, random.below(0x100000000));
  const bits = view.getBigUint64(0);
  const exponentField = bits >> 52n;
  const mantissa = exponentField === 0n ? bits & 0xfffffffffffffn : (bits & 0xfffffffffffffn) | 0x10000000000000n;
  // (2 m + 1) 2^(e - 1)
  const odd = 2n * mantissa + 1n;
  const exponent = (exponentField === 0n ? 1n : exponentField) - 1075n - 1n;
  if (exponent >= 0n) return (odd << exponent).toString();
  const places = Number(-exponent);
  const text = (odd * 5n ** -exponent).toString().padStart(places + 1, '0');
  return `${text.slice(0, text.length - places)}.${text.slice(text.length - places)}`;
}

const EDGES = [
  '0', '0.0', '00', '007.50', '1', '61800.20', '0.1', '0.3', '9007199254740991', '9007199254740992', '9007199254740993',
  '9007199254740994.5', '18446744073709551615', '18446744073709551616', '99999999999999999999', '0.0000000000000000000001',
  '0.00000000000000000000001', '179769313486231570' + '0'.repeat(291), '179769313486231580' + '0'.repeat(291),
  '1' + '0'.repeat(308), '1' + '0'.repeat(309), '9'.repeat(400), '0.' + '0'.repeat(323) + '5', '0.' + '0'.repeat(323) + '2',
  '0.' + '0'.repeat(323) + '3', '0.' + '0'.repeat(400) + '1', '2.2250738585072011', '0.' + '0'.repeat(307) + '22250738585072011',
  '0.' + '0'.repeat(307) + '22250738585072014', '123456.' + '7'.repeat(60_000), '1.' + '0'.repeat(60_000) + '1',
]; // prettier-ignore

describe.each(BUILDS)('decimal parser, %s build', (build) => {
  const { decimal, number } = parser(build);
  const same = (got: number, text: string): void => {
    if (!Object.is(got, Number(text))) throw new Error(`${text}: ${got}, Number() gives ${Number(text)}`);
  };

  it('gives the value of known edges', () => {
    for (const text of EDGES) {
      same(decimal(text), text);
      if (!/^0\d/.test(text)) same(number(`-${text}`), `-${text}`);
    }
  });

  it('agrees with Number() on random text', () => {
    const seed = (Date.now() ^ (process.pid << 16)) >>> 0;
    console.log(`decimal parser, ${build} build: seed ${seed}`);
    const random = new Random(seed);
    const count = build === 'release' ? 200_000 : 10_000;
    for (let i = 0; i < count; ++i) {
      const many = random.below(50) === 0;
      const whole = digits(random, 1 + random.below(many ? 330 : 12));
      const text = random.below(5) === 0 ? whole : `${whole}.${digits(random, 1 + random.below(many ? 800 : 14))}`;
      same(decimal(text), text);
      const json = `${text.replace(/^0+(?=\d)/, '')}${random.below(2) ? '' : `e${random.below(2) ? '-' : ''}${random.below(340)}`}`;
      same(number(json), json);
    }
  }, 60_000);

  it('breaks ties to even, and only ties', () => {
    const seed = (Date.now() ^ (process.pid << 16)) >>> 0;
    console.log(`halfway points, ${build} build: seed ${seed}`);
    const random = new Random(seed);
    for (let i = 0; i < (build === 'release' ? 3000 : 200); ++i) {
      const text = halfway(random);
      same(decimal(text), text);
      const above = `${text}${text.includes('.') ? '' : '.'}${'0'.repeat(random.below(60))}1`;
      same(decimal(above), above);
    }
  }, 60_000);

  it('refuses what is no decimal', () => {
    for (const text of [
      '.',
      '1.',
      '.5',
      '+1',
      '-1',
      '1e3',
      ' 1',
      '1 ',
      '1..2',
      '1.2.3',
      'x',
      '0x10',
      '1,5',
      'NaN',
      'Infinity',
    ]) {
      expect(decimal(text), text).toBeNaN();
    }
    for (const text of ['01', '1.', '.5', '+1', '1e', '1e+', '-', '--1', '0x1', '1.e5'])
      expect(number(text), text).toBeNaN();
  });
});
