/** Replaying blocks: however they are cut, the same session; columns end at their own border; differences are found. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Agreement } from '../../web/replica/agreement.ts';
import { COLUMN_NS, META, META_FIELDS } from '../../web/replica/columns.ts';
import { Observer } from '../../web/replica/observer.ts';
import { Replica } from '../../web/replica/replica.ts';
import { concat, EPOCH_NS, FakeSession, FakeWriter, GAP_NS } from './fake-session.ts';

function open(untilNs?: number, twist = 0n) {
  const agreement = new Agreement();
  const session: FakeSession = new FakeSession((records, count) => observer.derived(records, count), twist);
  const observer: Observer = new Observer(session, EPOCH_NS);
  return { agreement, session, observer, replica: new Replica(session, observer, agreement, EPOCH_NS, untilNs) };
}

const PER_COLUMN = COLUMN_NS / GAP_NS;

describe('a replica', () => {
  it('computes the same however the bytes are cut', () => {
    const writer = new FakeWriter();
    const bytes = concat([writer.block(70), writer.block(1), writer.block(130), writer.block(33)]);
    const whole = open();
    whole.replica.push(bytes);
    const columns = whole.observer.takeColumns(0);
    expect(whole.session.inputHash()).toBe(writer.session.inputHash());
    expect(columns.count).toBe(Math.floor(233 / PER_COLUMN) + 1);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 40 }), (cuts) => {
        const { replica, session, observer } = open();
        let at = 0;
        for (let i = 0; at < bytes.length; i++) {
          const size = cuts[i % cuts.length]!;
          replica.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(session.inputHash()).toBe(writer.session.inputHash());
        expect(observer.takeColumns(0)).toEqual(columns);
      }),
      { numRuns: 30 },
    );
  });

  it('never feeds across the border of a column, and counts every print once', () => {
    const writer = new FakeWriter();
    const { replica, session, observer } = open();
    replica.push(writer.block(200));
    expect(Math.max(...session.feeds)).toBe(PER_COLUMN);
    expect(session.feeds.reduce((sum, count) => sum + count, 0)).toBe(200);
    const { count, meta } = observer.takeColumns(0);
    let bought = 0;
    for (let i = 0; i < count; i++) bought += meta[i * META_FIELDS + META.buyLots]!;
    let expected = 0;
    for (let i = 0; i < 200; i++) expected += 1 + (i % 3);
    expect(bought).toBe(expected);
    expect(meta[META.index]).toBe(0);
  });

  it('stops before a chosen time, inside a block', () => {
    const writer = new FakeWriter();
    const { replica, session } = open(101 * GAP_NS - 5);
    replica.push(writer.block(300));
    expect(session.records).toBe(101);
    expect(replica.isDone).toBe(true);
    replica.push(writer.block(10));
    expect(session.records).toBe(101);
  });

  it('passes over blocks that it has replayed already, and refuses a hole', () => {
    const writer = new FakeWriter();
    const [first, second, third] = [writer.block(10), writer.block(10), writer.block(10)] as const;
    const { replica, session } = open();
    replica.push(first);
    replica.push(first);
    replica.push(second);
    expect(session.records).toBe(20);
    const holed = open();
    holed.replica.push(first);
    expect(() => holed.replica.push(third)).toThrow(/goes on with record 20, but this page has replayed 10/);
  });

  it('agrees with the host that wrote the journal', () => {
    const writer = new FakeWriter();
    const { replica, agreement } = open();
    replica.push(concat([writer.block(60), writer.block(60)]));
    agreement.host({ records: 120, inputHash: writer.session.inputHash(), commandHash: writer.session.commandHash() });
    expect(agreement.records).toBe(120);
    expect(agreement.difference).toBeNull();
  });

  it('finds inputs that are not those that were hashed, and a state that differs at a checkpoint', () => {
    const writer = new FakeWriter();
    const inputs = open();
    inputs.replica.push(concat([writer.block(10), writer.block(10, true)]));
    expect(inputs.agreement.difference).toMatchObject({ records: 20, what: 'inputHash' });
    const other = open(undefined, 5n);
    other.replica.push(new FakeWriter().block(120));
    expect(other.agreement.difference).toMatchObject({ records: 50, what: 'stateHash' });
  });
});
