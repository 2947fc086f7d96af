/** A view over typed arrays and a writer that keeps what it is told; enough to run a strategy without a market. */
import type { CommandWriter, InstrumentInfo, StrategyContext, View, Wake } from '../../host/engine/strategy.ts';
import { OwnOrderState } from '../../host/engine/strategy.ts';
import { plainMath } from './plain-math.ts';

export const BTC: InstrumentInfo = {
  index: 0,
  venue: 'test',
  symbol: 'BTCUSDT',
  kind: 'linear',
  base: 'BTC',
  quote: 'USDT',
  settle: 'USDT',
  tickSize: 0.1,
  lotSize: 0.001,
  multiplier: 1,
  makerFeeRate: 0.0002,
  takerFeeRate: 0.0005,
};
export const ETH: InstrumentInfo = { ...BTC, index: 1, symbol: 'ETHUSDT', base: 'ETH', tickSize: 0.01 };

export const WAKE: Wake = { reasons: 1, timeNs: 0, instrument: -1, decision: 1 };

/** Features are numbered in the order in which they are asked for. */
export function context(features: string[] = []): StrategyContext {
  return {
    math: plainMath,
    feature(name) {
      if (!features.includes(name)) features.push(name);
      return features.indexOf(name);
    },
  };
}

const TOUCH = 5;
const ORDER = 6;

export class FakeView implements View {
  /** Per instrument: bid ticks, bid lots, ask ticks, ask lots, live. */
  readonly touch = new Float64Array(2 * TOUCH);
  readonly features = new Float64Array(4);
  readonly valid = new Uint8Array(4).fill(1);
  readonly position = new Float64Array(2);
  readonly orders = new Float64Array(16 * ORDER);
  readonly memory: Float64Array = new Float64Array(8);
  orderCount = 0;

  constructor(bidTicks = 600_000, askTicks = 600_001) {
    for (let i = 0; i < 2; i++) this.setTouch(i, bidTicks, 5, askTicks, 5);
    this.features.fill(0.0001);
  }

  setTouch(instrument: number, bidTicks: number, bidLots: number, askTicks: number, askLots: number, live = 1): void {
    this.touch.set([bidTicks, bidLots, askTicks, askLots, live], instrument * TOUCH);
  }
  addOrder(
    id: number,
    side: number,
    ticks: number,
    lots: number,
    state: number = OwnOrderState.live,
    instrument = 0,
  ): void {
    this.orders.set([id, instrument, side, ticks, lots, state], this.orderCount++ * ORDER);
  }

  bidTicks(instrument: number): number {
    return this.touch[instrument * TOUCH]!;
  }
  bidLots(instrument: number): number {
    return this.touch[instrument * TOUCH + 1]!;
  }
  askTicks(instrument: number): number {
    return this.touch[instrument * TOUCH + 2]!;
  }
  askLots(instrument: number): number {
    return this.touch[instrument * TOUCH + 3]!;
  }
  isLive(instrument: number): boolean {
    return this.touch[instrument * TOUCH + 4]! === 1;
  }
  bookState(instrument: number): number {
    return this.isLive(instrument) ? 2 : 0;
  }
  tradeTicks(): number {
    return 0;
  }
  tradeLots(): number {
    return 0;
  }
  tradeSign(): number {
    return 0;
  }
  markPrice(): number {
    return 0;
  }
  fundingRate(): number {
    return 0;
  }
  feature(index: number): number {
    return this.features[index]!;
  }
  featureIsValid(index: number): boolean {
    return this.valid[index]! === 1;
  }
  positionLots(instrument: number): number {
    return this.position[instrument]!;
  }
  orderId(slot: number): number {
    return this.orders[slot * ORDER]!;
  }
  orderInstrument(slot: number): number {
    return this.orders[slot * ORDER + 1]!;
  }
  orderSide(slot: number): number {
    return this.orders[slot * ORDER + 2]!;
  }
  orderTicks(slot: number): number {
    return this.orders[slot * ORDER + 3]!;
  }
  orderLots(slot: number): number {
    return this.orders[slot * ORDER + 4]!;
  }
  orderState(slot: number): number {
    return this.orders[slot * ORDER + 5]!;
  }
}

export interface Placed {
  instrument: number;
  side: number;
  priceTicks: number;
  lots: number;
  timeInForce: number;
  ladder: number[];
}

export class Sheet implements CommandWriter {
  readonly placed: Placed[] = [];
  readonly cancelled: number[] = [];
  code = -1;
  fair = NaN;

  place(instrument: number, side: 1 | -1, priceTicks: number, lots: number, timeInForce: number): number {
    this.placed.push({ instrument, side, priceTicks, lots, timeInForce, ladder: [] });
    return this.placed.length;
  }
  cancel(orderId: number): void {
    this.cancelled.push(orderId);
  }
  ladder(values: Float64Array): void {
    this.placed.at(-1).ladder = [...values];
  }
  reason(code: number): void {
    this.code = code;
  }
  fairTicks(ticks: number): void {
    this.fair = ticks;
  }
  of(side: number): Placed | undefined {
    return this.placed.find((order) => order.side === side);
  }
}

/** A writer that keeps the last values in fixed slots and allocates nothing. */
export class CountingWriter implements CommandWriter {
  readonly counts = new Float64Array(4);
  readonly rows = new Float64Array(16);

  place(_instrument: number, _side: 1 | -1, priceTicks: number, lots: number): number {
    this.counts[0]! += 1;
    this.counts[1] = priceTicks * lots;
    return this.counts[0]!;
  }
  cancel(orderId: number): void {
    this.counts[2] = orderId;
  }
  ladder(values: Float64Array): void {
    this.rows.set(values);
  }
  reason(code: number): void {
    this.counts[3] = code;
  }
  fairTicks(ticks: number): void {
    this.rows[15] = ticks;
  }
}
