/**
 * From what a venue's client reports to input records, in the order in which they enter the journal: the host's side of a
 * connection, and the importer's. It decodes, stamps arrival times, and says which frames could not be read.
 *
 * With clock `venue` (recordings) the answer to a snapshot request is placed by its own venue time, whenever it really
 * came: frames are held back while a request is open, and an answer goes before the first frame that arrived later. So a
 * recording gives the same records at any speed.
 */
import { Channel, ConnectionCause, Kind, NO_INSTRUMENT } from '#generated/records.ts';
import { Records } from '../events/record.ts';
import type { HostClock } from '../events/clock.ts';
import type { RefusedFrame } from '../kernels/decoders.ts';
import { ClockOffset } from './clock-offset.ts';
import type { FrameDecoder } from './venue.ts';

/** What an instrument's record says of it; the rest stands in the journal's definitions block. */
export interface FeedInstrument {
  readonly index: number;
  readonly tickSize: number;
  readonly lotSize: number;
  readonly multiplier: number;
}

export interface FeedOptions {
  readonly venue: number;
  /** The venue's instruments; each is defined by a record before anything else is said of it. */
  readonly instruments: readonly FeedInstrument[];
  readonly clock: HostClock;
  readonly decoder: FrameDecoder;
  /** Now, ns since the journal's epoch; used with clock `wall` only. */
  readonly nowNs: () => number;
  /** Takes the first `count` of the records, before the next report. They are overwritten afterwards. */
  readonly deliver: (records: Records, count: number) => void;
  /** A frame could not be read; its record was delivered. */
  readonly refused?: (frame: RefusedFrame) => void;
  /** Bytes of held frames above which `behind(true)` asks the client to stop reading. */
  readonly heldBytesLimit?: number;
  readonly behind?: (isBehind: boolean) => void;
}

interface Answer {
  readonly instrument: number;
  /** The snapshot's, or one that says that the request failed. */
  readonly records: Records;
  readonly arrivalNs: number;
}

const HELD_BYTES_LIMIT = 8 * 1024 * 1024;

export class VenueFeed {
  readonly #options: FeedOptions;
  readonly #one = Records.allocate(1);
  /** Frames that wait for an answer, with clock `venue`; bounded by heldBytesLimit plus what the socket had in hand. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isBehind = false;
  #open = new Set<number>();
  #answers: Answer[] = [];
  #announce = false;
  #draining = false;
  #isDefined = false;
  readonly #offset: ClockOffset;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#offset = new ClockOffset(options.clock.feedLatencyNs);
  }

  /** Frames that wait for the answer to a snapshot request. */
  get heldFrames(): number {
    return this.#held.length;
  }

  /** The subscription is confirmed. With clock `venue` the record waits for the first frame, which brings the time. */
  subscribed(): void {
    this.#open.clear();
    this.#answers = [];
    if (this.#options.clock.source === 'venue') this.#announce = true;
    else this.#connection(1, ConnectionCause.opened, this.#options.nowNs());
  }

  lost(cause: number): void {
    this.#answers = [];
    this.#announce = false;
    this.#drainWhole();
    this.#connection(0, cause, this.#present());
  }

  /** The core asked for a snapshot. */
  requested(instrument: number): void {
    if (this.#answers.some((a) => a.instrument === instrument)) return;
    this.#open.add(instrument);
  }

  frame(bytes: Uint8Array): void {
    if (this.#options.clock.source === 'wall') {
      const now = this.#options.nowNs();
      const count = this.#options.decoder.decodeStream(bytes, now);
      this.#emit(count, undefined);
      if (count > 0 && !this.#isRefused(count)) this.#watchOffset(now);
      return;
    }
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    this.#drain();
  }

  snapshot(instrument: number, bytes: Uint8Array): void {
    const { clock, decoder } = this.#options;
    if (clock.source === 'wall') {
      const answered = decoder.decodeSnapshot(bytes, instrument, this.#options.nowNs());
      const isRefused = this.#isRefused(answered);
      this.#emit(answered, undefined);
      // Else the core would wait for its answer for ever.
      if (isRefused) this.snapshotFailed(instrument, 200);
      return;
    }
    const count = decoder.decodeSnapshot(bytes, instrument, 0);
    if (this.#isRefused(count)) {
      this.#options.refused?.(decoder.lastError!);
      return this.snapshotFailed(instrument, 200);
    }
    const records = Records.allocate(count);
    records.copy(0, decoder.records, 0, count);
    const arrivalNs = clock.toRelativeNs(records.exchTs(0)) + clock.feedLatencyNs;
    this.#answer({ instrument, records, arrivalNs });
  }

  snapshotFailed(instrument: number, httpStatus: number): void {
    const records = Records.allocate(1);
    records.begin(0, Kind.requestFailed, instrument);
    records.setIval(0, httpStatus);
    if (this.#options.clock.source === 'wall') {
      const now = this.#options.clock.toUnixNs(this.#options.nowNs());
      records.setTimes(0, now, now);
      this.#options.deliver(records, 1);
      return;
    }
    this.#answer({ instrument, records, arrivalNs: this.#present() });
  }

  /** Whatever waits is delivered; to be called when a recording is over. */
  finish(): void {
    this.#drainWhole();
    this.#placeAnswers(Infinity);
  }

  #answer(answer: Answer): void {
    this.#open.delete(answer.instrument);
    this.#answers.push(answer);
    this.#answers.sort((a, b) => a.arrivalNs - b.arrivalNs || a.instrument - b.instrument);
    this.#drain();
  }

  /** What is held is delivered although answers are missing, those to requests that it leads to included. */
  #drainWhole(): void {
    do {
      this.#open.clear();
      this.#drain();
    } while (this.#held.length > 0 && !this.#draining);
  }

  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    let next = 0;
    while (next < this.#held.length && this.#open.size === 0) {
      const bytes = this.#held[next++]!;
      this.#heldBytes -= bytes.length;
      this.#decodeHeld(bytes);
    }
    if (next > 0) this.#held = this.#held.slice(next);
    this.#draining = false;
    const behind = this.#heldBytes > (this.#options.heldBytesLimit ?? HELD_BYTES_LIMIT);
    if (behind !== this.#isBehind) {
      this.#isBehind = behind;
      this.#options.behind?.(behind);
    }
  }

  /** One frame of a recording: its venue time says when it arrived, and which answers arrived before it. */
  #decodeHeld(bytes: Uint8Array): void {
    const { clock, decoder } = this.#options;
    const count = decoder.decodeStream(bytes, 0);
    if (count === 0) return;
    const { records } = decoder;
    const isRefused = this.#isRefused(count);
    const arrivalNs = isRefused
      ? clock.nowNs
      : Math.max(clock.nowNs, clock.toRelativeNs(records.exchTs(0)) + clock.feedLatencyNs);
    if (this.#announce) {
      this.#announce = false;
      const copy = Records.allocate(count);
      copy.copy(0, records, 0, count);
      this.#connection(1, ConnectionCause.opened, arrivalNs);
      return this.#deliverAt(copy, count, arrivalNs, isRefused);
    }
    if (this.#answers.length > 0 && this.#answers[0]!.arrivalNs < arrivalNs) {
      const copy = Records.allocate(count);
      copy.copy(0, records, 0, count);
      this.#placeAnswers(arrivalNs);
      return this.#deliverAt(copy, count, arrivalNs, isRefused);
    }
    this.#deliverAt(records, count, arrivalNs, isRefused);
  }

  #placeAnswers(beforeNs: number): void {
    while (this.#answers.length > 0 && this.#answers[0]!.arrivalNs < beforeNs) {
      const { records, arrivalNs } = this.#answers.shift()!;
      this.#deliverAt(records, records.capacity, Math.max(arrivalNs, this.#options.clock.nowNs), false);
    }
  }

  /** Stamps the arrival and delivers. */
  #deliverAt(records: Records, count: number, arrivalNs: number, isRefused: boolean): void {
    const { clock } = this.#options;
    clock.arrival(arrivalNs - clock.feedLatencyNs);
    const local = clock.toUnixNs(arrivalNs);
    for (let i = 0; i < count; i++) {
      const exch = records.exchTs(i);
      records.setTimes(i, isRefused || exch === 0n ? local : exch, local);
    }
    this.#emit(count, records);
  }

  #emit(count: number, records: Records | undefined): void {
    if (count > 0) this.#options.deliver(records ?? this.#options.decoder.records, count);
    if (records === undefined && this.#isRefused(count)) this.#options.refused?.(this.#options.decoder.lastError!);
    else if (records !== undefined && count === 1 && isUnreadable(records))
      this.#options.refused?.(this.#options.decoder.lastError!);
  }

  /** Journals the offset between the venue's clock and ours when it changes. */
  #watchOffset(localNs: number): void {
    const { clock, decoder, deliver, venue } = this.#options;
    const offsetNs = this.#offset.observe(localNs, clock.toRelativeNs(decoder.records.exchTs(0)));
    if (offsetNs === undefined) return;
    const time = clock.toUnixNs(localNs);
    this.#one.begin(0, Kind.clockOffset, NO_INSTRUMENT);
    this.#one.setTimes(0, time, time);
    this.#one.setQty(0, venue);
    this.#one.setIval(0, offsetNs);
    deliver(this.#one, 1);
  }

  #isRefused(count: number): boolean {
    return count === 1 && isUnreadable(this.#options.decoder.records);
  }

  #present(): number {
    return this.#options.clock.source === 'venue' ? this.#options.clock.nowNs : this.#options.nowNs();
  }

  /** The first time anything is said of the venue: its instruments. */
  #define(time: bigint): void {
    if (this.#isDefined) return;
    this.#isDefined = true;
    for (const { index, tickSize, lotSize, multiplier } of this.#options.instruments) {
      this.#one.begin(0, Kind.instrument, index);
      this.#one.setTimes(0, time, time);
      this.#one.setPx(0, tickSize);
      this.#one.setQty(0, lotSize);
      this.#one.setFval(0, multiplier);
      this.#options.deliver(this.#one, 1);
    }
  }

  #connection(state: 0 | 1, cause: number, atNs: number): void {
    const { clock, venue } = this.#options;
    const time = clock.toUnixNs(atNs);
    this.#define(time);
    this.#one.begin(0, Kind.connection, NO_INSTRUMENT);
    this.#one.setTimes(0, time, time);
    this.#one.setPx(0, state);
    this.#one.setQty(0, venue);
    this.#one.setIval(0, cause);
    if (clock.source === 'venue') clock.arrival(atNs - clock.feedLatencyNs);
    this.#options.deliver(this.#one, 1);
  }
}

function isUnreadable(records: Records): boolean {
  return records.kind(0) === Kind.frame && records.px(0) === Channel.unreadable;
}
