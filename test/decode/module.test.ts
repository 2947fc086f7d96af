/** The module itself: no mutable variable, a fixed memory after init, and what the host makes of refused frames. */
import { describe, expect, it } from 'vitest';
import { BinanceDecoder, DecodeError, LOGGED_BYTES, instantiateDecoders } from '../../host/kernels/decoders.ts';
import { Channel, Kind, NO_INSTRUMENT } from '#generated/records.ts';
import { BUILDS, OPTIONS, decoderBytes, newDecoder } from './support.ts';

/** Mutability flags of the globals that a WebAssembly binary defines or imports. */
function globalMutability(bytes: Uint8Array): boolean[] {
  let at = 8;
  const u32 = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  };
  const flags: boolean[] = [];
  while (at < bytes.length) {
    const id = bytes[at++];
    const end = u32() + at;
    if (id === 2) {
      for (let count = u32(); count > 0; --count) {
        at += u32();
        at += u32();
        const kind = bytes[at++];
        if (kind === 0) u32();
        else if (kind === 3) flags.push(bytes[(at += 2) - 1] === 1);
        else throw new Error(`import of kind ${kind}: the decoder imports functions and globals only`);
      }
    }
    if (id === 6) {
      for (let count = u32(); count > 0; --count) {
        ++at; // type
        flags.push(bytes[at++] === 1);
        // the initial value is one constant instruction and an end
        const opcode = bytes[at++];
        if (opcode === 0x41 || opcode === 0x42 || opcode === 0x23) while (bytes[at++]! >= 0x80);
        else if (opcode === 0x43) at += 4;
        else if (opcode === 0x44) at += 8;
        else throw new Error(`global with initial value of opcode ${opcode}`);
        expect(bytes[at++]).toBe(0x0b);
      }
    }
    at = end;
  }
  return flags;
}

it('the reader of globals sees a mutable one', () => {
  // (module (global i32 (i32.const 300)) (global (mut f64) (f64.const 0)))
  const sections = [6, 20, 2, 0x7f, 0, 0x41, 0xac, 0x02, 0x0b, 0x7c, 1, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b];
  const binary = Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.with(1, sections.length - 2)]);
  expect(WebAssembly.validate(binary)).toBe(true);
  expect(globalMutability(binary)).toEqual([false, true]);
});

describe.each(BUILDS)('decoders.wasm, %s build', (build) => {
  const bytes = decoderBytes(build);
  const module = new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>);

  it('has no mutable variable', () => {
    expect(globalMutability(bytes)).not.toContain(true);
    expect(WebAssembly.Module.imports(module).map(({ name }) => name)).toEqual(
      build === 'release' ? [] : expect.any(Array),
    );
  });

  it('is laid out once and never grows again', () => {
    const instance = instantiateDecoders(module);
    const memory = instance.exports['memory'] as WebAssembly.Memory;
    const { decodeStream, init } = instance.exports as Record<string, (...numbers: number[]) => number>;
    expect(decodeStream!(0, 0)).toBe(DecodeError.notReady);
    for (const [frameBytes, records] of [[0, 1], [1, 0], [-1, 1], [1, -1], [0x4000001, 1], [1, 0x100001]] as const) {
      expect(init!(frameBytes, records)).toBe(DecodeError.notReady);
    } // prettier-ignore
    const decoder = new BinanceDecoder(instance, OPTIONS);
    const size = memory.buffer.byteLength;
    expect(init!(1024, 16)).toBe(DecodeError.notReady);
    expect(() => new BinanceDecoder(instance, OPTIONS)).toThrow(/fresh instance/);
    expect(decodeStream!(-1, 0)).toBe(DecodeError.tooLong);
    expect(decodeStream!(OPTIONS.maxFrameBytes! + 1, 0)).toBe(DecodeError.tooLong);
    for (let i = 0; i < 1000; ++i) decoder.decodeStream(new Uint8Array(i), i);
    expect(memory.buffer.byteLength).toBe(size);
  });

  it('a copy of the memory is a copy of the decoder', () => {
    const first = instantiateDecoders(module);
    const decoder = new BinanceDecoder(first, OPTIONS);
    const frame = new TextEncoder().encode('{"e":"trade","E":7,"s":"ETHUSDT","t":5,"p":"2","q":"3","m":false}');
    const second = instantiateDecoders(module);
    const memories = [first, second].map((instance) => instance.exports['memory'] as WebAssembly.Memory);
    const [from, to] = memories as [WebAssembly.Memory, WebAssembly.Memory];
    to.grow((from.buffer.byteLength - to.buffer.byteLength) / 65536);
    new Uint8Array(to.buffer).set(new Uint8Array(from.buffer));
    const exports = second.exports as Record<string, (...numbers: number[]) => number>;
    new Uint8Array(to.buffer).set(frame, exports['inputArea']!());
    expect(exports['decodeStream']!(frame.length, 99)).toBe(2);
    expect(decoder.decodeStream(frame, 99)).toBe(2);
    expect(Buffer.compare(Buffer.from(to.buffer), Buffer.from(from.buffer))).toBe(0);
  });
});

describe('BinanceDecoder', () => {
  it('makes one record of a frame that it cannot read, and counts it', () => {
    const decoder = newDecoder();
    const frame = Buffer.from(`{"stream":"btcusdt@depth","data":${'x'.repeat(500)}`);
    expect(decoder.decodeStream(frame, 5000.75)).toBe(1);
    const { records } = decoder;
    expect([records.low(0), records.px(0), records.qty(0), records.instrument(0)]).toEqual([
      Kind.frame,
      Channel.unreadable,
      0,
      NO_INSTRUMENT,
    ]);
    expect([records.orderId(0), records.ival(0), records.fval(0)]).toEqual([frame.length, 1, OPTIONS.venue]);
    expect([records.exchTs(0), records.localTs(0)]).toEqual([OPTIONS.epochNs + 5000n, OPTIONS.epochNs + 5000n]);
    expect(decoder.lastError).toMatchObject({ code: DecodeError.unreadable, byteOffset: 33, byteLength: frame.length });
    expect(Buffer.from(decoder.lastError!.firstBytes)).toEqual(frame.subarray(0, LOGGED_BYTES));
    decoder.decodeStream(Buffer.from('{"e":"bookTicker","s":"ETHUSDT"}'), 6000);
    expect([records.instrument(0), records.ival(0)]).toEqual([1, 0]);
    decoder.decodeStream(new Uint8Array(OPTIONS.maxFrameBytes! + 1), 7000);
    expect([records.instrument(0), records.ival(0), records.orderId(0)]).toEqual([
      NO_INSTRUMENT,
      1,
      OPTIONS.maxFrameBytes! + 1,
    ]);
    expect(decoder.counters).toEqual({
      frames: 3,
      records: 3,
      unreadable: 3,
      other: 0,
      refusals: 0,
      byError: [0, 1, 0, 1, 0, 0, 0, 1, 0],
    });
  });

  it('takes times before and after the epoch', () => {
    const decoder = newDecoder('release', { epochNs: -5n });
    const frame = Buffer.from('{"e":"trade","E":7,"s":"ETHUSDT","t":5,"p":"2","q":"3","m":false}');
    expect(decoder.decodeStream(frame, 2)).toBe(2);
    expect(decoder.records.localTs(1)).toBe(-3n);
    expect(decoder.decodeStream(frame, 2 ** 53)).toBe(2);
    expect(decoder.records.localTs(0)).toBe(9007199254740987n);
  });

  it('refuses symbols and instruments that cannot be', () => {
    for (const symbol of ['', 'A'.repeat(33), '\ud800']) {
      expect(() => newDecoder('release', { symbols: [{ symbol, instrument: 0 }] })).toThrow(RangeError);
    }
    for (const instrument of [-1, 0.5, 65535, NaN]) {
      expect(() => newDecoder('release', { symbols: [{ symbol: 'A', instrument }] })).toThrow(/instrument/);
    }
    const many = Array.from({ length: 257 }, (_, i) => ({ symbol: `S${i}`, instrument: i }));
    expect(() => newDecoder('release', { symbols: many })).toThrow(/at most 256/);
    expect(newDecoder('release', { symbols: many.slice(1) }).decodeStream(Buffer.from('{"id":1}'), 0)).toBe(0);
  });
});
