/** Positions and profit: exact against BigInt, signs and inverse contracts by hand, the attribution identity. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Positions } from '../../host/portfolio/position.ts';
import type { InstrumentTerms } from '../../host/portfolio/position.ts';

const linear: InstrumentTerms = {
  kind: 'linear',
  settle: 'USDT',
  tickSize: 0.1,
  lotSize: 0.001,
  multiplier: 1,
  makerFeeRate: 0,
  takerFeeRate: 0,
};
const inverse: InstrumentTerms = {
  ...linear,
  kind: 'inverse',
  settle: 'BTC',
  tickSize: 0.5,
  lotSize: 1,
  multiplier: 100,
};

function positions(...instruments: InstrumentTerms[]): Positions {
  return new Positions(new Float64Array(Positions.slots(instruments.length)), instruments);
}

const fill = fc.record({
  side: fc.constantFrom(1, -1),
  priceTicks: fc.integer({ min: 1, max: 10_000_000 }),
  lots: fc.integer({ min: 1, max: 400_000_000 }),
  isMaker: fc.boolean(),
});

describe('linear', () => {
  it('random fills reconcile exactly with BigInt, far past 2^53', () => {
    fc.assert(
      fc.property(fc.array(fill, { maxLength: 200 }), (fills) => {
        const book = positions(linear);
        let [cash, maker, taker, traded, position] = [0n, 0n, 0n, 0n, 0n];
        for (const { side, priceTicks, lots, isMaker } of fills) {
          book.applyFill(0, side, priceTicks, lots, isMaker);
          const value = BigInt(priceTicks) * BigInt(lots);
          cash -= BigInt(side) * value;
          if (isMaker) maker += value;
          else taker += value;
          traded += BigInt(lots);
          position += BigInt(side * lots);
        }
        expect(book.cashTickLots(0)).toBe(Number(cash));
        expect(book.makerTickLots(0)).toBe(Number(maker));
        expect(book.takerTickLots(0)).toBe(Number(taker));
        expect(book.lotsTraded(0)).toBe(Number(traded));
        expect(book.positionLots(0)).toBe(Number(position));
        expect(book.fills(0)).toBe(fills.length);
      }),
    );
  });

  it('signs: a long gains when the mark rises, a short when it falls', () => {
    const long = positions(linear);
    long.applyFill(0, 1, 600_000, 10, true);
    expect(long.equity(0, 600_100)).toBeCloseTo(0.1, 12); // 10 USDT up on 0.01 BTC
    expect(long.equity(0, 599_900)).toBeCloseTo(-0.1, 12);
    const short = positions(linear);
    short.applyFill(0, -1, 600_000, 10, true);
    expect(short.positionLots(0)).toBe(-10);
    expect(short.equity(0, 599_900)).toBeCloseTo(0.1, 12);
  });

  it('a closed position needs no mark; an open one without a mark has no known equity', () => {
    const book = positions(linear);
    book.applyFill(0, 1, 600_000, 10, true);
    expect(book.equity(0, 0)).toBeNaN();
    book.applyFill(0, -1, 600_050, 10, true);
    expect(book.equity(0, 0)).toBeCloseTo(0.05, 12);
  });

  it('fees are paid on the traded value, rebates are received', () => {
    const book = positions({ ...linear, makerFeeRate: -0.0001, takerFeeRate: 0.0005 });
    book.applyFill(0, 1, 500_000, 1000, true); // 50,000 USDT as maker
    expect(book.fees(0)).toBeCloseTo(-5, 12);
    expect(book.equity(0, 500_000)).toBeCloseTo(5, 12);
    book.applyFill(0, -1, 500_000, 1000, false); // as taker
    expect(book.fees(0)).toBeCloseTo(20, 12);
    expect(book.equity(0, 0)).toBeCloseTo(-20, 12);
  });

  it('funding: a long pays a positive rate, a short receives it', () => {
    const book = positions(linear, linear);
    book.applyFill(0, 1, 500_000, 1000, true);
    book.applyFill(1, -1, 500_000, 1000, true);
    for (let i = 0; i < 2; i++) book.applyFunding(i, 0.0001, 510_000);
    expect(book.funding(0)).toBeCloseTo(-5.1, 12);
    expect(book.funding(1)).toBeCloseTo(5.1, 12);
    expect(book.equityIn(0, [500_000, 500_000])).toBeCloseTo(0, 12);
  });

  it('spread, adverse move, inventory and fees add up to the equity (attribution identity)', () => {
    const rates = { makerFeeRate: 0.0002, takerFeeRate: 0.0005 };
    const withMids = fc.array(
      fc.tuple(fill, fc.integer({ min: 1, max: 10_000_000 }), fc.integer({ min: 1, max: 10_000_000 })),
      { minLength: 1, maxLength: 50 },
    );
    fc.assert(
      fc.property(withMids, fc.integer({ min: 1, max: 10_000_000 }), (fills, mark) => {
        const book = positions({ ...linear, ...rates });
        let [spread, adverse, inventory, fees, gross] = [0, 0, 0, 0, 0];
        const value = linear.tickSize * linear.lotSize;
        for (const [{ side, priceTicks, lots, isMaker }, mid, later] of fills) {
          book.applyFill(0, side, priceTicks, lots, isMaker);
          const worth = side * lots * value;
          spread += worth * (mid - priceTicks);
          adverse += worth * (later - mid);
          inventory += worth * (mark - later);
          fees += lots * value * priceTicks * (isMaker ? rates.makerFeeRate : rates.takerFeeRate);
          gross += lots * value * 10_000_000;
        }
        expect(Math.abs(spread + adverse + inventory - fees - book.equity(0, mark))).toBeLessThan(1e-9 * gross);
      }),
    );
  });

  it('the worked example of three fills: 1.60 + 0.00 + 1.50 - 0.08 = 3.02', () => {
    // Prices in tenths; the example's fees are given, not rates.
    const book = positions({ ...linear, tickSize: 0.1, lotSize: 1 });
    book.applyFill(0, 1, 995, 1, true);
    book.applyFill(0, -1, 1006, 1, true);
    book.applyFill(0, 1, 999, 2, true);
    expect(book.equity(0, 1009) - 0.08).toBeCloseTo(3.02, 12);
  });
});

describe('inverse', () => {
  it('a long trade by hand: 100 contracts of 100 USD from 50,000 to 55,000', () => {
    const book = positions({ ...inverse, makerFeeRate: 0.0002, takerFeeRate: 0.0005 });
    book.applyFill(0, 1, 100_000, 100, true); // 10,000 USD = 0.2 BTC
    book.applyFill(0, -1, 110_000, 100, false); // 10,000 USD = 0.1818... BTC
    expect(book.tradingProfit(0, 0)).toBeCloseTo(0.2 - 10_000 / 55_000, 15);
    expect(book.fees(0)).toBeCloseTo(0.2 * 0.0002 + (10_000 / 55_000) * 0.0005, 15);
  });

  it('a short gains in base currency as the price falls, more than the long loses', () => {
    const book = positions(inverse);
    book.applyFill(0, -1, 100_000, 100, true);
    expect(book.equity(0, 90_000)).toBeCloseTo(10_000 / 45_000 - 0.2, 15);
    expect(book.equity(0, 110_000)).toBeCloseTo(10_000 / 55_000 - 0.2, 15);
  });

  it('funding in base currency', () => {
    const book = positions(inverse);
    book.applyFill(0, 1, 100_000, 100, true);
    book.applyFunding(0, 0.0001, 100_000);
    expect(book.funding(0)).toBeCloseTo(-0.2 * 0.0001, 18);
  });

  it('a round trip at one price leaves nothing, however many fills', () => {
    const prices = fc.array(fc.tuple(fc.integer({ min: 1, max: 1e7 }), fc.integer({ min: 1, max: 1e6 })), {
      maxLength: 100,
    });
    fc.assert(
      fc.property(prices, (fills) => {
        const book = positions(inverse);
        for (const [price, lots] of fills) book.applyFill(0, 1, price, lots, true);
        for (const [price, lots] of fills.toReversed()) book.applyFill(0, -1, price, lots, true);
        expect(book.positionLots(0)).toBe(0);
        const traded = fills.reduce((sum, [price, lots]) => sum + lots / price, 0);
        expect(Math.abs(book.equity(0, 0))).toBeLessThanOrEqual(1e-14 * traded * 200);
      }),
    );
  });
});

it('equity is kept per settlement currency', () => {
  const book = positions(linear, inverse, linear);
  expect(book.settlementCurrencies).toEqual(['USDT', 'BTC']);
  book.applyFill(0, 1, 600_000, 10, true);
  book.applyFill(1, 1, 100_000, 100, true);
  book.applyFill(2, -1, 600_000, 20, true);
  const marks = [600_100, 110_000, 600_100];
  expect(book.equityIn(0, marks)).toBeCloseTo(-0.1, 12);
  expect(book.equityIn(1, marks)).toBeCloseTo(0.2 - 10_000 / 55_000, 14);
});

it('terms that make no sense are named', () => {
  expect(() => positions({ ...linear, tickSize: 0 })).toThrow('tickSize 0 is not valid');
});
