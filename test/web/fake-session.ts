/** A session whose only state is a sum over its inputs, and journals for it: for tests of the page's replay without kernels. */
import { BUY, BookCause, BookState, DERIVED, Kind, RECORD_BYTES, RECORD_FVAL } from '#generated/records.ts';
import { sealBlock } from '../../host/events/journal-block.ts';
import { crc32 } from '../../host/events/journal-crc.ts';
import { BLOCK_HEADER_BYTES, BlockType, Codec, hashText } from '../../host/events/journal-format.ts';
import { Records } from '../../host/events/record.ts';
import type { DerivedSink, ReplicaBook, ReplicaOrder, ReplicaSession } from '../../web/replica/session-port.ts';

export const EPOCH_NS = 1_723_075_200_000_000_000n;
/** Between two records of a made journal. */
export const GAP_NS = 10_000_000;
/** Every so many records, the session derives a checkpoint. */
export const CHECKPOINT = 50;

/** FNV-1a over the bytes: enough to tell journals apart. */
export function chain(bytes: Uint8Array, from: bigint): bigint {
  let hash = from;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash;
}

export class FakeSession implements ReplicaSession {
  readonly instruments = [
    { symbol: 'BTCUSDT', venue: 'test', base: 'BTC', quote: 'USDT', tickSize: 0.1, lotSize: 0.001 },
  ];
  readonly accounts = ['one'];
  readonly ladderRows = ['fair', 'price'];
  records = 0;
  nowRelNs = 0;
  /** Sizes of the feeds, in records. */
  readonly feeds: number[] = [];
  /** Added to the command hash: another strategy. */
  readonly #twist: bigint;
  readonly #sink: DerivedSink;
  #hash = 0x74696465n;

  constructor(sink: DerivedSink = () => undefined, twist = 0n) {
    this.#sink = sink;
    this.#twist = twist;
  }

  get decisions(): number {
    return Math.floor(this.records / 10);
  }
  feed(inputs: Uint8Array, count: number): void {
    this.feeds.push(count);
    const copy = inputs.slice();
    const records = new Records(copy.buffer);
    for (let i = 0; i < count; i++) {
      this.#hash = chain(copy.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES), this.#hash);
      this.records++;
      this.nowRelNs = Number(records.localTs(i) - EPOCH_NS);
      if (this.records % CHECKPOINT === 0) this.#sink(checkpoint(this.records, this.#hash + this.#twist), 1);
    }
  }
  /** Records and hash as decimal text. */
  save(): Uint8Array {
    return new TextEncoder().encode(`${this.records} ${this.#hash}`);
  }
  restore(bytes: Uint8Array): void {
    const [records, hash] = new TextDecoder().decode(bytes).split(' ');
    this.records = Number(records);
    this.#hash = BigInt(hash!);
  }
  inputHash(): string {
    return hashText(this.#hash);
  }
  commandHash(): string {
    return hashText((this.#hash * 3n + this.#twist) & 0xffffffffffffffffn);
  }
  stateHash(): string {
    return this.inputHash();
  }
  book(): ReplicaBook {
    return {
      bookState: BookState.live,
      bookCause: BookCause.synced,
      bidTicks: 1000 + (this.records % 5),
      bidLots: 1,
      askTicks: 1001 + (this.records % 5),
      askLots: 1,
    };
  }
  readLevels(_instrument: number, _first: number, count: number, bid: Float64Array, ask: Float64Array): void {
    bid.fill(1, 0, count);
    ask.fill(0, 0, count);
  }
  orders(): readonly ReplicaOrder[] {
    return [];
  }
  positionLots(): number {
    return 0;
  }
  equity(): { settle: string; pnl: null; fees: number; fills: number } {
    return { settle: 'USDT', pnl: null, fees: 0, fills: 0 };
  }
}

function checkpoint(records: number, stateHash: bigint): Records {
  const record = Records.allocate(1);
  record.begin(0, Kind.checkpoint, DERIVED);
  record.setPx(0, records);
  record.setWord(0, RECORD_FVAL, BigInt.asUintN(64, stateHash));
  return record;
}

/** Trades `from` to `to`, one every GAP_NS. */
export function trades(from: number, to: number): Records {
  const records = Records.allocate(to - from);
  for (let i = from; i < to; i++) {
    records.begin(i - from, Kind.trade | BUY, 0);
    records.setTimes(i - from, EPOCH_NS, EPOCH_NS + BigInt(i * GAP_NS));
    records.setPx(i - from, 100 + (i % 7) / 10);
    records.setQty(i - from, 0.001 * (1 + (i % 3)));
  }
  return records;
}

/** A journal's writer: blocks of inputs, each followed by the checkpoints that they led to. */
export class FakeWriter {
  readonly session = new FakeSession((records) => this.#checkpoints.push(records.bytes.slice()));
  #checkpoints: Uint8Array[] = [];

  /** The next `count` records as blocks. `corruptHash`: the header names another chain. */
  block(count: number, corruptHash = false): Uint8Array {
    const first = this.session.records;
    const records = trades(first, first + count);
    this.session.feed(records.bytes, count);
    const hash = BigInt(`0x${this.session.inputHash()}`) ^ (corruptHash ? 1n : 0n);
    const inputs = seal(BlockType.inputs, records.bytes, first, hash);
    const derived = this.#checkpoints.map((bytes) => seal(BlockType.derived, bytes, this.session.records, hash));
    this.#checkpoints = [];
    return concat([
      inputs,
      seal(BlockType.text, new TextEncoder().encode('a note'), this.session.records, hash),
      ...derived,
    ]);
  }
}

function seal(type: number, payload: Uint8Array, firstRecord: number, inputHash: bigint): Uint8Array {
  const bytes = new Uint8Array(BLOCK_HEADER_BYTES + Math.ceil(payload.length / 8) * 8);
  bytes.set(payload, BLOCK_HEADER_BYTES);
  const isRecords = type === BlockType.inputs || type === BlockType.derived;
  const count = isRecords ? payload.length / RECORD_BYTES : 0;
  sealBlock(
    new DataView(bytes.buffer),
    0,
    { type, codec: Codec.raw, count, storedBytes: payload.length, rawBytes: payload.length, firstRecord, inputHash },
    crc32,
  );
  return bytes;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
