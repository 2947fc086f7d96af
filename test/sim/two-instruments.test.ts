/** Requests for a quiet instrument wait for its time; those for a busy one go on past them. */
import { expect, it } from 'vitest';
import { CommandKind, Kind, TimeInForce } from '#generated/records.ts';
import { EPOCH_NS, SIMULATION, idleAccount, instrument } from '../support/configuration.ts';
import { Frames } from '../support/frames.ts';
import { recordsIn } from '../support/recording.ts';
import { openSession } from '../support/runs.ts';
import { ORDER_CAPACITY, START_ID, START_LEVELS, X } from './exchange.ts';

it('a request that waits for a quiet instrument does not fill the queue of the others', () => {
  const quiet = instrument(1, 'ETHUSDT', 0.1, X.book);
  const account = idleAccount({ orderCapacity: ORDER_CAPACITY, instruments: [0, 1], simulation: SIMULATION }, 2);
  const answered = new Map<number, number>();
  const session = openSession(
    { epochNs: String(EPOCH_NS), checkpointRecords: 0, instruments: [X, quiet], features: [], accounts: [account] },
    {
      derived: (bytes) => {
        const records = recordsIn(bytes);
        for (let i = 0; i < records.capacity; i++) {
          if (records.kind(i) === Kind.orderAccepted) answered.set(records.orderId(i), records.instrument(i));
        }
      },
    },
  );
  const frames = new Frames(X).connection(true).diff(11, START_ID, 10, []).snapshot(15, START_LEVELS).wait(10);
  session.feed(frames.take());
  const send = (command: number, id: number, of: number) =>
    session.core.exports.submit(0, command, id, of, 1, 990, 1, TimeInForce.gtc);
  expect(send(CommandKind.place, 1000, 1)).toBe(0);
  for (let id = 1; id <= 40; id++) {
    expect(send(CommandKind.place, id, 0), `placing ${id}`).toBe(0);
    session.feed(
      frames
        .wait(50)
        .ticker(START_ID + 3 * id, 1000, 5, 1001, 5)
        .wait(50)
        .ticker(START_ID + 3 * id + 1, 1000, 6, 1001, 5)
        .take(),
    );
    expect(send(CommandKind.cancel, id, 0), `cancelling ${id}`).toBe(0);
    session.feed(
      frames
        .wait(50)
        .ticker(START_ID + 3 * id + 2, 1000, 7, 1001, 5)
        .take(),
    );
  }
  expect([...answered.keys()]).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
});
