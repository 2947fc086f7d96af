/**
 * A live book, accounts that do nothing by themselves, and their simulated venue driven by hand: requests are sent between
 * records, events are collected per account.
 */
import { CommandKind, TimeInForce } from '#generated/records.ts';
import type { OwnEvent, PlainTimeInForce } from '../../host/reference/simulated-venue.ts';
import type { AccountConfig, SimulationConfig } from '../../host/session/config.ts';
import type { Session } from '../../host/session/session.ts';
import { EPOCH_NS, SIMULATION, idleAccount, instrument } from '../support/configuration.ts';
import { Frames } from '../support/frames.ts';
import type { Level } from '../support/frames.ts';
import { recordsIn } from '../support/recording.ts';
import { openSession } from '../support/runs.ts';
import { ownEvent } from './own-events.ts';

export const X = instrument(0, 'BTCUSDT', 0.1, {
  windowTicks: 256,
  farLevels: 256,
  recentreTicks: 16,
  pendingRecords: 64,
  staleAfterMs: 0,
});
export const ORDER_CAPACITY = 3;
/** Around 1000 | 1001. */
export const START_LEVELS: readonly Level[] = [
  [1, 1000, 10],
  [1, 999, 20],
  [1, 998, 30],
  [-1, 1001, 10],
  [-1, 1002, 20],
  [-1, 1003, 30],
];
export const START_ID = 20;

export class Exchange {
  readonly session: Session;
  readonly frames = new Frames(X);
  /** By account, in the order of delivery. */
  readonly events: OwnEvent[][];
  /** Deliveries whose time was not the present; must stay empty. */
  readonly misdelivered: string[] = [];

  constructor(simulations: readonly Partial<SimulationConfig>[] = [{}]) {
    const accounts = simulations.map((s, n): AccountConfig =>
      idleAccount({ name: `account${n}`, orderCapacity: ORDER_CAPACITY, simulation: { ...SIMULATION, ...s } }),
    );
    this.events = accounts.map(() => []);
    this.session = openSession(
      { epochNs: String(EPOCH_NS), checkpointRecords: 0, instruments: [X], features: [], accounts },
      {
        derived: (bytes) => {
          const records = recordsIn(bytes);
          for (let i = 0; i < records.capacity; i++) {
            const event = ownEvent(records, i, X, EPOCH_NS);
            if (event === undefined) continue;
            this.events[records.account(i)]!.push(event);
            if (event.arrivalNs !== this.session.nowRelNs) {
              this.misdelivered.push(`${event.kind} of ${event.arrivalNs} at ${this.session.nowRelNs}`);
            }
          }
        },
      },
    );
    this.frames.connection(true).diff(11, START_ID, 10, []).snapshot(15, START_LEVELS).wait(10).clock();
    this.feed();
  }

  feed(): this {
    this.session.feed(this.frames.take());
    return this;
  }
  place(
    id: number,
    side: 1 | -1,
    ticks: number,
    lots: number,
    timeInForce: PlainTimeInForce = 'gtc',
    account = 0,
  ): number {
    return this.session.core.exports.submit(
      account,
      CommandKind.place,
      id,
      0,
      side,
      ticks,
      lots,
      TimeInForce[timeInForce],
    );
  }
  cancel(id: number, account = 0): number {
    return this.session.core.exports.submit(account, CommandKind.cancel, id, 0, 1, 0, 0, 0);
  }
  /** Lots ahead of a live order, -1 where there is none. */
  ahead(id: number, account = 0): number {
    return this.session.core.exports.queueAhead(account, id);
  }
  /** Lets time pass in silence, so that everything under way arrives. */
  settle(ms = 1000): this {
    this.frames.wait(ms).clock().wait(ms).clock();
    return this.feed();
  }
  /** Each event as `kind id lots@ticks`, with the reason or maker/taker where it has one. */
  told(account = 0): string[] {
    return this.events[account]!.map((e) => {
      const more = e.kind === 'filled' ? (e.isMaker ? ' maker' : ' taker') : e.reason === 'none' ? '' : ` ${e.reason}`;
      return `${e.kind} ${e.id} ${e.lots}@${e.ticks}${more}`;
    });
  }
}
