/**
 * Reading and writing 64-byte records in place. The layout and the codes stand in records.toml.
 * 64-bit integers are handled as Numbers; ids above 2^53 - 1 are not exact, which is checked where ids enter.
 */
import {
  NO_INSTRUMENT,
  RECORD_BYTES,
  RECORD_EXCH_TS,
  RECORD_FVAL,
  RECORD_IVAL,
  RECORD_LOCAL_TS,
  RECORD_ORDER_ID,
  RECORD_PX,
  RECORD_QTY,
} from '#generated/records.ts';

const TWO_32 = 4294967296;

/** A window onto records that lie one after another in `buffer`, from `byteOffset` (a multiple of 8) on. */
export class Records {
  readonly #u32: Uint32Array;
  readonly #i32: Int32Array;
  readonly #f64: Float64Array;
  readonly #i64: BigInt64Array;
  readonly bytes: Uint8Array;

  constructor(buffer: ArrayBufferLike, byteOffset = 0, byteLength = buffer.byteLength - byteOffset) {
    const length = Math.floor(byteLength / RECORD_BYTES) * RECORD_BYTES;
    this.bytes = new Uint8Array(buffer, byteOffset, length);
    this.#u32 = new Uint32Array(buffer, byteOffset, length / 4);
    this.#i32 = new Int32Array(buffer, byteOffset, length / 4);
    this.#f64 = new Float64Array(buffer, byteOffset, length / 8);
    this.#i64 = new BigInt64Array(buffer, byteOffset, length / 8);
  }

  static allocate(count: number): Records {
    return new Records(new ArrayBuffer(count * RECORD_BYTES));
  }

  /** Records that fit into the window. */
  get capacity(): number {
    return this.bytes.byteLength / RECORD_BYTES;
  }

  kind(i: number): number {
    return this.#u32[i << 4]! & 0xff;
  }
  /** First word of ev: kind and the BUY, SELL, LOCAL, EXCH bits. */
  low(i: number): number {
    return this.#u32[i << 4]!;
  }
  /** Second word of ev: instrument, flags, account. */
  high(i: number): number {
    return this.#u32[(i << 4) + 1]!;
  }
  /** +1 BUY, -1 SELL, 0 neither. */
  side(i: number): number {
    const low = this.low(i);
    return ((low >>> 29) & 1) - ((low >>> 28) & 1);
  }
  instrument(i: number): number {
    return this.high(i) & NO_INSTRUMENT;
  }
  account(i: number): number {
    return this.high(i) >>> 24;
  }
  /** ns since 1970, exact. */
  exchTs(i: number): bigint {
    return this.#i64[(i << 3) + RECORD_EXCH_TS / 8]!;
  }
  localTs(i: number): bigint {
    return this.#i64[(i << 3) + RECORD_LOCAL_TS / 8]!;
  }
  px(i: number): number {
    return this.#f64[(i << 3) + RECORD_PX / 8]!;
  }
  qty(i: number): number {
    return this.#f64[(i << 3) + RECORD_QTY / 8]!;
  }
  fval(i: number): number {
    return this.#f64[(i << 3) + RECORD_FVAL / 8]!;
  }
  orderId(i: number): number {
    const at = (i << 4) + RECORD_ORDER_ID / 4;
    return this.#u32[at]! + this.#u32[at + 1]! * TWO_32;
  }
  ival(i: number): number {
    const at = (i << 4) + RECORD_IVAL / 4;
    return this.#u32[at]! + this.#i32[at + 1]! * TWO_32;
  }
  /** A 64-bit word as it stands, for hashes kept in a record. */
  word(i: number, byteOffset: number): bigint {
    return BigInt.asUintN(64, this.#i64[(i << 3) + byteOffset / 8]!);
  }
  setWord(i: number, byteOffset: number, value: bigint): void {
    this.#i64[(i << 3) + byteOffset / 8] = BigInt.asIntN(64, value);
  }

  /** Clears record `i` and writes ev. `low`: kind and side bits; `high`: instrument and flags. */
  begin(i: number, low: number, high: number): void {
    this.#f64.fill(0, i << 3, (i << 3) + 8);
    this.#u32[i << 4] = low >>> 0;
    this.#u32[(i << 4) + 1] = high >>> 0;
  }
  setTimes(i: number, exchTs: bigint, localTs: bigint): void {
    this.#i64[(i << 3) + RECORD_EXCH_TS / 8] = exchTs;
    this.#i64[(i << 3) + RECORD_LOCAL_TS / 8] = localTs;
  }
  setPx(i: number, value: number): void {
    this.#f64[(i << 3) + RECORD_PX / 8] = value;
  }
  setQty(i: number, value: number): void {
    this.#f64[(i << 3) + RECORD_QTY / 8] = value;
  }
  setFval(i: number, value: number): void {
    this.#f64[(i << 3) + RECORD_FVAL / 8] = value;
  }
  setOrderId(i: number, value: number): void {
    this.#setInteger((i << 4) + RECORD_ORDER_ID / 4, value);
  }
  setIval(i: number, value: number): void {
    this.#setInteger((i << 4) + RECORD_IVAL / 4, value);
  }
  #setInteger(at: number, value: number): void {
    this.#u32[at] = value >>> 0;
    this.#i32[at + 1] = Math.floor(value / TWO_32);
  }
  /** Copies `count` records of `source`, from its record `from` on, to record `to`. */
  copy(to: number, source: Records, from: number, count: number): void {
    this.bytes.set(source.bytes.subarray(from * RECORD_BYTES, (from + count) * RECORD_BYTES), to * RECORD_BYTES);
  }
}
