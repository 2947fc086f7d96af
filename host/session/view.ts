/** What a strategy sees: the View over the core's memory and the account's own tables. */
import { BookState } from '#generated/records.ts';
import { Instrument } from '#generated/layouts.ts';
import type { View } from '../engine/strategy.ts';
import type { MarketCore } from '../kernels/core.ts';
import type { OwnOrders } from '../portfolio/own-orders.ts';
import type { Positions } from '../portfolio/position.ts';

const BOOK_STATE = Instrument.bookState >> 3;
const BID_TICKS = Instrument.bidTicks >> 3;
const BID_LOTS = Instrument.bidLots >> 3;
const ASK_TICKS = Instrument.askTicks >> 3;
const ASK_LOTS = Instrument.askLots >> 3;
const TRADE_TICKS = Instrument.tradeTicks >> 3;
const TRADE_LOTS = Instrument.tradeLots >> 3;
const TRADE_SIGN = Instrument.tradeSign >> 3;
const MARK_PRICE = Instrument.markPrice >> 3;
const FUNDING_RATE = Instrument.fundingRate >> 3;

export class AccountView implements View {
  readonly memory: Float64Array;
  readonly #f64: Float64Array;
  readonly #base: Int32Array;
  readonly #core: MarketCore;
  readonly #orders: OwnOrders;
  readonly #positions: Positions;

  constructor(core: MarketCore, orders: OwnOrders, positions: Positions, memory: Float64Array) {
    this.#core = core;
    this.#f64 = core.f64;
    this.#base = Int32Array.from({ length: core.instrumentCount }, (_, i) => core.instrumentBase(i));
    this.#orders = orders;
    this.#positions = positions;
    this.memory = memory;
  }

  bidTicks(instrument: number): number {
    return this.#f64[this.#base[instrument]! + BID_TICKS]!;
  }
  bidLots(instrument: number): number {
    return this.#f64[this.#base[instrument]! + BID_LOTS]!;
  }
  askTicks(instrument: number): number {
    return this.#f64[this.#base[instrument]! + ASK_TICKS]!;
  }
  askLots(instrument: number): number {
    return this.#f64[this.#base[instrument]! + ASK_LOTS]!;
  }
  bookState(instrument: number): number {
    return this.#f64[this.#base[instrument]! + BOOK_STATE]!;
  }
  isLive(instrument: number): boolean {
    const at = this.#base[instrument]!;
    const f64 = this.#f64;
    return f64[at + BOOK_STATE] === BookState.live && f64[at + BID_LOTS]! > 0 && f64[at + ASK_LOTS]! > 0;
  }
  /** Half of bid plus ask; 0 where a side is empty. */
  midTicks(instrument: number): number {
    const at = this.#base[instrument]!;
    const f64 = this.#f64;
    return f64[at + BID_LOTS]! > 0 && f64[at + ASK_LOTS]! > 0 ? (f64[at + BID_TICKS]! + f64[at + ASK_TICKS]!) / 2 : 0;
  }
  tradeTicks(instrument: number): number {
    return this.#f64[this.#base[instrument]! + TRADE_TICKS]!;
  }
  tradeLots(instrument: number): number {
    return this.#f64[this.#base[instrument]! + TRADE_LOTS]!;
  }
  tradeSign(instrument: number): number {
    return this.#f64[this.#base[instrument]! + TRADE_SIGN]!;
  }
  markPrice(instrument: number): number {
    return this.#f64[this.#base[instrument]! + MARK_PRICE]!;
  }
  fundingRate(instrument: number): number {
    return this.#f64[this.#base[instrument]! + FUNDING_RATE]!;
  }

  feature(index: number): number {
    return this.#core.output(index);
  }
  featureIsValid(index: number): boolean {
    return this.#core.outputIsValid(index);
  }

  positionLots(instrument: number): number {
    return this.#positions.positionLots(instrument);
  }
  get orderCount(): number {
    return this.#orders.count;
  }
  orderId(slot: number): number {
    return this.#orders.id(slot);
  }
  orderInstrument(slot: number): number {
    return this.#orders.instrument(slot);
  }
  orderSide(slot: number): number {
    return this.#orders.side(slot);
  }
  orderTicks(slot: number): number {
    return this.#orders.priceTicks(slot);
  }
  orderLots(slot: number): number {
    return this.#orders.leavesLots(slot);
  }
  orderState(slot: number): number {
    return this.#orders.state(slot);
  }
}
