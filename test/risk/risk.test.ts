/** Each rule of risk by example: what passes, what is made smaller, what is denied, and with which limit. */
import { describe, expect, it } from 'vitest';
import { DenialRule } from '#generated/records.ts';
import { OwnOrders } from '../../host/portfolio/own-orders.ts';
import { Positions } from '../../host/portfolio/position.ts';
import type { RiskLimits } from '../../host/risk/limits.ts';
import { Risk } from '../../host/risk/risk.ts';

const LIMITS: RiskLimits = {
  account: {
    messagesPerSecond: 10,
    messageBurst: 10,
    cancelShare: 0.2,
    maxOpenOrders: 4,
    lossLimits: [{ settle: 'USDT', amount: 50 }],
  },
  instruments: [{ maxOrderLots: 5, maxPositionLots: 8, collarBps: 100, maxOpenOrders: 3 }],
};
const MID = 100_000;

function world(limits: RiskLimits = LIMITS) {
  const terms = { kind: 'linear', settle: 'USDT', tickSize: 0.1, lotSize: 0.001, multiplier: 1 } as const;
  const orders = new OwnOrders(new Float64Array(OwnOrders.slots(4)), 4);
  const positions = new Positions(new Float64Array(Positions.slots(1)), [
    { ...terms, makerFeeRate: 0, takerFeeRate: 0 },
  ]);
  const memory = new Float64Array(Risk.SLOTS);
  const risk = new Risk(memory, limits, orders, positions);
  const place = (side: number, lots: number, priceTicks = MID, midTicks = MID, isLive = true, timeNs = 0) => {
    return [risk.place(0, side, priceTicks, lots, midTicks, isLive, timeNs), risk.rule, risk.limit];
  };
  return { orders, positions, memory, risk, place };
}

describe('an order', () => {
  it('within every limit passes', () => {
    expect(world().place(1, 5)).toEqual([5, DenialRule.none, 0]);
  });

  it('above max_order_lots is made smaller', () => {
    expect(world().place(1, 9)).toEqual([5, DenialRule.maxOrderLots, 5]);
  });

  it('is made smaller so that the worst case holds the position limit, and denied below one lot', () => {
    const { orders, positions, place } = world();
    positions.applyFill(0, 1, MID, 2, true);
    orders.add(1, 0, 1, MID, 3, 0);
    orders.markCancelPending(1);
    expect(place(1, 5)).toEqual([3, DenialRule.maxPositionLots, 8]);
    orders.add(2, 0, 1, MID, 3, 0);
    expect(place(1, 5)).toEqual([0, DenialRule.maxPositionLots, 8]);
    expect(place(-1, 5)).toEqual([5, DenialRule.none, 0]);
  });

  it('that reduces a position above the limit passes', () => {
    const { positions, place } = world();
    positions.applyFill(0, -1, MID, 12, true);
    expect(place(-1, 1)).toEqual([0, DenialRule.maxPositionLots, 8]);
    expect(place(1, 5)).toEqual([5, DenialRule.none, 0]);
  });

  it('outside the collar is denied, at its edge not', () => {
    const { place } = world();
    expect(place(1, 1, 101_000)[0]).toBe(1);
    expect(place(1, 1, 101_001)).toEqual([0, DenialRule.priceCollar, 100]);
    expect(place(1, 1, 98_999)).toEqual([0, DenialRule.priceCollar, 100]);
  });

  it('on a book that is not live, or without a mid, is denied', () => {
    expect(world().place(1, 1, MID, MID, false)).toEqual([0, DenialRule.staleData, 0]);
    expect(world().place(1, 1, MID, 0)).toEqual([0, DenialRule.staleData, 0]);
    expect(world().place(1, 1, MID, NaN)).toEqual([0, DenialRule.staleData, 0]);
  });

  it('that makes no sense is denied', () => {
    const { place, risk } = world();
    for (const [side, lots, price] of [
      [0, 1, MID],
      [1, 0, MID],
      [1, 1.5, MID],
      [1, -1, MID],
      [1, NaN, MID],
      [1, 1, 0],
      [1, 1, 0.5],
      [1, Infinity, MID],
    ] as const) {
      expect(place(side, lots, price)).toEqual([0, DenialRule.badCommand, 0]);
    }
    expect([risk.place(7, 1, MID, 1, MID, true, 0), risk.rule]).toEqual([0, DenialRule.badCommand]);
  });

  it('beyond max_open_orders is denied', () => {
    const { orders, place } = world();
    for (let id = 1; id <= 3; id++) orders.add(id, 0, 1, MID, 1, 0);
    expect(place(1, 1)).toEqual([0, DenialRule.maxOpenOrders, 3]);
  });

  it('while paused is denied, after resume not', () => {
    const { risk, place } = world();
    risk.pause();
    expect(place(1, 1)).toEqual([0, DenialRule.paused, 0]);
    risk.resume();
    expect(place(1, 1)[0]).toBe(1);
  });
});

describe('the message budget', () => {
  it('denies orders long before it is empty, keeps a message per order, and refills with time', () => {
    const { orders, risk, place } = world();
    // Ten messages; two are set aside, and each open order keeps one.
    for (let id = 1; id <= 3; id++) {
      expect(place(1, 1)[0]).toBe(1);
      orders.add(id, 0, 1, MID, 1, 0);
      if (id === 2) {
        risk.cancel(0);
        orders.markCancelPending(1);
        orders.cancelled(1);
      }
    }
    // 10 - 3 orders - 1 cancel = 6; two orders are open.
    for (let round = 0; round < 3; round++) expect(place(-1, 1)[0]).toBe(1); // never entered: 3 left
    expect(place(-1, 1)).toEqual([0, DenialRule.messageRate, 10]);
    risk.cancel(0);
    orders.markCancelPending(2);
    risk.cancel(0);
    orders.markCancelPending(3);
    expect(place(-1, 1, MID, MID, true, 50_000_000)[0]).toBe(0);
    expect(place(-1, 1, MID, MID, true, 300_000_000)[0]).toBe(1);
  });

  it('goes into debt for repeated cancels, which orders then repay', () => {
    const { risk, place } = world();
    for (let i = 0; i < 15; i++) risk.cancel(0);
    expect(place(1, 1, MID, MID, true, 600_000_000)[1]).toBe(DenialRule.messageRate);
    expect(place(1, 1, MID, MID, true, 900_000_000)[0]).toBe(1);
  });

  it('does not refill when time stands still or goes back', () => {
    const { risk, place } = world();
    for (let i = 0; i < 10; i++) risk.cancel(1e9);
    expect(place(1, 1, MID, MID, true, 0)[1]).toBe(DenialRule.messageRate);
    expect(place(1, 1, MID, MID, true, 1e9)[1]).toBe(DenialRule.messageRate);
  });
});

describe('kill', () => {
  it('stops for good and names each own order once, but not those whose cancel is on its way', () => {
    const { orders, risk, place } = world();
    for (let id = 1; id <= 3; id++) orders.add(id, 0, 1, MID, 1, 0);
    orders.markCancelPending(2);
    expect(risk.nextCancel()).toBe(-1);
    risk.kill();
    const cancelled: number[] = [];
    for (let id = risk.nextCancel(); id >= 0; id = risk.nextCancel()) {
      cancelled.push(id);
      risk.cancel(0);
      orders.markCancelPending(id);
    }
    expect(cancelled).toEqual([1, 3]);
    orders.cancelRejected(1);
    expect(risk.nextCancel()).toBe(-1);
    risk.resume();
    expect(place(1, 1)).toEqual([0, DenialRule.killed, 0]);
  });

  it('comes of itself below the loss limit, and its denials name it', () => {
    const { risk, place } = world();
    expect(risk.checkLoss([-50])).toBe(false);
    expect(risk.checkLoss([NaN])).toBe(false);
    expect(risk.checkLoss([-50.01])).toBe(true);
    expect(risk.checkLoss([1000])).toBe(true);
    expect(place(1, 1)).toEqual([0, DenialRule.lossLimit, 50]);
  });

  it('lasts in the saved state', () => {
    const { risk, memory, orders, positions } = world();
    risk.kill();
    const copy = new Risk(memory.slice(), LIMITS, orders, positions);
    expect(copy.isKilled).toBe(true);
  });
});

describe('limits that make no sense are named', () => {
  const account = (change: object): RiskLimits => ({ ...LIMITS, account: { ...LIMITS.account, ...change } });
  const instrument = (change: object): RiskLimits => ({
    ...LIMITS,
    instruments: [{ ...LIMITS.instruments[0]!, ...change }],
  });
  for (const [limits, message] of [
    [account({ messagesPerSecond: 0 }), 'messages_per_second is 0; valid is a number above 0'],
    [account({ messageBurst: 1 }), 'message_burst is 1; valid is a number from 2'],
    [account({ cancelShare: 1 }), 'cancel_share is 1'],
    [account({ maxOpenOrders: 0 }), 'max_open_orders is 0; valid is a whole number from 1'],
    [account({ lossLimits: [{ settle: 'EUR', amount: 5 }] }), 'loss_limit is EUR; valid is a settlement currency'],
    [instrument({ maxOrderLots: 1.5 }), 'max_order_lots of instrument 0 is 1.5'],
    [instrument({ maxPositionLots: -1 }), 'max_position_lots of instrument 0 is -1'],
    [instrument({ collarBps: NaN }), 'collar_bps of instrument 0 is NaN'],
  ] as const) {
    it(message, () => {
      expect(() => world(limits)).toThrow(message);
    });
  }
});
