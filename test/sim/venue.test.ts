/** The simulated venue, scenario by scenario: what a person would check by hand. The book starts at 10@1000 | 10@1001. */
import { describe, expect, it } from 'vitest';
import { Kind, REPEATED } from '#generated/records.ts';
import { recordsIn } from '../support/recording.ts';
import { Exchange } from './exchange.ts';

describe('placing', () => {
  it('rejects a post-only order at or through the opposite touch, and accepts the one before it', () => {
    const e = new Exchange();
    e.place(1, 1, 1001, 1, 'gtx');
    e.place(2, 1, 1005, 1, 'gtx');
    e.place(3, 1, 1000, 1, 'gtx');
    e.place(4, -1, 1000, 1, 'gtx');
    e.settle();
    expect(e.told()).toEqual([
      'rejected 1 1@1001 wouldTake',
      'rejected 2 1@1005 wouldTake',
      'accepted 3 1@1000',
      'rejected 4 1@1000 wouldTake',
    ]);
  });

  it('judges post-only by the touch at the time of arrival, not of sending', () => {
    const e = new Exchange([{ orderLatencyInMs: 10 }]);
    e.place(1, 1, 1000, 1, 'gtx');
    e.frames.wait(5).ticker(30, 998, 5, 1000, 5);
    e.feed().settle();
    expect(e.told()).toEqual(['rejected 1 1@1000 wouldTake']);
  });

  it('takes level by level, as taker, and rests with what is left', () => {
    const e = new Exchange();
    e.place(1, 1, 1002, 35);
    e.settle();
    expect(e.told()).toEqual(['filled 1 10@1001 taker', 'filled 1 20@1002 taker', 'accepted 1 5@1002']);
    expect(e.events[0]!.map((x) => x.leavesLots)).toEqual([25, 5, 0]);
  });

  it('IOC takes what there is and expires, FOK takes all or nothing', () => {
    const e = new Exchange();
    e.place(1, 1, 1001, 15, 'ioc');
    e.place(2, 1, 1000, 5, 'ioc');
    e.settle();
    e.place(3, 1, 1002, 31, 'fok');
    e.place(4, 1, 1002, 30, 'fok');
    e.settle();
    expect(e.told()).toEqual([
      'filled 1 10@1001 taker',
      'expired 1 5@1001 notFilled',
      'expired 2 5@1000 notFilled',
      'expired 3 31@1002 notFilled',
      'filled 4 10@1001 taker',
      'filled 4 20@1002 taker',
    ]);
  });

  it('rejects a second order under a live id, and one more than there is room for', () => {
    const e = new Exchange();
    for (const id of [1, 1, 2, 3, 4]) e.place(id, 1, 990, 1);
    e.settle();
    expect(e.told()).toEqual([
      'accepted 1 1@990',
      'rejected 1 1@990 duplicateId',
      'accepted 2 1@990',
      'accepted 3 1@990',
      'rejected 4 1@990 tooManyOrders',
    ]);
  });

  it('says so where its queue of requests is full', () => {
    const e = new Exchange();
    const codes = Array.from({ length: 10 }, (_, i) => e.place(i + 1, 1, 990, 1));
    expect(codes).toEqual([0, 0, 0, 0, 0, 0, 0, 0, -1, -1]);
  });
});

describe('queue and fills', () => {
  it('fills when prints have eaten what stood ahead, in parts, as maker at its own price', () => {
    const e = new Exchange();
    e.place(1, 1, 1000, 4);
    e.settle(20);
    expect(e.ahead(1)).toBe(10);
    e.frames.wait(1).trade(1000, 9, -1);
    e.feed();
    expect(e.ahead(1)).toBe(1);
    e.frames.wait(1).trade(1000, 3, -1).wait(1).trade(1000, 1, -1).wait(1).trade(1000, 50, -1);
    e.feed().settle();
    expect(e.told()).toEqual([
      'accepted 1 4@1000',
      'filled 1 2@1000 maker',
      'filled 1 1@1000 maker',
      'filled 1 1@1000 maker',
    ]);
    expect(e.ahead(1)).toBe(-1);
  });

  it('fills all at once where partial fills are off', () => {
    const e = new Exchange([{ partialFills: false }]);
    e.place(1, 1, 1000, 4);
    e.settle(20);
    e.frames.wait(1).trade(1000, 11, -1);
    e.feed().settle();
    expect(e.told()).toEqual(['accepted 1 4@1000', 'filled 1 4@1000 maker']);
  });

  it('does not fill by prints of its own side, elsewhere, off the market, or seen before', () => {
    const e = new Exchange();
    e.place(1, 1, 1000, 4);
    e.settle(20);
    e.frames
      .wait(1)
      .trade(1000, 100, 1)
      .trade(1001, 100, 1)
      .trade(1001, 100, -1)
      .trade(1000, 100, -1, Kind.offMarketTrade);
    e.feed();
    const repeated = e.frames.wait(1).trade(1000, 100, -1).take();
    new DataView(repeated.buffer).setUint32(64 + 4, recordsIn(repeated).high(1) | REPEATED, true);
    e.session.feed(repeated);
    e.settle();
    expect(e.told()).toEqual(['accepted 1 4@1000']);
    expect(e.ahead(1)).toBe(10);
  });

  it('fills whole where a print goes through its price', () => {
    const e = new Exchange();
    e.place(1, 1, 999, 4);
    e.place(2, -1, 1002, 4);
    e.settle(20);
    e.frames.wait(1).trade(998, 1, -1).wait(1).trade(1003, 1, 1);
    e.feed().settle();
    expect(e.told().slice(2)).toEqual(['filled 1 4@999 maker', 'filled 2 4@1002 maker']);
  });

  it('fills where the opposite touch reaches it, from the ticker or the book', () => {
    const e = new Exchange();
    e.place(1, 1, 1000, 4);
    e.place(2, -1, 1002, 4);
    e.settle(20);
    e.frames.wait(1).ticker(30, 998, 5, 1000, 5);
    e.feed();
    e.frames.wait(1).diff(21, 40, 20, [
      [-1, 1001, 0],
      [-1, 1002, 0],
      [1, 1002, 3],
    ]);
    e.feed().settle();
    expect(e.told().slice(2)).toEqual(['filled 1 4@1000 maker', 'filled 2 4@1002 maker']);
  });

  it('counts a print and the change that it causes once', () => {
    const e = new Exchange([{ queueModel: 'power', queuePower: 1 }]);
    e.place(1, 1, 1000, 4);
    e.settle(20);
    e.frames
      .wait(1)
      .trade(1000, 6, -1)
      .wait(1)
      .diff(21, 22, 20, [[1, 1000, 4]]);
    e.feed();
    expect(e.ahead(1)).toBe(4);
  });

  it('stands behind nobody where nothing is displayed at its price', () => {
    const e = new Exchange();
    e.frames.wait(1).diff(21, 22, 20, [[1, 1000, 0]]);
    e.feed();
    e.place(1, 1, 1000, 2);
    e.settle(20);
    expect(e.ahead(1)).toBe(0);
    e.frames.wait(1).trade(1000, 1, -1);
    e.feed().settle();
    expect(e.told()).toEqual(['accepted 1 2@1000', 'filled 1 1@1000 maker']);
  });
});

describe('latency and races', () => {
  it('acts before the first market event with a later venue time, answers after the way back', () => {
    const e = new Exchange([{ orderLatencyInMs: 5, orderLatencyOutMs: 7 }]);
    const sentNs = e.session.nowRelNs;
    e.place(1, 1, 990, 1);
    // Venue time at arrival is 2 ms behind ours: 6 ms later the request is still under way, 8 ms later it has arrived.
    e.frames.wait(6).ticker(30, 1000, 5, 1001, 5);
    e.feed();
    expect(e.ahead(1)).toBe(-1);
    e.frames.wait(2).ticker(31, 1000, 6, 1001, 5);
    e.feed();
    expect([e.ahead(1), e.told()]).toEqual([0, []]);
    e.settle();
    expect(e.events[0]![0]).toMatchObject({ venueNs: sentNs + 5e6, arrivalNs: sentNs + 12e6 });
    expect(e.misdelivered).toEqual([]);
  });

  it('never answers before the record that decided it', () => {
    const e = new Exchange([{ orderLatencyInMs: 1, orderLatencyOutMs: 0 }]);
    e.place(1, 1, 1000, 1);
    e.frames.wait(50).ticker(30, 1000, 5, 1001, 5);
    e.feed();
    const decidedNs = e.frames.nowNs;
    e.settle();
    expect(e.events[0]![0]!.arrivalNs).toBe(decidedNs);
  });

  it('a cancel that comes first wins', () => {
    const e = new Exchange();
    e.place(1, 1, 1000, 1);
    e.settle(20);
    e.cancel(1);
    e.frames.wait(8).trade(990, 1, -1);
    e.feed().settle();
    expect(e.told()).toEqual(['accepted 1 1@1000', 'cancelled 1 1@1000']);
  });

  it('a fill that comes first wins', () => {
    const e = new Exchange();
    e.place(1, 1, 1000, 1);
    e.settle(20);
    e.cancel(1);
    e.frames.wait(4).trade(990, 1, -1);
    e.feed().settle();
    expect(e.told()).toEqual(['accepted 1 1@1000', 'filled 1 1@1000 maker', 'cancelRejected 1 0@0 unknownOrder']);
  });

  it('lets no request and no answer overtake', () => {
    const e = new Exchange();
    e.place(1, 1, 1000, 1);
    e.frames.wait(1).ticker(30, 1000, 5, 1001, 5);
    e.feed();
    e.cancel(1);
    e.place(2, 1, 999, 1);
    e.settle();
    expect(e.told()).toEqual(['accepted 1 1@1000', 'cancelled 1 1@1000', 'accepted 2 1@999']);
    const arrivals = e.events[0]!.map((x) => x.arrivalNs);
    expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
  });
});

describe('a book that is not live', () => {
  it('fills nothing, rejects new orders, still cancels; the first trustworthy touch decides', () => {
    const e = new Exchange();
    e.place(1, 1, 1000, 1);
    e.place(2, 1, 999, 1);
    e.place(3, -1, 1004, 1);
    e.settle(20);
    // A diff is missing.
    e.frames.wait(1).diff(31, 40, 30, []).trade(990, 100, -1).ticker(45, 1002, 1, 1003, 1);
    e.feed();
    e.cancel(2);
    e.place(4, 1, 970, 1);
    e.settle(20);
    expect(e.told().slice(3)).toEqual(['cancelled 2 1@999', 'rejected 4 1@970 noMarketData']);
    e.frames.wait(1).snapshot(35, [
      [1, 1002, 1],
      [-1, 1003, 1],
    ]);
    e.feed().settle(20);
    // The print went through 1000, but it came while the book was not to be trusted.
    expect(e.told().slice(5)).toEqual([]);
    e.frames.wait(1).diff(41, 50, 40, [
      [-1, 1003, 0],
      [1, 1004, 2],
      [-1, 1006, 1],
    ]);
    e.feed().settle();
    expect(e.told().slice(5)).toEqual(['filled 3 1@1004 maker']);
  });

  it('fills what the first touch after it has passed', () => {
    const e = new Exchange();
    e.place(1, 1, 1000, 1);
    e.settle(20);
    e.frames.wait(1).diff(31, 40, 30, []).ticker(45, 980, 1, 981, 1);
    e.feed().settle(20);
    expect(e.told()).toEqual(['accepted 1 1@1000']);
    e.frames.wait(1).snapshot(35, [
      [1, 980, 1],
      [-1, 981, 1],
    ]);
    e.feed().settle();
    expect(e.told()).toEqual(['accepted 1 1@1000', 'filled 1 1@1000 maker']);
  });

  it('puts an order no further back than what the new book shows', () => {
    const e = new Exchange();
    e.place(1, 1, 998, 1);
    e.settle(20);
    expect(e.ahead(1)).toBe(30);
    e.frames
      .wait(1)
      .diff(31, 40, 30, [])
      .snapshot(35, [
        [1, 1000, 1],
        [1, 998, 12],
        [-1, 1001, 1],
      ]);
    e.feed();
    expect(e.ahead(1)).toBe(12);
  });
});

describe('accounts', () => {
  it('do not see each other', () => {
    const e = new Exchange([{}, {}]);
    e.place(1, 1, 1000, 1, 'gtc', 0);
    e.place(1, 1, 1000, 5, 'gtc', 1);
    e.settle(20);
    e.frames.wait(1).trade(1000, 12, -1);
    e.feed().settle();
    expect(e.told(0)).toEqual(['accepted 1 1@1000', 'filled 1 1@1000 maker']);
    expect(e.told(1)).toEqual(['accepted 1 5@1000', 'filled 1 2@1000 maker']);
  });
});
