/** The bundled strategies, decision by decision. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimeInForce } from '#generated/records.ts';
import { glftConstants } from '../../host/engine/glft.ts';
import { checkStrategy, initStrategy, resolveParameters } from '../../host/engine/load-strategy.ts';
import { OwnOrderState } from '../../host/engine/strategy.ts';
import glft from '../../host/engine/strategies/glft.ts';
import grid from '../../host/engine/strategies/grid.ts';
import { BTC, ETH, FakeView, Sheet, WAKE, context } from './fake-view.ts';
import { plainMath } from './plain-math.ts';

const GIVEN = { order_lots: 2, max_position_lots: 6, k: 5000, gamma: 1, a: 2, min_half_spread_bps: 0 };

function decide(view: FakeView, given: Record<string, unknown> = {}, instruments = [BTC]): Sheet {
  const decider = initStrategy(glft, resolveParameters(glft, { ...GIVEN, ...given }), instruments, context());
  const sheet = new Sheet();
  decider.decide(WAKE, view, sheet);
  return sheet;
}

describe('glft', () => {
  it('quotes both sides post-only at the distances of the formula', () => {
    const sheet = decide(new FakeView());
    const { c1, c2 } = glftConstants({ unit: 'relative', gamma: 1, k: 5000, a: 2, orderLots: 2 }, plainMath);
    const half = (c1 + c2 * 0.0001 * Math.exp((5000 * 0.0002) / 2) + 0.0002) * 600_000.5;
    expect(sheet.of(1)).toMatchObject({
      priceTicks: Math.floor(600_000.5 - half),
      lots: 2,
      timeInForce: TimeInForce.gtx,
    });
    expect(sheet.of(-1)).toMatchObject({
      priceTicks: Math.ceil(600_000.5 + half),
      lots: 2,
      timeInForce: TimeInForce.gtx,
    });
    expect([sheet.code, sheet.fair]).toEqual([0, 600_000.5]);
  });

  it('every ladder adds up to the price, from a touch, a position and parameters of any kind; prices never take', () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(
        fc.record({
          bid: fc.integer({ min: 10_000, max: 1_000_000 }),
          width: fc.integer({ min: 1, max: 500 }),
          bidLots: fc.integer({ min: 1, max: 100 }),
          askLots: fc.integer({ min: 1, max: 100 }),
          position: fc.integer({ min: -30, max: 30 }),
          sigma: number(0, 0.01),
          fee: fc.constantFrom(-0.0002, 0, 0.0002),
          unit: fc.constantFrom('ticks', 'relative', 'quote'),
          fair: fc.constantFrom('mid', 'weightedMid'),
          gamma: number(0.0001, 2),
          k: number(0.01, 3),
          min: number(0, 5),
          max: number(5, 100),
        }),
        (x) => {
          const view = new FakeView();
          view.setTouch(0, x.bid, x.bidLots, x.bid + x.width, x.askLots);
          view.position[0] = x.position;
          view.features.fill(x.sigma);
          const scale = x.unit === 'relative' ? 5000 : 1;
          const sheet = decide(
            view,
            {
              unit: x.unit,
              gamma: x.gamma * scale,
              k: x.k * scale,
              fair_price: x.fair,
              max_position_lots: 40,
              min_half_spread_bps: x.min,
              max_half_spread_bps: x.max,
            },
            [{ ...BTC, makerFeeRate: x.fee }],
          );
          expect(sheet.placed).toHaveLength(2);
          for (const order of sheet.placed) {
            expect(order.ladder).toHaveLength(glft.ladder.length);
            const sum = order.ladder.slice(0, -1).reduce((total, row) => total + row, 0);
            expect(Math.abs(sum - order.priceTicks)).toBeLessThan(1e-6);
            expect(order.ladder.at(-1)).toBe(order.priceTicks);
            expect(Number.isSafeInteger(order.priceTicks)).toBe(true);
          }
          const [bid, ask] = [sheet.of(1)!.priceTicks, sheet.of(-1)!.priceTicks];
          expect(bid).toBeLessThan(x.bid + x.width);
          expect(ask).toBeGreaterThan(x.bid);
          expect(bid).toBeLessThan(ask);
          // Rounding and guard only ever move a quote away from the other side.
          for (const row of ['rounding', 'guard']) {
            const at = glft.ladder.indexOf(row);
            expect(sheet.of(1)!.ladder[at]).toBeLessThanOrEqual(0);
            expect(sheet.of(-1)!.ladder[at]).toBeGreaterThanOrEqual(0);
          }
        },
      ),
    );
  });

  it('stays finite and adds up where k and the fee do not fit each other', () => {
    for (const sigma of [0, 1e-63, 0.001]) {
      const view = new FakeView(780_331, 780_332);
      view.features.fill(sigma);
      view.position[0] = -4;
      for (const order of decide(view, { unit: 'ticks', k: 50, gamma: 0.0001 }).placed) {
        const sum = order.ladder.slice(0, -1).reduce((total, row) => total + row, 0);
        expect(Math.abs(sum - order.priceTicks)).toBeLessThan(1e-6);
      }
    }
  });

  it('moves both quotes against the inventory, and more with more of it', () => {
    const at = (position: number) => {
      const view = new FakeView();
      view.position[0] = position;
      const sheet = decide(view, { max_position_lots: 100 });
      return [sheet.of(1)!.priceTicks, sheet.of(-1)!.priceTicks] as const;
    };
    const [short, flat, long, longer] = [at(-3), at(0), at(3), at(6)];
    for (const side of [0, 1] as const) {
      expect(short[side]).toBeGreaterThan(flat[side]);
      expect(flat[side]).toBeGreaterThan(long[side]);
      expect(long[side]).toBeGreaterThan(longer[side]);
    }
  });

  it('widens with volatility and keeps its half-spread within the clamps', () => {
    const width = (sigma: number, given = {}) => {
      const view = new FakeView();
      view.features.fill(sigma);
      const sheet = decide(view, given);
      return sheet.of(-1)!.priceTicks - sheet.of(1)!.priceTicks;
    };
    expect(width(0.0004)).toBeGreaterThan(width(0.0001));
    expect(width(0.1, { max_half_spread_bps: 3 })).toBe(361); // 2 x 180.00015 ticks, rounded outwards
    expect(width(0, { min_half_spread_bps: 20 })).toBe(2401);
  });

  it('shrinks to the room left and quotes one side only at the position limit', () => {
    const view = new FakeView();
    view.position[0] = 5;
    expect(decide(view).placed.map((order) => [order.side, order.lots])).toEqual([
      [1, 1],
      [-1, 2],
    ]);
    view.position[0] = 6;
    expect(decide(view).placed.map((order) => order.side)).toEqual([-1]);
    view.position[0] = -6;
    expect(decide(view).placed.map((order) => order.side)).toEqual([1]);
  });

  it('cancels what it cannot quote any more at the limit', () => {
    const view = new FakeView();
    view.position[0] = 6;
    view.addOrder(9, 1, 599_000, 2);
    expect(decide(view).cancelled).toEqual([9]);
  });

  it('the guard keeps a quote one tick from the other side where the weighted mid lies beyond', () => {
    const view = new FakeView();
    view.setTouch(0, 600_000, 1, 600_100, 1_000_000);
    const given = { fair_price: 'weightedMid', max_half_spread_bps: 0.0001, min_half_spread_bps: 0 };
    const sheet = decide(view, given);
    expect(sheet.of(-1)!.priceTicks).toBeGreaterThanOrEqual(600_001);
    expect(sheet.of(1)!.priceTicks).toBeLessThan(sheet.of(-1)!.priceTicks);
  });

  describe('an order that stands', () => {
    const wanted = decide(new FakeView()).of(1)!.priceTicks;
    const with1 = (ticks: number, lots: number, state: number = OwnOrderState.live) => {
      const view = new FakeView();
      view.addOrder(9, 1, ticks, lots, state);
      const sheet = decide(view);
      return { cancelled: sheet.cancelled, bids: sheet.placed.filter((order) => order.side === 1).length };
    };
    it('is kept within the tolerance', () => {
      expect(with1(wanted + 2, 2)).toEqual({ cancelled: [], bids: 0 });
      expect(with1(wanted - 2, 2)).toEqual({ cancelled: [], bids: 0 });
    });
    it('is cancelled beyond it, and only then placed anew', () => {
      expect(with1(wanted + 3, 2)).toEqual({ cancelled: [9], bids: 0 });
    });
    it('is cancelled when its size differs', () => {
      expect(with1(wanted, 1)).toEqual({ cancelled: [9], bids: 0 });
    });
    it('blocks its side while it is sent, cancel pending or unknown', () => {
      for (const state of [OwnOrderState.sent, OwnOrderState.cancelPending, OwnOrderState.unknown]) {
        expect(with1(wanted + 50, 2, state)).toEqual({ cancelled: [], bids: 0 });
      }
    });
    it('does not block the other side or another instrument', () => {
      const view = new FakeView();
      view.addOrder(9, 1, wanted, 2, OwnOrderState.live, 1);
      expect(decide(view).placed).toHaveLength(2);
    });
  });

  it('quotes nothing and cancels on a book that is not live, and says why', () => {
    const view = new FakeView();
    view.setTouch(0, 600_000, 5, 600_001, 5, 0);
    view.addOrder(1, 1, 599_000, 2);
    view.addOrder(2, -1, 601_000, 2, OwnOrderState.sent);
    view.addOrder(3, -1, 601_000, 2, OwnOrderState.cancelPending);
    view.addOrder(4, -1, 601_000, 2, OwnOrderState.unknown);
    const sheet = decide(view);
    expect([sheet.placed.length, sheet.cancelled, glft.reasons[sheet.code]]).toEqual([0, [1, 2], 'bookNotLive']);
  });

  it('quotes nothing while sigma is not valid', () => {
    const view = new FakeView();
    view.valid.fill(0);
    view.addOrder(1, 1, 599_000, 2);
    const sheet = decide(view);
    expect([sheet.placed.length, sheet.cancelled, glft.reasons[sheet.code]]).toEqual([0, [1], 'sigmaNotValid']);
  });

  it('quotes each instrument with the sigma of its own', () => {
    const view = new FakeView();
    view.features[1] = 0.001;
    const sheet = decide(view, { sigma_feature: 'rv-{symbol}.sigma' }, [BTC, ETH]);
    const width = (instrument: number) => {
      const [bid, ask] = sheet.placed.filter((order) => order.instrument === instrument);
      return ask!.priceTicks - bid!.priceTicks;
    };
    expect(width(1)).toBeGreaterThan(width(0));
    expect(() => decide(view, {}, [BTC, ETH])).toThrow('would serve 2 instruments; write {symbol}');
    expect(decide(view, { instrument: 'ETHUSDT' }, [BTC, ETH]).placed.map((order) => order.instrument)).toEqual([1, 1]);
    expect(() => decide(view, { instrument: 'SOLUSDT' })).toThrow('instrument "SOLUSDT" is not configured');
  });

  it('refuses clamps that contradict each other', () => {
    expect(() => decide(new FakeView(), { min_half_spread_bps: 9, max_half_spread_bps: 8 })).toThrow(
      'is above max_half_spread_bps 8',
    );
  });
});

describe('grid', () => {
  const run = (view: FakeView, given: Record<string, unknown> = {}) => {
    const decider = initStrategy(
      grid,
      resolveParameters(grid, { distance_ticks: 10, follow_ticks: 5, ...given }),
      [BTC],
      context(),
    );
    const sheet = new Sheet();
    decider.decide(WAKE, view, sheet);
    return sheet;
  };

  it('keeps its distance from the anchor, which follows in steps and lives in the memory', () => {
    const view = new FakeView(1000, 1002);
    const prices = () => run(view).placed.map((order) => order.priceTicks);
    expect(prices()).toEqual([991, 1011]);
    view.setTouch(0, 1004, 5, 1006, 5);
    expect(prices()).toEqual([991, 1011]);
    view.setTouch(0, 1007, 5, 1009, 5);
    expect(prices()).toEqual([998, 1018]);
  });

  it('adds up, respects the position limit, and cancels when the book is not live', () => {
    const view = new FakeView(1000, 1001);
    for (const order of run(view).placed) {
      expect(order.ladder.slice(0, -1).reduce((sum, row) => sum + row, 0)).toBe(order.priceTicks);
    }
    view.position[0] = 10;
    expect(run(view).placed.map((order) => order.side)).toEqual([-1]);
    view.addOrder(3, 1, 991, 1);
    view.setTouch(0, 1000, 5, 1001, 5, 0);
    const sheet = run(view);
    expect([sheet.placed.length, sheet.cancelled]).toEqual([0, [3]]);
  });
});

it('both are strategies by the letter', () => {
  for (const strategy of [glft, grid]) expect(checkStrategy(strategy)).toBe(strategy);
});
