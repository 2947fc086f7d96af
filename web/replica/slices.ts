/** Cutting a block of records at borders of session time, so that a column shows the book at its own end. */
import { RECORD_BYTES, RECORD_LOCAL_TS } from '#generated/records.ts';

const TWO_32 = 4294967296;
const LOCAL_LOW = RECORD_LOCAL_TS / 4;
const WORDS = RECORD_BYTES / 4;

/** Arrival of each record of a block, ns since `epochNs`; exact below 2^53 ns. */
export class Arrivals {
  readonly #words: Uint32Array;
  readonly #epochHigh: number;
  readonly #epochLow: number;
  readonly count: number;

  /** `payload` starts at a multiple of 4 bytes and holds whole records. */
  constructor(payload: Uint8Array, epochNs: bigint) {
    this.count = Math.floor(payload.byteLength / RECORD_BYTES);
    this.#words = new Uint32Array(payload.buffer, payload.byteOffset, this.count * WORDS);
    this.#epochHigh = Number(epochNs >> 32n);
    this.#epochLow = Number(epochNs & 0xffffffffn);
  }

  relNs(i: number): number {
    const at = i * WORDS + LOCAL_LOW;
    return (this.#words[at + 1]! - this.#epochHigh) * TWO_32 + (this.#words[at]! - this.#epochLow);
  }

  /** First record from `from` on that arrived at `relNs` or later; `count` where none did. Arrivals never decrease. */
  firstAtOrAfter(relNs: number, from: number): number {
    let low = from;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.relNs(middle) < relNs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
