/**
 * A recording's diffs on a bad line: frames are dropped, doubled, swapped, made unreadable, cut short, and the connection
 * breaks; snapshots come late, come from the past, come cut short, or do not come. They are made by a server book that has
 * every diff. The judge compares: whenever the core says live, its book must equal the server's at the same id; and after
 * the last fault it must become live again and stay so.
 */
import { BUY, Channel, Kind, NO_INSTRUMENT, RECORD_BYTES, SELL } from '#generated/records.ts';
import { BookState } from '#generated/records.ts';
import { Instrument } from '#generated/layouts.ts';
import { Records } from '../../host/events/record.ts';
import { PlainBook } from '../../host/reference/book.ts';
import type { Session } from '../../host/session/session.ts';
import { EPOCH_NS, idleAccount, instrument } from '../support/configuration.ts';
import { randomFrom } from '../support/random.ts';
import { recordsIn, slice } from '../support/recording.ts';
import { openSession } from '../support/runs.ts';

export const BTC_SMALL = instrument(0, 'BTCUSDT', 0.1, {
  windowTicks: 1024,
  farLevels: 16384,
  recentreTicks: 32,
  pendingRecords: 4096,
  retryMs: 20,
  staleAfterMs: 400,
});
/** Diffs without faults at the end; by then the book must be live. */
const CLEAN_DIFFS = 300;
/** Diffs after the last fault by which the book must be live. */
const RECOVERY_DIFFS = 60;
/** Half of the ticks around the mid that the full comparison reads. */
const COMPARED_TICKS = 1024;
const FULL_COMPARISON_EVERY = 20;

/** Diffs of one instrument, in order, and the snapshot that brackets one of the first. */
export interface DiffStream {
  readonly diffs: readonly { readonly bytes: Uint8Array; readonly last: number }[];
  readonly snapshot: Uint8Array;
  readonly snapshotId: number;
}

export function diffsOf(bytes: Uint8Array, index: number): DiffStream {
  const records = recordsIn(bytes);
  const diffs: { bytes: Uint8Array; last: number }[] = [];
  let snapshot: Uint8Array | undefined;
  let snapshotId = 0;
  for (let i = 0; i < records.capacity; i++) {
    if (records.kind(i) !== Kind.frame || records.instrument(i) !== index) continue;
    const frame = slice(bytes, i, i + 1 + records.qty(i));
    if (records.px(i) === Channel.depthDiff) diffs.push({ bytes: frame, last: records.orderId(i) });
    if (records.px(i) === Channel.depthSnapshot) {
      snapshot = frame;
      snapshotId = records.orderId(i);
    }
  }
  // What ended before the snapshot is of no use to a server that starts from it.
  return { diffs: diffs.filter((d) => d.last >= snapshotId), snapshot: snapshot!, snapshotId };
}

function applyTo(book: PlainBook, frame: Uint8Array): void {
  const records = recordsIn(frame);
  const { tickSize, lotSize } = BTC_SMALL;
  for (let i = 1; i < records.capacity; i++) {
    book.side(records.side(i)).set(Math.round(records.px(i) / tickSize), Math.round(records.qty(i) / lotSize));
  }
}

/** What a run went through. */
export interface FaultyRun {
  readonly faults: Readonly<Record<string, number>>;
  readonly resyncs: number;
  readonly comparisons: number;
}

class World {
  readonly session: Session;
  readonly random: () => number;
  readonly stream: DiffStream;
  readonly server = new PlainBook();
  /** The server's book at the id that the core is at. */
  readonly shadow = new PlainBook();
  shadowNext = 0;
  serverId = 0;
  faults: Record<string, number> = {};
  comparisons = 0;
  requested = false;
  answerIn = -1;
  lastAnswer: Uint8Array | undefined;
  localTs = 0n;
  exchTs = 0n;

  constructor(module: WebAssembly.Module, stream: DiffStream, seed: number) {
    this.random = randomFrom(seed);
    this.stream = stream;
    this.session = openSession(
      {
        epochNs: String(EPOCH_NS),
        checkpointRecords: 0,
        instruments: [BTC_SMALL],
        features: [],
        accounts: [idleAccount()],
      },
      { snapshotRequested: () => (this.requested = true) },
      module,
    );
    applyTo(this.server, stream.snapshot);
    applyTo(this.shadow, stream.snapshot);
  }

  feed(bytes: Uint8Array): void {
    // Arrival times are the present: whatever was held back or repeated arrives now.
    const copy = bytes.slice();
    const records = recordsIn(copy);
    for (let i = 0; i < records.capacity; i++) records.setTimes(i, records.exchTs(i), this.localTs);
    this.session.feed(copy);
    this.judge();
  }

  single(low: number, instrumentIndex: number, fields: { px?: number; ival?: number; fval?: number }): void {
    const r = Records.allocate(1);
    r.begin(0, low, instrumentIndex);
    r.setTimes(0, this.exchTs, this.localTs);
    r.setPx(0, fields.px ?? 0);
    r.setIval(0, fields.ival ?? 0);
    r.setFval(0, fields.fval ?? 0);
    this.feed(r.bytes);
  }

  serverSnapshot(): Uint8Array {
    const levels = [
      ...[...this.server.bids].map((l) => [BUY, ...l] as const),
      ...[...this.server.asks].map((l) => [SELL, ...l] as const),
    ];
    const r = Records.allocate(levels.length + 1);
    r.begin(0, Kind.frame, 0);
    r.setPx(0, Channel.depthSnapshot);
    r.setQty(0, levels.length);
    r.setIval(0, this.serverId);
    r.setOrderId(0, this.serverId);
    r.setFval(0, -1);
    levels.forEach(([side, ticks, lots], i) => {
      r.begin(i + 1, Kind.depthSnapshot | side, 0);
      r.setPx(i + 1, ticks * BTC_SMALL.tickSize);
      r.setQty(i + 1, lots * BTC_SMALL.lotSize);
    });
    for (let i = 0; i < r.capacity; i++) r.setTimes(i, this.exchTs, this.localTs);
    return r.bytes;
  }

  count(fault: string): void {
    this.faults[fault] = (this.faults[fault] ?? 0) + 1;
  }

  answer(clean: boolean): void {
    if (this.requested && this.answerIn < 0) this.answerIn = Math.floor(this.random() * (clean ? 3 : 12));
    if (this.answerIn < 0 || --this.answerIn >= 0) return;
    this.requested = false;
    const choice = clean ? 1 : this.random();
    if (choice < 0.1) {
      this.count('request failed');
      return this.single(Kind.requestFailed, 0, { ival: 503 });
    }
    if (choice < 0.25 && this.lastAnswer !== undefined) {
      this.count('snapshot from the past');
      return this.feed(this.lastAnswer);
    }
    this.lastAnswer = this.serverSnapshot();
    if (choice < 0.32) {
      this.count('snapshot cut short');
      return this.feed(this.lastAnswer.subarray(0, (this.lastAnswer.length >> 7) << 6));
    }
    this.feed(this.lastAnswer);
  }

  judge(): void {
    const { core } = this.session;
    if (core.instrument(0, Instrument.bookState) !== BookState.live) return;
    const lastId = core.instrument(0, Instrument.lastId);
    const { diffs } = this.stream;
    while (this.shadowNext < diffs.length && diffs[this.shadowNext]!.last <= lastId)
      applyTo(this.shadow, diffs[this.shadowNext++]!.bytes);
    if (diffs[this.shadowNext - 1]?.last !== lastId)
      throw new Error(`the book says live at id ${lastId}, which no diff ends at`);
    const fields = [Instrument.bookBidTicks, Instrument.bookBidLots, Instrument.bookAskTicks, Instrument.bookAskLots];
    const bid = this.shadow.bids.best!;
    const ask = this.shadow.asks.best!;
    const expected = [bid, this.shadow.bids.lots(bid), ask, this.shadow.asks.lots(ask)];
    this.comparisons += 1;
    const midFrame = this.#isOpen();
    if (!midFrame && fields.some((f, i) => core.instrument(0, f) !== expected[i])) {
      throw new Error(`live, but the top is not the server's at id ${lastId}`);
    }
    if (!midFrame && this.comparisons % FULL_COMPARISON_EVERY === 0) this.compareLevels(lastId);
  }

  /** A frame is open: some of its levels are applied, which is no error. */
  #isOpen(): boolean {
    const at = this.session.core.instrumentBase(0) * 8 + Instrument.frameLeft;
    return new Int32Array(this.session.core.f64.buffer)[at / 4]! > 0;
  }

  compareLevels(lastId: number): void {
    const first = this.shadow.bids.best! - COMPARED_TICKS;
    const bids = new Float64Array(2 * COMPARED_TICKS);
    const asks = new Float64Array(2 * COMPARED_TICKS);
    this.session.core.readLevels(0, first, 2 * COMPARED_TICKS, bids, asks);
    for (let i = 0; i < bids.length; i++) {
      if (bids[i] !== this.shadow.bids.lots(first + i) || asks[i] !== this.shadow.asks.lots(first + i)) {
        throw new Error(`live, but tick ${first + i} is not the server's at id ${lastId}`);
      }
    }
  }

  run(faultShare: number): FaultyRun {
    const { diffs } = this.stream;
    const firstTimes = recordsIn(diffs[0]!.bytes);
    this.localTs = firstTimes.localTs(0);
    this.exchTs = firstTimes.exchTs(0);
    this.single(Kind.connection, NO_INSTRUMENT, { px: 1 });
    let held: Uint8Array | undefined;
    let offline = 0;
    diffs.forEach((diff, n) => {
      const records = recordsIn(diff.bytes);
      this.localTs = records.localTs(0);
      this.exchTs = records.exchTs(0);
      applyTo(this.server, diff.bytes);
      this.serverId = diff.last;
      const clean = n >= diffs.length - CLEAN_DIFFS;
      if (offline > 0 && !clean) {
        offline -= 1;
        return;
      }
      if (
        offline >= 0 &&
        this.session.core.instrument(0, Instrument.bookState) === BookState.stale &&
        this.#isDisconnected()
      ) {
        this.requested = false;
        this.answerIn = -1;
        this.single(Kind.connection, NO_INSTRUMENT, { px: 1 });
      }
      const after = held;
      held = undefined;
      const fault = clean ? 1 : this.random() / faultShare;
      if (fault < 0.2) this.count('dropped');
      else if (fault < 0.4) {
        this.count('doubled');
        this.feed(diff.bytes);
        this.feed(diff.bytes);
      } else if (fault < 0.55) {
        this.count('swapped');
        held = diff.bytes;
      } else if (fault < 0.7) {
        this.count('unreadable');
        this.single(Kind.frame, this.random() < 0.5 ? 0 : NO_INSTRUMENT, { px: Channel.unreadable, ival: 1 });
      } else if (fault < 0.85 && diff.bytes.length > 2 * RECORD_BYTES) {
        this.count('cut short');
        this.feed(diff.bytes.subarray(0, diff.bytes.length - RECORD_BYTES));
      } else if (fault < 0.9) {
        this.count('disconnected');
        this.single(Kind.connection, NO_INSTRUMENT, { px: 0 });
        offline = Math.floor(this.random() * 20);
        return;
      } else this.feed(diff.bytes);
      if (after !== undefined) this.feed(after);
      this.answer(clean);
      if (
        n >= diffs.length - CLEAN_DIFFS + RECOVERY_DIFFS &&
        this.session.core.instrument(0, Instrument.bookState) !== BookState.live
      ) {
        throw new Error(`${n - diffs.length + CLEAN_DIFFS} diffs after the last fault the book is not live`);
      }
    });
    this.compareLevels(this.serverId);
    return {
      faults: this.faults,
      resyncs: this.session.core.instrument(0, Instrument.resyncs),
      comparisons: this.comparisons,
    };
  }

  #isDisconnected(): boolean {
    const at = this.session.core.instrumentBase(0) * 8 + Instrument.connected;
    return new Int32Array(this.session.core.f64.buffer)[at / 4] === 0;
  }
}

/** Throws at the first difference. `faultShare`: probability that a diff meets a fault. */
export function runFaulty(module: WebAssembly.Module, stream: DiffStream, seed: number, faultShare: number): FaultyRun {
  return new World(module, stream, seed).run(faultShare);
}
