/**
 * The plain twin of the Binance USD-M decoder, written for reading: JSON.parse, explicit checks, Number(). It defines
 * which frames are accepted and what records they give; decoders.wasm must agree with it on every frame, bit for bit.
 *
 * Of several equal keys the last one counts, keys that nobody asks for may hold anything.
 */
import {
  DecodeError,
  EventType,
  MAX_DECIMAL_CHARACTERS,
  MAX_NESTING,
  MAX_TIME_MS,
  symbolBytes,
  type DecodeErrorCode,
  type DecoderOptions,
} from '../kernels/decoders.ts';
import { Records } from '../events/record.ts';
import { BUY, Channel, EXCH, Kind, LOCAL, NO_INSTRUMENT, SELL } from '#generated/records.ts';

type JsonObject = Record<string, unknown>;

/** A frame that is not accepted. */
class Refusal extends Error {
  readonly code: DecodeErrorCode;

  constructor(code: DecodeErrorCode) {
    super(`refused: ${code}`);
    this.code = code;
  }
}

const UNSIGNED = /^[0-9]+(\.[0-9]+)?$/;
const SIGNED = /^-?[0-9]+(\.[0-9]+)?$/;
const BOTH = LOCAL + EXCH;

export class ReferenceBinanceDecoder {
  /** The records of the last accepted frame. */
  readonly records: Records;
  /** After a call: EventType, whether a refused frame may have carried depth, the instrument that it named. */
  eventType = 0;
  mayCarryDepth = false;
  instrument: number = NO_INSTRUMENT;
  readonly #symbols = new Map<string, number>();
  readonly #epochNs: bigint;
  readonly #maxRecords: number;
  readonly #maxFrameBytes: number;
  #localTs = 0n;
  #count = 0;

  constructor(options: DecoderOptions) {
    this.#epochNs = options.epochNs;
    this.#maxFrameBytes = options.maxFrameBytes ?? 4 * 1024 * 1024;
    this.#maxRecords = options.maxRecords ?? 16384;
    this.records = Records.allocate(this.#maxRecords);
    for (const { symbol, instrument } of options.symbols) {
      symbolBytes(symbol);
      if (!this.#symbols.has(symbol)) this.#symbols.set(symbol, instrument);
    }
  }

  /** Number of records of a WebSocket frame, or a DecodeError. */
  decodeStream(bytes: Uint8Array, localRelNs: number): number {
    return this.#decode(bytes, localRelNs, NO_INSTRUMENT, (frame) => {
      if (Object.hasOwn(frame, 'data')) {
        if (!isObject(frame['data'])) throw new Refusal(DecodeError.noEvent);
        this.#event(frame['data']);
        return;
      }
      if (!Object.hasOwn(frame, 'e')) {
        if (Object.hasOwn(frame, 'code') || Object.hasOwn(frame, 'error')) {
          this.eventType = EventType.refusal;
          return;
        }
        if (Object.hasOwn(frame, 'result') || Object.hasOwn(frame, 'id')) {
          this.eventType = EventType.other;
          return;
        }
      }
      this.#event(frame);
    });
  }

  /** Number of records of the answer to a depth request, or a DecodeError. */
  decodeSnapshot(bytes: Uint8Array, instrument: number, localRelNs: number): number {
    return this.#decode(bytes, localRelNs, instrument, (answer) => {
      if (!Object.hasOwn(answer, 'lastUpdateId') && Object.hasOwn(answer, 'code')) {
        this.eventType = EventType.refusal;
        return;
      }
      this.eventType = EventType.depthSnapshot;
      const id = integer(required(answer, 'lastUpdateId'));
      const eventTs = timeNs(required(answer, 'E'));
      const exchTs = Object.hasOwn(answer, 'T') ? timeNs(answer['T']) : eventTs;
      this.#begin();
      for (const [key, side] of [
        ['bids', BUY],
        ['asks', SELL],
      ] as const) {
        const levels = required(answer, key);
        const clear = this.#count;
        if (Array.isArray(levels) && levels.length > 0) ++this.#count;
        this.#levels(levels, Kind.depthSnapshot + side + BOTH, exchTs);
        if (this.#count === clear) continue;
        this.records.begin(clear, (Kind.depthClear + side + BOTH) >>> 0, instrument);
        this.records.setTimes(clear, exchTs, this.#localTs);
        this.records.setPx(clear, this.records.px(this.#count - 1));
      }
      this.#frame(Channel.depthSnapshot, eventTs, id, id, -1);
    });
  }

  #decode(bytes: Uint8Array, localRelNs: number, instrument: number, read: (frame: JsonObject) => void): number {
    this.eventType = EventType.none;
    this.instrument = instrument;
    this.mayCarryDepth = false;
    this.#count = 0;
    this.#localTs = this.#epochNs + BigInt(Math.trunc(localRelNs));
    let tooLong = false;
    try {
      if (bytes.length > this.#maxFrameBytes) {
        tooLong = true;
        throw new Refusal(DecodeError.tooLong);
      }
      const frame = parse(bytes);
      if (!isObject(frame)) throw new Refusal(DecodeError.noEvent);
      read(frame);
      return this.#count;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const named =
        this.eventType === EventType.bookTicker ||
        this.eventType === EventType.trade ||
        this.eventType === EventType.markPrice;
      this.mayCarryDepth = tooLong || !named || containsDepth(bytes);
      return error.code;
    }
  }

  #event(event: JsonObject): void {
    const type = required(event, 'e');
    if (typeof type !== 'string') throw new Refusal(DecodeError.badValue);
    const known = new Map<string, number>([
      ['depthUpdate', EventType.depthUpdate],
      ['bookTicker', EventType.bookTicker],
      ['trade', EventType.trade],
      ['markPriceUpdate', EventType.markPrice],
    ]);
    this.eventType = known.get(type) ?? EventType.other;
    if (this.eventType === EventType.other) return;

    const symbol = required(event, 's');
    if (typeof symbol !== 'string') throw new Refusal(DecodeError.badValue);
    const instrument = this.#symbols.get(symbol);
    if (instrument === undefined) throw new Refusal(DecodeError.unknownSymbol);
    this.instrument = instrument;

    const eventTs = timeNs(required(event, 'E'));
    if (this.eventType === EventType.markPrice) {
      this.#markPriceUpdate(event, eventTs);
      return;
    }
    const exchTs = Object.hasOwn(event, 'T') ? timeNs(event['T']) : eventTs;
    if (this.eventType === EventType.bookTicker) this.#bookTicker(event, eventTs, exchTs);
    else if (this.eventType === EventType.trade) this.#trade(event, eventTs, exchTs);
    else this.#depthUpdate(event, eventTs, exchTs);
  }

  #depthUpdate(event: JsonObject, eventTs: bigint, exchTs: bigint): void {
    const first = integer(required(event, 'U'));
    const last = integer(required(event, 'u'));
    const previous = integer(required(event, 'pu'));
    this.#begin();
    this.#levels(required(event, 'b'), Kind.depth + BUY + BOTH, exchTs);
    this.#levels(required(event, 'a'), Kind.depth + SELL + BOTH, exchTs);
    this.#frame(Channel.depthDiff, eventTs, first, last, previous);
  }

  #bookTicker(event: JsonObject, eventTs: bigint, exchTs: bigint): void {
    const id = integer(required(event, 'u'));
    this.#begin();
    this.#room(2);
    const bid = positive(required(event, 'b'));
    const bidQuantity = decimal(required(event, 'B'), UNSIGNED);
    const ask = positive(required(event, 'a'));
    const askQuantity = decimal(required(event, 'A'), UNSIGNED);
    this.#record(Kind.bestBid + BUY + BOTH, exchTs, bid, bidQuantity, 0n);
    this.#record(Kind.bestAsk + SELL + BOTH, exchTs, ask, askQuantity, 0n);
    this.#frame(Channel.bookTicker, eventTs, id, id, -1);
  }

  #trade(event: JsonObject, eventTs: bigint, exchTs: bigint): void {
    const id = integer(required(event, 't'));
    const buyerIsMaker = required(event, 'm');
    if (typeof buyerIsMaker !== 'boolean') throw new Refusal(DecodeError.badValue);
    let market = true;
    if (Object.hasOwn(event, 'X')) {
      if (typeof event['X'] !== 'string') throw new Refusal(DecodeError.badValue);
      market = event['X'] === 'MARKET';
    }
    this.#begin();
    this.#room(1);
    // a print outside the market reaches no logic, so that it may be empty
    const px = market ? positive(required(event, 'p')) : decimal(required(event, 'p'), UNSIGNED);
    const qty = market ? positive(required(event, 'q')) : decimal(required(event, 'q'), UNSIGNED);
    const kind = market ? Kind.trade + BOTH : Kind.offMarketTrade;
    this.#record(kind + (buyerIsMaker ? SELL : BUY), exchTs, px, qty, BigInt(id));
    this.#frame(Channel.trade, eventTs, id, id, -1);
  }

  #markPriceUpdate(event: JsonObject, eventTs: bigint): void {
    this.#begin();
    this.#room(3);
    this.#record(Kind.indexPrice + BOTH, eventTs, decimal(required(event, 'i'), SIGNED), 0, 0n);
    this.#record(Kind.markPrice + BOTH, eventTs, positive(required(event, 'p')), 0, 0n);
    const rate = required(event, 'r');
    // a contract without funding has an empty rate
    const value = rate === '' ? undefined : decimal(rate, SIGNED);
    const next = timeNs(required(event, 'T'));
    if (value !== undefined) this.#record(Kind.fundingRate + BOTH, eventTs, value, 0, next);
    this.#frame(Channel.markPrice, eventTs, 0, 0, -1);
  }

  #levels(levels: unknown, low: number, exchTs: bigint): void {
    if (!Array.isArray(levels)) throw new Refusal(DecodeError.badValue);
    for (const level of levels as unknown[]) {
      this.#room(1);
      if (!Array.isArray(level) || level.length !== 2) throw new Refusal(DecodeError.badValue);
      this.#record(low, exchTs, positive(level[0]), decimal(level[1], UNSIGNED), 0n);
    }
  }

  /** Leaves room for the frame record. */
  #begin(): void {
    this.#count = 1;
  }

  #room(records: number): void {
    if (this.#count + records > this.#maxRecords) throw new Refusal(DecodeError.tooManyRecords);
  }

  #record(low: number, exchTs: bigint, px: number, qty: number, ival: bigint): void {
    const at = this.#count++;
    this.records.begin(at, low, this.instrument);
    this.records.setTimes(at, exchTs, this.#localTs);
    this.records.setPx(at, px);
    this.records.setQty(at, qty);
    this.records.setWord(at, 48, ival);
  }

  #frame(channel: number, eventTs: bigint, first: number, last: number, previous: number): void {
    this.records.begin(0, Kind.frame, this.instrument);
    this.records.setTimes(0, eventTs, this.#localTs);
    this.records.setPx(0, channel);
    this.records.setQty(0, this.#count - 1);
    this.records.setIval(0, first);
    this.records.setOrderId(0, last);
    this.records.setFval(0, previous);
  }
}

function parse(bytes: Uint8Array): unknown {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    throw new Refusal(DecodeError.unreadable);
  }
  if (nesting(text) > MAX_NESTING) throw new Refusal(DecodeError.unreadable);
  return value;
}

/** Objects and arrays that are open at once at the deepest place of valid JSON. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; ++i) {
    const c = text[i];
    if (c === '"') {
      for (++i; text[i] !== '"'; ++i) if (text[i] === '\\') ++i;
    } else if (c === '{' || c === '[') {
      deepest = Math.max(deepest, ++depth);
    } else if (c === '}' || c === ']') {
      --depth;
    }
  }
  return deepest;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function required(object: JsonObject, key: string): unknown {
  if (!Object.hasOwn(object, key)) throw new Refusal(DecodeError.missingKey);
  return object[key];
}

/** A JSON number that is a safe integer and not negative; -0 counts as 0. */
function integer(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new Refusal(DecodeError.badValue);
  return value + 0;
}

/** ms since 1970 to ns. */
function timeNs(value: unknown): bigint {
  const ms = integer(value);
  if (ms > MAX_TIME_MS) throw new Refusal(DecodeError.badValue);
  return BigInt(ms) * 1_000_000n;
}

function decimal(value: unknown, pattern: RegExp): number {
  if (typeof value !== 'string' || value.length > MAX_DECIMAL_CHARACTERS || !pattern.test(value)) {
    throw new Refusal(DecodeError.badValue);
  }
  const number = Number(value);
  if (!Number.isFinite(number)) throw new Refusal(DecodeError.badValue);
  return number;
}

function positive(value: unknown): number {
  const number = decimal(value, UNSIGNED);
  if (number === 0) throw new Refusal(DecodeError.badValue);
  return number;
}

/** Whether the five letters of `depth` stand somewhere in the bytes. */
function containsDepth(bytes: Uint8Array): boolean {
  const word = [0x64, 0x65, 0x70, 0x74, 0x68];
  for (let i = 0; i + word.length <= bytes.length; ++i) {
    if (word.every((letter, k) => bytes[i + k] === letter)) return true;
  }
  return false;
}
