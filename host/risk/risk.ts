/**
 * Risk: stands between the engine and the venue, in every replay too. It looks at one command at a time and lets it pass,
 * makes it smaller, or denies it with a rule and a limit. It never denies a cancel. Its one own command is kill: stop for
 * good, then cancel every own order. State stands in a section of the account's buffer; time is the journal's, in ns since
 * its epoch.
 *
 * The caller enters each order that passed into OwnOrders before it asks for the next one, and marks each cancel there:
 * limits count the worst case, all that may still fill, from that table.
 */
import { DenialRule } from '#generated/records.ts';
import type { OwnOrders } from '../portfolio/own-orders.ts';
import { OwnOrderState } from '../portfolio/own-order-state.ts';
import type { Positions } from '../portfolio/position.ts';
import { requireSlots } from '../portfolio/section.ts';
import { checkLimits } from './limits.ts';
import type { AccountLimits, InstrumentLimits, RiskLimits } from './limits.ts';
import { MessageBudget } from './message-budget.ts';

const KILL_RULE = 0;
const KILL_LIMIT = 1;
const PAUSED = 2;
const HEADER_SLOTS = 3;

export class Risk {
  static readonly SLOTS = HEADER_SLOTS + MessageBudget.SLOTS;
  /** Of the last place(): DenialRule code of the rule that denied or reduced it, and that rule's limit. */
  rule: number = DenialRule.none;
  limit = 0;

  readonly #memory: Float64Array;
  protected readonly account: AccountLimits;
  protected readonly instruments: readonly InstrumentLimits[];
  protected readonly orders: OwnOrders;
  protected readonly positions: Positions;
  protected readonly budget: MessageBudget;
  /** By settlement currency of Positions; Infinity where there is no limit. */
  readonly #lossLimits: Float64Array;

  constructor(memory: Float64Array, limits: RiskLimits, orders: OwnOrders, positions: Positions) {
    requireSlots('risk', memory, Risk.SLOTS);
    checkLimits(limits, positions.settlementCurrencies);
    this.#memory = memory;
    this.account = limits.account;
    this.instruments = limits.instruments;
    this.orders = orders;
    this.positions = positions;
    const { messagesPerSecond, messageBurst, cancelShare, lossLimits } = limits.account;
    this.budget = new MessageBudget(memory.subarray(HEADER_SLOTS), messagesPerSecond, messageBurst, cancelShare);
    this.#lossLimits = Float64Array.from(positions.settlementCurrencies, (settle) => {
      return lossLimits.find((loss) => loss.settle === settle)?.amount ?? Infinity;
    });
  }

  get isKilled(): boolean {
    return this.#memory[KILL_RULE] !== DenialRule.none;
  }
  get isPaused(): boolean {
    return this.#memory[PAUSED] === 1;
  }
  pause(): void {
    this.#memory[PAUSED] = 1;
  }
  resume(): void {
    this.#memory[PAUSED] = 0;
  }
  /** For good: nothing but cancels leaves any more. The caller then sends what nextCancel() names. */
  kill(): void {
    this.#stop(DenialRule.killed, 0);
  }

  /**
   * Before each decision: kills the account where the equity of a settlement currency is below its loss limit.
   * `equities` in the order of Positions.settlementCurrencies; NaN is an equity not known, on which nothing can be
   * decided. True where the account is killed.
   */
  checkLoss(equities: ArrayLike<number>): boolean {
    for (let i = 0; i < this.#lossLimits.length; i++) {
      const limit = this.#lossLimits[i]!;
      if (equities[i]! < -limit) this.#stop(DenialRule.lossLimit, limit);
    }
    return this.isKilled;
  }

  /**
   * Lots that may be sent of an order: all of them, fewer, or 0. `rule` and `limit` then say which rule reduced or denied
   * it. `midTicks` is not looked at while the book is not live.
   */
  place(
    instrument: number,
    side: number,
    priceTicks: number,
    lots: number,
    midTicks: number,
    isLive: boolean,
    timeNs: number,
  ): number {
    this.rule = DenialRule.none;
    this.limit = 0;
    this.budget.refill(timeNs);
    const limits = this.instruments[instrument];
    if (limits === undefined || !isOrder(side, priceTicks, lots)) return this.#deny(DenialRule.badCommand, 0);
    if (this.isStopped()) return this.#deny(this.#memory[KILL_RULE]!, this.#memory[KILL_LIMIT]!);
    if (this.isHalted()) return this.#deny(DenialRule.paused, 0);
    if (this.isStale(midTicks, isLive)) return this.#deny(DenialRule.staleData, 0);
    if (this.isBeyondCollar(priceTicks, midTicks, limits)) return this.#deny(DenialRule.priceCollar, limits.collarBps);
    const orderRoom = this.openOrderRoom(instrument, limits);
    if (orderRoom < 1) return this.#deny(DenialRule.maxOpenOrders, this.#openOrderLimit(limits));
    let allowed = lots;
    const sizeRoom = this.orderSizeRoom(limits);
    if (allowed > sizeRoom) {
      allowed = sizeRoom;
      this.rule = DenialRule.maxOrderLots;
      this.limit = limits.maxOrderLots;
    }
    const positionRoom = this.positionRoom(instrument, side, limits);
    if (allowed > positionRoom) {
      allowed = positionRoom;
      this.rule = DenialRule.maxPositionLots;
      this.limit = limits.maxPositionLots;
    }
    if (!(allowed >= 1)) return 0;
    if (!this.hasBudget()) return this.#deny(DenialRule.messageRate, this.account.messagesPerSecond);
    this.budget.spend();
    return allowed;
  }

  /** A cancel always passes; it only has to be counted. Not to be called for an order that is cancelPending already. */
  cancel(timeNs: number): void {
    this.budget.refill(timeNs);
    this.budget.spend();
  }

  /**
   * While the account is killed or paused: the id of an own order that must be cancelled, or -1. The caller sends the
   * cancel through cancel() and OwnOrders.markCancelPending(), and asks again; each answer is another order. An unknown
   * order is cancelled once; after that, reconciliation decides.
   */
  nextCancel(): number {
    if (!this.isKilled && !this.isPaused) return -1;
    const orders = this.orders;
    for (let slot = 0; slot < orders.count; slot++) {
      const state = orders.state(slot);
      if (state === OwnOrderState.cancelPending) continue;
      if (state === OwnOrderState.unknown && orders.cancelCount(slot) > 0) continue;
      return orders.id(slot);
    }
    return -1;
  }

  protected isStopped(): boolean {
    return this.isKilled;
  }

  protected isHalted(): boolean {
    return this.isPaused;
  }

  protected isStale(midTicks: number, isLive: boolean): boolean {
    return !isLive || !(midTicks > 0);
  }

  protected isBeyondCollar(priceTicks: number, midTicks: number, limits: InstrumentLimits): boolean {
    return Math.abs(priceTicks - midTicks) * 10000 > limits.collarBps * midTicks;
  }

  protected openOrderRoom(instrument: number, limits: InstrumentLimits): number {
    const here = limits.maxOpenOrders - this.orders.openOrders(instrument);
    const overall = Math.min(this.account.maxOpenOrders, this.orders.capacity) - this.orders.count;
    return Math.min(here, overall);
  }

  protected orderSizeRoom(limits: InstrumentLimits): number {
    return limits.maxOrderLots;
  }

  /** Lots of `side` that may be added although everything on that side might fill and nothing on the other. */
  protected positionRoom(instrument: number, side: number, limits: InstrumentLimits): number {
    const towards = side * this.positions.positionLots(instrument) + this.orders.mayFillLots(instrument, side);
    return limits.maxPositionLots - towards;
  }

  protected hasBudget(): boolean {
    return this.budget.allowsOrder(this.orders.notYetCancelled());
  }

  #openOrderLimit(limits: InstrumentLimits): number {
    return Math.min(limits.maxOpenOrders, this.account.maxOpenOrders, this.orders.capacity);
  }

  /** The first cause of a kill stands. */
  #stop(rule: number, limit: number): void {
    if (this.isKilled) return;
    this.#memory[KILL_RULE] = rule;
    this.#memory[KILL_LIMIT] = limit;
  }

  #deny(rule: number, limit: number): number {
    this.rule = rule;
    this.limit = limit;
    return 0;
  }
}

function isOrder(side: number, priceTicks: number, lots: number): boolean {
  const isSide = side === 1 || side === -1;
  return isSide && Number.isSafeInteger(priceTicks) && priceTicks > 0 && Number.isSafeInteger(lots) && lots > 0;
}
