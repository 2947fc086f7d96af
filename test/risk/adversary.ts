/**
 * A small world around risk: a strategy that sends anything, a venue that answers anything, and a judge that looks only at
 * what left and what the venue holds. The venue fills any order that it has, in parts, whenever it likes, before and after
 * confirmations, cancels and refusals; its answers arrive later. It does not fill what it said has ended.
 */
import fc from 'fast-check';
import { Kind } from '#generated/records.ts';
import { OwnOrderState } from '../../host/portfolio/own-order-state.ts';
import { OwnOrders } from '../../host/portfolio/own-orders.ts';
import { Positions } from '../../host/portfolio/position.ts';
import type { InstrumentTerms } from '../../host/portfolio/position.ts';
import type { RiskLimits } from '../../host/risk/limits.ts';
import { Risk } from '../../host/risk/risk.ts';

const TERMS: InstrumentTerms = {
  kind: 'linear',
  settle: 'USDT',
  tickSize: 0.1,
  lotSize: 0.001,
  multiplier: 1,
  makerFeeRate: 0,
  takerFeeRate: 0,
};

export const LIMITS: RiskLimits = {
  account: {
    messagesPerSecond: 20,
    messageBurst: 16,
    cancelShare: 0.25,
    maxOpenOrders: 5,
    lossLimits: [{ settle: 'USDT', amount: 100 }],
  },
  instruments: [
    { maxOrderLots: 6, maxPositionLots: 10, collarBps: 100, maxOpenOrders: 4 },
    { maxOrderLots: 3, maxPositionLots: 4, collarBps: 50, maxOpenOrders: 2 },
  ],
};
const CAPACITY = 8;

export type Step =
  | { readonly do: 'wait'; readonly ns: number }
  | { readonly do: 'mid'; readonly instrument: number; readonly ticks: number }
  | { readonly do: 'book'; readonly instrument: number; readonly live: boolean }
  | {
      readonly do: 'place';
      readonly instrument: number;
      readonly side: number;
      readonly offsetBps: number;
      readonly lots: number;
    }
  | { readonly do: 'cancel'; readonly pick: number }
  | { readonly do: 'venue'; readonly pick: number; readonly answer: Answer; readonly lots: number }
  | { readonly do: 'deliver'; readonly count: number }
  | { readonly do: 'lose touch'; readonly pick: number }
  | { readonly do: 'operator'; readonly action: 'pause' | 'resume' | 'kill' }
  | { readonly do: 'equity'; readonly amount: number };

type Answer = 'accept' | 'reject' | 'fill' | 'cancel' | 'refuse cancel' | 'expire';

const instrument = fc.nat(1);
const pick = fc.nat(20);
const place = fc.record({
  do: fc.constant('place' as const),
  instrument,
  side: fc.constantFrom(1, -1),
  offsetBps: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: -20, max: 20 }) }, fc.integer({ min: -300, max: 300 })),
  lots: fc.integer({ min: 1, max: 9 }),
});
const venue = fc.record({
  do: fc.constant('venue' as const),
  pick,
  answer: fc.constantFrom<Answer>(
    'accept',
    'accept',
    'fill',
    'fill',
    'fill',
    'cancel',
    'refuse cancel',
    'reject',
    'expire',
  ),
  lots: fc.integer({ min: 1, max: 6 }),
});

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: place },
    { weight: 8, arbitrary: venue },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('deliver' as const), count: fc.integer({ min: 1, max: 4 }) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('cancel' as const), pick }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ns: fc.nat(100_000_000) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('mid' as const),
        instrument,
        ticks: fc.integer({ min: 90_000, max: 110_000 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('book' as const), instrument, live: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('lose touch' as const), pick }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('operator' as const),
        action: fc.constantFrom(
          'pause' as const,
          'resume' as const,
          'resume' as const,
          'resume' as const,
          'kill' as const,
        ),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('equity' as const), amount: fc.integer({ min: -130, max: 2000 }) }),
    },
  ),
  { minLength: 20, maxLength: 160, size: 'max' },
);

interface VenueOrder {
  readonly id: number;
  readonly instrument: number;
  readonly side: number;
  leaves: number;
}
interface Message {
  readonly kind: number;
  readonly id: number;
  readonly lots: number;
  readonly order: VenueOrder;
}
type RiskClass = new (...args: ConstructorParameters<typeof Risk>) => Risk;

/** Plays the steps; returns the first rule that was broken, or undefined. */
export function play(sequence: readonly Step[], Variant: RiskClass = Risk): string | undefined {
  const orders = new OwnOrders(new Float64Array(OwnOrders.slots(CAPACITY)), CAPACITY);
  const positions = new Positions(new Float64Array(Positions.slots(2)), [TERMS, TERMS]);
  const risk = new Variant(new Float64Array(Risk.SLOTS), LIMITS, orders, positions);
  const alive: VenueOrder[] = [];
  const inFlight: Message[] = [];
  const held = [0, 0];
  const mids = [100_000, 100_000];
  const live = [true, true];
  const sentNs: number[] = [];
  let [timeNs, nextId, equity] = [0, 1, 0];
  let [killed, lost, paused] = [false, false, false];

  const sendCancel = (slot: number): void => {
    const isFirst = orders.cancelCount(slot) === 0;
    risk.cancel(timeNs);
    orders.markCancelPending(orders.id(slot));
    if (isFirst) sentNs.push(timeNs);
  };

  /** The judge's look at one order that risk let pass. */
  const wrongOrder = (at: number, priceTicks: number, lots: number): string | undefined => {
    const limits = LIMITS.instruments[at]!;
    if (killed) return 'order after kill';
    if (lost) return 'order after the loss limit';
    if (paused) return 'order while paused';
    if (!live[at]!) return 'order on a stale book';
    if (lots > limits.maxOrderLots) return 'order too large';
    if (Math.abs(priceTicks / mids[at]! - 1) * 10000 > limits.collarBps + 1e-9) return 'price outside the collar';
    return undefined;
  };

  /** What holds at any time. */
  const wrongWorld = (): string | undefined => {
    for (let at = 0; at < 2; at++) {
      for (const side of [1, -1]) {
        const towards = alive.filter((order) => order.instrument === at && order.side === side);
        const worst = side * held[at]! + towards.reduce((sum, order) => sum + order.leaves, 0);
        // The position alone may pass nothing, and neither may it with all that the venue can still fill on that side.
        if (towards.length > 0 && worst > LIMITS.instruments[at]!.maxPositionLots) return 'position';
      }
      if (Math.abs(held[at]!) > LIMITS.instruments[at]!.maxPositionLots) return 'position';
      if (orders.openOrders(at) > LIMITS.instruments[at]!.maxOpenOrders) return 'too many open orders';
    }
    if (orders.count > LIMITS.account.maxOpenOrders) return 'too many open orders';
    const newest = sentNs.length - 1;
    for (let from = newest; from >= 0; from--) {
      const seconds = (sentNs[newest]! - sentNs[from]!) / 1e9;
      const budget = LIMITS.account.messageBurst + seconds * LIMITS.account.messagesPerSecond;
      if (newest - from + 1 > budget + 1e-6) return 'message rate';
    }
    return undefined;
  };

  for (const step of sequence) {
    switch (step.do) {
      case 'wait':
        timeNs += step.ns;
        break;
      case 'mid':
        mids[step.instrument] = step.ticks;
        break;
      case 'book':
        live[step.instrument] = step.live;
        break;
      case 'equity':
        equity = step.amount;
        if (equity < -100) lost = true;
        break;
      case 'operator':
        if (step.action === 'pause') risk.pause();
        if (step.action === 'resume') risk.resume();
        if (step.action === 'kill') risk.kill();
        paused = step.action === 'pause' || (paused && step.action !== 'resume');
        killed ||= step.action === 'kill';
        break;
      case 'place': {
        const at = step.instrument;
        const priceTicks = Math.round(mids[at]! * (1 + step.offsetBps / 10000));
        risk.checkLoss([equity]);
        const lots = risk.place(at, step.side, priceTicks, step.lots, mids[at]!, live[at]!, timeNs);
        if (lots === 0) break;
        if (!Number.isSafeInteger(lots) || lots < 0 || lots > step.lots) return 'size made larger';
        const wrong = wrongOrder(at, priceTicks, lots);
        if (wrong !== undefined) return wrong;
        if (!orders.add(nextId, at, step.side, priceTicks, lots, timeNs)) return 'too many open orders';
        alive.push({ id: nextId++, instrument: at, side: step.side, leaves: lots });
        sentNs.push(timeNs);
        break;
      }
      case 'cancel': {
        if (orders.count === 0) break;
        const slot = step.pick % orders.count;
        if (orders.state(slot) !== OwnOrderState.cancelPending) sendCancel(slot);
        break;
      }
      case 'lose touch':
        if (orders.count > 0) orders.markUnknown(orders.id(step.pick % orders.count));
        break;
      case 'venue': {
        if (alive.length === 0) break;
        const at = step.pick % alive.length;
        const order = alive[at]!;
        const lots = Math.min(step.lots, order.leaves);
        if (step.answer === 'accept')
          inFlight.push({ kind: Kind.orderAccepted, id: order.id, lots: order.leaves, order });
        else if (step.answer === 'refuse cancel')
          inFlight.push({ kind: Kind.cancelRejected, id: order.id, lots: 0, order });
        else if (step.answer === 'fill') {
          order.leaves -= lots;
          held[order.instrument]! += order.side * lots;
          inFlight.push({ kind: Kind.orderFilled, id: order.id, lots, order });
          if (order.leaves === 0) alive.splice(at, 1);
        } else {
          const kinds = { reject: Kind.orderRejected, cancel: Kind.orderCancelled, expire: Kind.orderExpired };
          alive.splice(at, 1);
          inFlight.push({ kind: kinds[step.answer], id: order.id, lots: order.leaves, order });
        }
        break;
      }
      case 'deliver':
        for (const message of inFlight.splice(0, step.count)) {
          if (message.kind === Kind.orderFilled) {
            positions.applyFill(message.order.instrument, message.order.side, 100_000, message.lots, true);
          }
          orders.apply(message.kind, message.id, message.lots, timeNs);
        }
        break;
    }
    risk.checkLoss([equity]);
    for (let id = risk.nextCancel(); id >= 0; id = risk.nextCancel()) sendCancel(orders.find(id));
    if (killed || lost || paused) {
      for (let slot = 0; slot < orders.count; slot++) {
        if (orders.cancelCount(slot) === 0) return 'an order was left without a cancel';
      }
    }
    const wrong = wrongWorld();
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
