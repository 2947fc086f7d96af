/**
 * Derived records of a journal beside those that a session recomputes from its inputs: for a replay, which reports where
 * they part, and for a host that continues a journal, which writes what is missing at its end.
 */
import { KINDS, RECORD_BYTES } from '#generated/records.ts';
import { Records } from '../events/record.ts';

/** Where recomputed and recorded part. */
export interface Difference {
  /** Input records consumed when the difference was seen. */
  readonly records: number;
  /** Index of the derived record in the journal, from 0. */
  readonly derived: number;
  readonly what: 'differs' | 'only recorded' | 'only recomputed';
  readonly recorded: DescribedRecord | null;
  readonly recomputed: DescribedRecord | null;
}

export interface DescribedRecord {
  readonly kind: string;
  readonly localTs: string;
  readonly px: number;
  readonly qty: number;
  readonly orderId: number;
  readonly ival: number;
  readonly fval: number;
}

/** Two streams of derived records, laid side by side; holds only what one of them is ahead. */
export class Comparison {
  compared = 0;
  difference: Difference | null = null;
  #recorded: Uint8Array[] = [];
  #recomputed: Uint8Array[] = [];

  recorded(bytes: Uint8Array, records: number): void {
    this.#push(this.#recorded, bytes);
    this.#compare(records);
  }
  recomputed(bytes: Uint8Array): void {
    this.#push(this.#recomputed, bytes);
  }

  #push(list: Uint8Array[], bytes: Uint8Array): void {
    if (this.difference !== null) return;
    for (let at = 0; at < bytes.length; at += RECORD_BYTES) list.push(bytes.slice(at, at + RECORD_BYTES));
  }

  #compare(records: number): void {
    const count = Math.min(this.#recorded.length, this.#recomputed.length);
    for (let i = 0; i < count && this.difference === null; i++) {
      const a = this.#recorded[i]!;
      const b = this.#recomputed[i]!;
      if (!a.every((byte, k) => byte === b[k])) {
        this.difference = {
          records,
          derived: this.compared,
          what: 'differs',
          recorded: describe(a),
          recomputed: describe(b),
        };
      }
      this.compared += 1;
    }
    this.#recorded.splice(0, count);
    this.#recomputed.splice(0, count);
  }

  /** Recorded, and not recomputed so far. */
  get surplus(): readonly Uint8Array[] {
    return this.#recorded;
  }
  /** Recomputed, and not recorded so far. */
  get missing(): readonly Uint8Array[] {
    return this.#recomputed;
  }

  /** Compares what both sides have by now. `records`: input records consumed. */
  settle(records: number): void {
    if (this.difference === null) this.#compare(records);
  }

  /**
   * Nothing more comes. Where the journal was not closed, records that one side alone has are no difference: they had not
   * been written yet, or what made them due had not.
   */
  end(records: number, isSealed: boolean): void {
    this.settle(records);
    if (this.difference !== null || !isSealed) return;
    const recorded = this.#recorded[0];
    const recomputed = this.#recomputed[0];
    if (recorded !== undefined) {
      this.difference = {
        records,
        derived: this.compared,
        what: 'only recorded',
        recorded: describe(recorded),
        recomputed: null,
      };
    } else if (recomputed !== undefined) {
      this.difference = {
        records,
        derived: this.compared,
        what: 'only recomputed',
        recorded: null,
        recomputed: describe(recomputed),
      };
    }
  }
}

function describe(bytes: Uint8Array): DescribedRecord {
  const r = Records.allocate(1);
  r.bytes.set(bytes);
  return {
    kind: KINDS.find((k) => k.code === r.kind(0))?.name ?? String(r.kind(0)),
    localTs: String(r.localTs(0)),
    px: r.px(0),
    qty: r.qty(0),
    orderId: r.orderId(0),
    ival: r.ival(0),
    fval: r.fval(0),
  };
}
