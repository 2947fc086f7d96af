/**
 * One instrument of a session and a hand on its records: what continuity tests need. Snapshot requests are counted, the
 * states through which the book went are kept.
 */
import { BookCause, BookState, Kind } from '#generated/records.ts';
import { Instrument } from '#generated/layouts.ts';
import type { BookConfig } from '../../host/session/config.ts';
import type { Session } from '../../host/session/session.ts';
import { EPOCH_NS, idleAccount, instrument } from '../support/configuration.ts';
import { Frames } from '../support/frames.ts';
import type { Level } from '../support/frames.ts';
import { recordsIn } from '../support/recording.ts';
import { openSession } from '../support/runs.ts';

const STATES = Object.fromEntries(Object.entries(BookState).map(([name, code]) => [code, name]));
const CAUSES = Object.fromEntries(Object.entries(BookCause).map(([name, code]) => [code, name]));

export const SMALL: Partial<BookConfig> = {
  windowTicks: 128,
  farLevels: 8,
  recentreTicks: 4,
  pendingRecords: 64,
  staleAfterMs: 5000,
  retryMs: 1000,
};
/** A book around 1000 | 1001. */
export const START: readonly Level[] = [
  [1, 1000, 10],
  [1, 999, 20],
  [-1, 1001, 11],
  [-1, 1002, 21],
];

export class Desk {
  readonly session: Session;
  readonly frames: Frames;
  requests = 0;
  /** `state (cause)` of each change. */
  readonly states: string[] = [];
  /** `cause` of each request. */
  readonly requestCauses: string[] = [];

  constructor(book: Partial<BookConfig> = {}, module?: WebAssembly.Module) {
    const x = instrument(0, 'BTCUSDT', 0.1, { ...SMALL, ...book });
    this.frames = new Frames(x);
    this.session = openSession(
      { epochNs: String(EPOCH_NS), checkpointRecords: 0, instruments: [x], features: [], accounts: [idleAccount()] },
      {
        snapshotRequested: () => {
          this.requests += 1;
        },
        derived: (bytes) => {
          const records = recordsIn(bytes);
          for (let i = 0; i < records.capacity; i++) {
            const cause = CAUSES[records.ival(i)] ?? `cause ${records.ival(i)}`;
            if (records.kind(i) === Kind.bookState) this.states.push(`${STATES[records.px(i)]} (${cause})`);
            if (records.kind(i) === Kind.snapshotRequest) this.requestCauses.push(cause);
          }
        },
      },
      module,
    );
  }

  /** Feeds what was written to `frames`. */
  feed(): this {
    this.session.feed(this.frames.take());
    return this;
  }
  /** Connected, one diff, the snapshot: live, with lastId 20. */
  live(): this {
    this.frames
      .connection(true)
      .wait(1)
      .diff(11, 20, 10, [[1, 999, 20]])
      .wait(1)
      .snapshot(15, START)
      .wait(1);
    return this.feed();
  }

  value(field: number): number {
    return this.session.core.instrument(0, field);
  }
  get state(): string {
    return STATES[this.value(Instrument.bookState)]!;
  }
  get cause(): string {
    return CAUSES[this.value(Instrument.bookCause)]!;
  }
  get top(): readonly number[] {
    return [Instrument.bookBidTicks, Instrument.bookBidLots, Instrument.bookAskTicks, Instrument.bookAskLots].map((f) =>
      this.value(f),
    );
  }
  /** Lots at a tick: [bids, asks]. */
  lots(tick: number): readonly [number, number] {
    const bid = new Float64Array(1);
    const ask = new Float64Array(1);
    this.session.core.readLevels(0, tick, 1, bid, ask);
    return [bid[0]!, ask[0]!];
  }
}
