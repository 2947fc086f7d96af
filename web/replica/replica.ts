/**
 * Replays the journal's bytes into a session and watches it. The bytes may be cut anywhere; blocks of inputs are fed,
 * checkpoints that the host derived are compared, everything else is passed over.
 */
import { Kind } from '#generated/records.ts';
import { hashText, BlockType } from '../../host/events/journal-format.ts';
import type { JournalBlock } from '../../host/events/journal-block.ts';
import { BlockParser } from '../../host/events/journal-parser.ts';
import { Records } from '../../host/events/record.ts';
import type { Agreement } from './agreement.ts';
import { COLUMN_NS } from './columns.ts';
import { checkpointStateHash, type Observer } from './observer.ts';
import type { ReplicaSession } from './session-port.ts';
import { Arrivals } from './slices.ts';

const RECORD_BYTES = 64;

export class Replica {
  readonly session: ReplicaSession;
  readonly observer: Observer;
  readonly #agreement: Agreement;
  readonly #epochNs: bigint;
  /** Nothing that arrived at this time or later is fed; ns since the epoch. */
  readonly #untilNs: number;
  #parser = new BlockParser();
  #isDone = false;

  constructor(
    session: ReplicaSession,
    observer: Observer,
    agreement: Agreement,
    epochNs: bigint,
    untilNs = Number.POSITIVE_INFINITY,
  ) {
    this.session = session;
    this.observer = observer;
    this.#agreement = agreement;
    this.#epochNs = epochNs;
    this.#untilNs = untilNs;
  }

  /** True once everything before `untilNs` has been fed. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Place in the segment of the first byte that has not been replayed. */
  get offsetBytes(): number {
    return this.#parser.offsetBytes;
  }

  /** What follows are the bytes of a segment from `offsetBytes` on. */
  beginSegment(offsetBytes: number): void {
    this.#parser = new BlockParser({ offsetBytes });
  }

  /** The segment's next bytes. Throws BlockDamage where they are not what was written. */
  push(bytes: Uint8Array): void {
    this.#parser.push(bytes);
    for (let block = this.#parser.next(); block !== undefined && !this.#isDone; block = this.#parser.next())
      this.#block(block);
  }

  #block(block: JournalBlock): void {
    if (block.type === BlockType.inputs) this.#inputs(block);
    else if (block.type === BlockType.derived) this.#derived(block);
  }

  #inputs(block: JournalBlock): void {
    const { session, observer } = this;
    // A page that goes on inside a segment is sent blocks again that its snapshot or its past already holds.
    if (block.firstRecord + block.count <= session.records) return;
    if (block.firstRecord !== session.records) {
      throw new Error(
        `the journal goes on with record ${block.firstRecord}, but this page has replayed ${session.records}`,
      );
    }
    const arrivals = new Arrivals(block.payload, this.#epochNs);
    const records = new Records(block.payload.buffer, block.payload.byteOffset, block.payload.byteLength);
    let from = 0;
    while (from < block.count) {
      const relNs = arrivals.relNs(from);
      if (relNs >= this.#untilNs) {
        this.#isDone = true;
        observer.reach(this.#untilNs);
        return;
      }
      observer.reach(relNs);
      const border = Math.min((observer.column + 1) * COLUMN_NS, this.#untilNs);
      const to = arrivals.firstAtOrAfter(border, from);
      observer.inputs(records, from, to);
      session.feed(block.payload.subarray(from * RECORD_BYTES, to * RECORD_BYTES), to - from);
      from = to;
    }
    this.#agreement.page(
      { records: session.records, inputHash: session.inputHash(), commandHash: session.commandHash(0) },
      hashText(block.inputHash),
    );
  }

  /** The host's own checkpoints stand beside its inputs; the state must be the same. */
  #derived(block: JournalBlock): void {
    const records = new Records(block.payload.buffer, block.payload.byteOffset, block.payload.byteLength);
    for (let i = 0; i < block.count; i++) {
      if (records.kind(i) !== Kind.checkpoint || records.account(i) !== 0) continue;
      const own = this.observer.stateHashAt(records.px(i));
      if (own !== undefined) this.#agreement.state(records.px(i), checkpointStateHash(records, i), own);
    }
  }
}
