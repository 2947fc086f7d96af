/** Columns: the window about the price, unknown against zero, prints, own orders, and the ring that forgets the oldest. */
import { describe, expect, it } from 'vitest';
import {
  type BookReader,
  CELLS,
  ColumnBuilder,
  ColumnRing,
  MAX_OWN,
  META,
  META_FIELDS,
  OWN,
  type OwnOrder,
} from '../../web/replica/columns.ts';

/** A book with 7 lots at every tenth tick, bids up to 1000, asks from 1001. */
function book(bid = 1000, isLive = true): BookReader {
  return {
    isLive,
    bidTicks: bid,
    bidLots: 3,
    askTicks: bid + 1,
    askLots: 4,
    readLevels: (firstTick, count, bids, asks) => {
      for (let i = 0; i < count; i++) {
        const tick = firstTick + i;
        bids[i] = tick <= bid && tick % 10 === 0 ? 7 : 0;
        asks[i] = tick > bid && tick % 10 === 0 ? 7 : 0;
      }
    },
  };
}

const order = (id: number, side: number, priceTicks: number, queueAheadLots: number | null): OwnOrder => ({
  id,
  side,
  priceTicks,
  leavesLots: 2,
  queueAheadLots,
});

function ringOf(build: (builder: ColumnBuilder) => void): ColumnRing {
  const builder = new ColumnBuilder();
  build(builder);
  const ring = new ColumnRing(600);
  ring.put(builder.take(null));
  return ring;
}

describe('a column', () => {
  it('tells bid from ask, nothing from unknown', () => {
    const ring = ringOf((builder) => builder.close(5, book(), []));
    const slot = ring.slot(5);
    expect(ring.size(slot, 990)).toBe(7);
    expect(ring.size(slot, 1010)).toBe(-7);
    expect(ring.size(slot, 991)).toBe(0);
    expect(ring.size(slot, 1000 - CELLS)).toBeNaN();
    expect(ring.get(slot, META.bidTicks)).toBe(1000);
    expect(ring.get(slot, META.askTicks)).toBe(1001);
  });

  it('of a book that is not live is unknown everywhere', () => {
    const ring = ringOf((builder) => {
      builder.close(1, book(), []);
      builder.close(2, book(1000, false), []);
    });
    expect(ring.size(ring.slot(1), 990)).toBe(7);
    expect(ring.size(ring.slot(2), 990)).toBeNaN();
    expect(ring.get(ring.slot(2), META.bidTicks)).toBeNaN();
  });

  it('has the prints since the column before, at their mean price', () => {
    const ring = ringOf((builder) => {
      builder.trade(1001, 3, 1);
      builder.trade(1003, 1, 1);
      builder.trade(1000, 5, -1);
      builder.trade(1000, 5, 0);
      builder.close(1, book(), []);
      builder.close(2, book(), []);
    });
    const slot = ring.slot(1);
    expect(ring.get(slot, META.buyLots)).toBe(4);
    expect(ring.get(slot, META.buyTicks)).toBe(1001.5);
    expect(ring.get(slot, META.sellLots)).toBe(5);
    expect(ring.get(ring.slot(2), META.buyLots)).toBe(0);
    expect(ring.get(ring.slot(2), META.buyTicks)).toBeNaN();
  });

  it('has own orders with what is ahead and behind, as many as it holds', () => {
    const many = Array.from({ length: MAX_OWN + 3 }, (_, i) =>
      order(i + 1, i % 2 === 0 ? 1 : -1, i % 2 === 0 ? 990 : 1010, i === 0 ? null : 5),
    );
    const ring = ringOf((builder) => builder.close(1, book(), many));
    const slot = ring.slot(1);
    expect(ring.get(slot, META.ownCount)).toBe(MAX_OWN);
    expect(ring.get(slot, META.own + OWN.aheadLots)).toBeNaN();
    const second = META.own + 5;
    expect(ring.get(slot, second + OWN.signedLots)).toBe(-2);
    expect(ring.get(slot, second + OWN.aheadLots)).toBe(5);
    expect(ring.get(slot, second + OWN.behindLots)).toBe(2);
  });

  it('keeps its window while the price is in the middle half of it', () => {
    const ring = ringOf((builder) => {
      for (const [i, bid] of [1000, 1000 + CELLS / 4 - 5, 1000 + CELLS / 2].entries()) builder.close(i, book(bid), []);
    });
    const base = [0, 1, 2].map((i) => ring.get(ring.slot(i), META.baseTick));
    expect(base[1]).toBe(base[0]);
    expect(base[2]).toBe(1000 + CELLS / 2 - CELLS / 2);
  });
});

describe('the builder', () => {
  it('gives finished columns once and the open one as it stands', () => {
    const builder = new ColumnBuilder();
    builder.close(1, book(), []);
    builder.trade(1001, 2, 1);
    const open = { index: 2, book: book(), own: [] };
    expect(builder.take(open).count).toBe(2);
    const again = builder.take(open);
    expect(again.count).toBe(1);
    expect(again.meta[META.index]).toBe(2);
    expect(again.meta[META.buyLots]).toBe(2);
  });

  it('gives up the oldest where nobody takes them', () => {
    const builder = new ColumnBuilder();
    for (let i = 0; i < ColumnBuilder.WAITING + 10; i++) builder.close(i, book(), []);
    const batch = builder.take(null);
    expect(batch.count).toBe(ColumnBuilder.WAITING);
    expect(batch.meta[META.index]).toBe(10);
    expect(batch.meta[(batch.count - 1) * META_FIELDS + META.index]).toBe(ColumnBuilder.WAITING + 9);
  });
});

describe('the ring', () => {
  it('replaces, leaves gaps missing, and forgets what is older than it is long', () => {
    const ring = new ColumnRing(10);
    const builder = new ColumnBuilder();
    for (const index of [3, 4, 7]) builder.close(index, book(), []);
    ring.put(builder.take(null));
    expect([ring.first, ring.last]).toEqual([3, 7]);
    expect(ring.slot(5)).toBe(-1);
    builder.trade(1001, 9, 1);
    builder.close(7, book(), []);
    builder.close(15, book(), []);
    ring.put(builder.take(null));
    expect([ring.first, ring.last]).toEqual([6, 15]);
    expect(ring.get(ring.slot(7), META.buyLots)).toBe(9);
    expect(ring.slot(4)).toBe(-1);
    builder.close(5, book(), []);
    ring.put(builder.take(null));
    expect(ring.slot(5)).toBe(-1);
    expect(ring.slot(15)).toBeGreaterThanOrEqual(0);
    ring.clear();
    expect(ring.slot(15)).toBe(-1);
  });
});
