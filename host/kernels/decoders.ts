/**
 * The host's side of decoders.wasm: bytes of a venue's frame in, 64-byte records out. Pure; the module is an argument.
 *
 * A frame that cannot be read becomes one `frame` record of channel `unreadable`, so that the market core sees it.
 */
import { Records } from '../events/record.ts';
import { Channel, Kind, NO_INSTRUMENT, RECORD_BYTES } from '#generated/records.ts';

/** Why a frame was refused (the codes of assembly/decode/state.ts). */
export const DecodeError = {
  /** no JSON, no UTF-8, or nested deeper than MAX_NESTING */
  unreadable: -1,
  /** JSON, but no event and no answer to a request */
  noEvent: -2,
  /** a key that the event needs is not there */
  missingKey: -3,
  /** a value that cannot be: not a decimal, not a safe integer, not positive */
  badValue: -4,
  /** a symbol that nobody subscribed to */
  unknownSymbol: -5,
  /** more records than fit into the output area */
  tooManyRecords: -6,
  /** more bytes than fit into the input area */
  tooLong: -7,
  /** not initialised, initialised twice, or an argument of init or addSymbol that cannot be */
  notReady: -8,
} as const;
export type DecodeErrorCode = (typeof DecodeError)[keyof typeof DecodeError];

/** What a frame was. */
export const EventType = {
  none: 0,
  depthUpdate: 1,
  bookTicker: 2,
  trade: 3,
  markPrice: 4,
  depthSnapshot: 5,
  /** an event of another type or the answer to a subscription: no records, no error */
  other: 6,
  /** an answer that says what the venue did not like: no records, no error */
  refusal: 7,
} as const;

/** Objects and arrays that may be open at once in a frame. */
export const MAX_NESTING = 64;
/** Longest decimal, characters. */
export const MAX_DECIMAL_CHARACTERS = 1024;
export const MAX_SYMBOLS = 256;
export const MAX_SYMBOL_BYTES = 32;
/** Largest time, ms since 1970 (the year 2255). */
export const MAX_TIME_MS = 9_000_000_000_000;
/** Bytes of a refused frame that are kept for the log. */
export const LOGGED_BYTES = 256;

export interface SymbolEntry {
  /** as the venue writes it, e.g. BTCUSDT */
  readonly symbol: string;
  /** instrument index, 0 to 65534 */
  readonly instrument: number;
}

export interface DecoderOptions {
  /** The journal's epoch, ns since 1970. */
  readonly epochNs: bigint;
  /** At most 256. */
  readonly symbols: readonly SymbolEntry[];
  /** Longer frames are refused; default 4 MiB. */
  readonly maxFrameBytes?: number;
  /** Frames that give more records are refused; default 16384. */
  readonly maxRecords?: number;
  /** Index of the venue, which an unreadable frame's record names; default 0. */
  readonly venue?: number;
}

/** What is known of the frame that was refused last. */
export interface RefusedFrame {
  readonly code: DecodeErrorCode;
  /** Where in the frame, bytes from its start. */
  readonly byteOffset: number;
  /** The frame's length, bytes. */
  readonly byteLength: number;
  /** Its first bytes, at most LOGGED_BYTES, a copy. */
  readonly firstBytes: Uint8Array;
  readonly mayCarryDepth: boolean;
  /** The instrument that it names, or NO_INSTRUMENT. */
  readonly instrument: number;
}

export interface DecoderCounters {
  frames: number;
  records: number;
  unreadable: number;
  /** Frames of no interest: other events, answers to subscriptions. */
  other: number;
  /** Answers that refuse a request. */
  refusals: number;
  /** Unreadable frames by error; index -code. */
  byError: number[];
}

interface DecoderExports {
  readonly memory: WebAssembly.Memory;
  init(maxFrameBytes: number, maxRecords: number): number;
  inputArea(): number;
  outputArea(): number;
  status(): number;
  setEpoch(low: number, high: number): void;
  addSymbol(at: number, length: number, instrument: number): number;
  decodeStream(length: number, localRelNs: number): number;
  decodeSnapshot(length: number, instrument: number, localRelNs: number): number;
}

// Words of the structure at status().
const STATUS_ERROR_OFFSET = 1;
const STATUS_EVENT_TYPE = 2;
const STATUS_MAY_CARRY_DEPTH = 3;
const STATUS_INSTRUMENT = 4;

/** An instance of decoders.wasm. The checked build asks for `abort`; it must never be called. */
export function instantiateDecoders(module: WebAssembly.Module): WebAssembly.Instance {
  return new WebAssembly.Instance(module, {
    env: {
      abort(_message: number, _file: number, line: number, column: number): never {
        throw new Error(
          `decoders.wasm: assertion failed at line ${line}, column ${column}; rebuild with npm run build`,
        );
      },
    },
  });
}

/** The UTF-8 bytes of a symbol; throws where it is none that a frame can name. */
export function symbolBytes(symbol: string): Uint8Array {
  const bytes = new TextEncoder().encode(symbol);
  const wellFormed = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) === symbol;
  if (bytes.length < 1 || bytes.length > MAX_SYMBOL_BYTES || !wellFormed) {
    throw new RangeError(`symbol ${JSON.stringify(symbol)}: must be 1 to ${MAX_SYMBOL_BYTES} bytes of valid text`);
  }
  return bytes;
}

/** Decoder of Binance USD-M frames. One instance serves one connection; its output is overwritten by the next call. */
export class BinanceDecoder {
  /** The output area; the records of the last frame are the first that decodeStream or decodeSnapshot returned. */
  readonly records: Records;
  readonly counters: DecoderCounters;
  readonly #exports: DecoderExports;
  readonly #input: Uint8Array;
  readonly #status: Int32Array;
  readonly #epochNs: bigint;
  readonly #venue: number;
  #refused: RefusedFrame | undefined;

  /** Throws a RangeError for options that cannot be, and an Error for an instance that is in use already. */
  constructor(source: WebAssembly.Module | WebAssembly.Instance, options: DecoderOptions) {
    const { epochNs, symbols, maxFrameBytes = 4 * 1024 * 1024, maxRecords = 16384, venue = 0 } = options;
    if (symbols.length > MAX_SYMBOLS) {
      throw new RangeError(
        `${symbols.length} symbols: one decoder takes at most ${MAX_SYMBOLS}; open a second connection`,
      );
    }
    // decodes everything as bytes; the longest symbol must fit into the input area
    const encoded = symbols.map(({ symbol }) => symbolBytes(symbol));
    const instance = source instanceof WebAssembly.Module ? instantiateDecoders(source) : source;
    const exports = instance.exports as unknown as DecoderExports;
    if (exports.init(maxFrameBytes, maxRecords) !== 0) {
      throw new Error(
        `decoders.wasm cannot be laid out for frames of ${maxFrameBytes} bytes and ${maxRecords} records: ` +
          `use a fresh instance, 1 to 67108864 bytes and 1 to 1048576 records`,
      );
    }
    const memory = exports.memory.buffer;
    this.#exports = exports;
    this.#input = new Uint8Array(memory, exports.inputArea(), maxFrameBytes);
    this.#status = new Int32Array(memory, exports.status(), 5);
    this.#epochNs = epochNs;
    this.#venue = venue;
    this.records = new Records(memory, exports.outputArea(), maxRecords * RECORD_BYTES);
    this.counters = {
      frames: 0,
      records: 0,
      unreadable: 0,
      other: 0,
      refusals: 0,
      byError: new Array<number>(9).fill(0),
    };
    exports.setEpoch(Number(BigInt.asUintN(32, epochNs)), Number(BigInt.asUintN(32, epochNs >> 32n)));
    encoded.forEach((bytes, i) => {
      const { symbol, instrument } = symbols[i]!;
      if (
        bytes.length > maxFrameBytes ||
        !Number.isInteger(instrument) ||
        instrument < 0 ||
        instrument >= NO_INSTRUMENT
      ) {
        throw new RangeError(`symbol ${symbol}: instrument ${instrument} must be 0 to ${NO_INSTRUMENT - 1}`);
      }
      this.#input.set(bytes);
      if (exports.addSymbol(this.#input.byteOffset, bytes.length, instrument) !== 0) {
        throw new RangeError(`symbol ${symbol}: decoders.wasm refuses it`);
      }
    });
  }

  /** The frame that was refused last, if any was. */
  get lastError(): RefusedFrame | undefined {
    return this.#refused;
  }

  /** EventType of the last frame. */
  get eventType(): number {
    return this.#status[STATUS_EVENT_TYPE]!;
  }

  /**
   * Decodes a WebSocket frame that arrived `localRelNs` after the epoch. Returns the number of records in `records`: 0 for a
   * frame of no interest, 1 (channel unreadable) for one that was refused; `lastError` is then new.
   */
  decodeStream(bytes: Uint8Array, localRelNs: number): number {
    if (bytes.length > this.#input.length) return this.#refuse(DecodeError.tooLong, bytes, NO_INSTRUMENT, localRelNs);
    this.#input.set(bytes);
    const result = this.#exports.decodeStream(bytes.length, localRelNs);
    if (result > 0) {
      ++this.counters.frames;
      this.counters.records += result;
      return result;
    }
    return this.#rare(result, bytes, localRelNs);
  }

  /** Decodes the answer to a depth request for `instrument`; see decodeStream. */
  decodeSnapshot(bytes: Uint8Array, instrument: number, localRelNs: number): number {
    if (bytes.length > this.#input.length) return this.#refuse(DecodeError.tooLong, bytes, instrument, localRelNs);
    this.#input.set(bytes);
    const result = this.#exports.decodeSnapshot(bytes.length, instrument & 0xffff, localRelNs);
    if (result > 0) {
      ++this.counters.frames;
      this.counters.records += result;
      return result;
    }
    return this.#rare(result, bytes, localRelNs);
  }

  #rare(result: number, bytes: Uint8Array, localRelNs: number): number {
    if (result < 0) return this.#refuse(result as DecodeErrorCode, bytes, this.#status[STATUS_INSTRUMENT]!, localRelNs);
    ++this.counters.frames;
    if (this.eventType === EventType.refusal) ++this.counters.refusals;
    else ++this.counters.other;
    return 0;
  }

  #refuse(code: DecodeErrorCode, bytes: Uint8Array, instrument: number, localRelNs: number): number {
    // a frame that did not fit was never looked at: it may be anything
    const unseen = code === DecodeError.tooLong;
    const mayCarryDepth = unseen || this.#status[STATUS_MAY_CARRY_DEPTH] === 1;
    this.#refused = {
      code,
      byteOffset: unseen ? 0 : this.#status[STATUS_ERROR_OFFSET]!,
      byteLength: bytes.length,
      firstBytes: bytes.slice(0, LOGGED_BYTES),
      mayCarryDepth,
      instrument,
    };
    ++this.counters.frames;
    ++this.counters.unreadable;
    ++this.counters.records;
    this.counters.byError[-code]!++;
    const localTs = this.#epochNs + BigInt(Math.trunc(localRelNs));
    this.records.begin(0, Kind.frame, instrument);
    this.records.setTimes(0, localTs, localTs);
    this.records.setPx(0, Channel.unreadable);
    this.records.setOrderId(0, bytes.length);
    this.records.setIval(0, mayCarryDepth ? 1 : 0);
    this.records.setFval(0, this.#venue);
    return 1;
  }
}
