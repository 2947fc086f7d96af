/**
 * Positions, profit and fees, kept as sums of whole numbers from which money is computed when it is read: rounding never
 * accumulates. Prices are in ticks, sizes in whole lots. Spot, linear and outcome instruments are worth
 * `ticks x tickSize x lots x lotSize x multiplier` of their settlement currency; an inverse contract is worth `multiplier`
 * quote currency, and is settled in the base currency: `contracts x multiplier x (1/entry - 1/exit)` for a long one.
 * Inverse values are quotients and funding is a decimal rate, so those two are sums of f64, compensated after Neumaier.
 */
import { EXACT_SUM_SLOTS, addExact, exactValue } from './exact-sum.ts';
import { requireSlots } from './section.ts';

/** What a position must know of its instrument. */
export interface InstrumentTerms {
  readonly kind: 'spot' | 'linear' | 'inverse' | 'outcome';
  readonly settle: string;
  /** Quote currency per tick. */
  readonly tickSize: number;
  /** Base currency, or contracts, per lot. */
  readonly lotSize: number;
  /** Contract value: 1 for spot and linear; quote currency per contract for inverse. */
  readonly multiplier: number;
  /** Fraction of the traded value; negative is a rebate. */
  readonly makerFeeRate: number;
  readonly takerFeeRate: number;
}

const SUM = EXACT_SUM_SLOTS;
const POSITION_LOTS = 0;
const FILLS = 1;
/** Exact sums, ticks x lots (lots for the last). */
const CASH = 2;
const MAKER = CASH + SUM;
const TAKER = MAKER + SUM;
const LOTS = TAKER + SUM;
/** Compensated sums, lots/tick: value and compensation. */
const INVERSE_CASH = LOTS + SUM;
const INVERSE_MAKER = INVERSE_CASH + 2;
const INVERSE_TAKER = INVERSE_MAKER + 2;
/** Compensated sum, settlement currency. */
const FUNDING = INVERSE_TAKER + 2;
const ROW_SLOTS = FUNDING + 2;

export class Positions {
  readonly #memory: Float64Array;
  readonly #inverse: readonly boolean[];
  /** Settlement currency per tick x lot; for an inverse instrument per lot/tick. */
  readonly #worth: Float64Array;
  readonly #makerFeeRate: Float64Array;
  readonly #takerFeeRate: Float64Array;
  readonly #settle: readonly string[];
  /** Every settlement currency, in the order of the instruments. */
  readonly settlementCurrencies: readonly string[];

  /** Slots for so many instruments. */
  static slots(instruments: number): number {
    return instruments * ROW_SLOTS;
  }

  constructor(memory: Float64Array, instruments: readonly InstrumentTerms[]) {
    requireSlots('positions', memory, Positions.slots(instruments.length));
    this.#memory = memory;
    this.#inverse = instruments.map((terms) => terms.kind === 'inverse');
    this.#worth = Float64Array.from(instruments, (terms) => {
      for (const name of ['tickSize', 'lotSize', 'multiplier'] as const) {
        if (!(terms[name] > 0))
          throw new Error(`positions: ${name} ${terms[name]} is not valid; give a number above 0`);
      }
      const contracts = terms.lotSize * terms.multiplier;
      return terms.kind === 'inverse' ? contracts / terms.tickSize : contracts * terms.tickSize;
    });
    this.#makerFeeRate = Float64Array.from(instruments, (terms) => terms.makerFeeRate);
    this.#takerFeeRate = Float64Array.from(instruments, (terms) => terms.takerFeeRate);
    this.#settle = instruments.map((terms) => terms.settle);
    this.settlementCurrencies = [...new Set(this.#settle)];
  }

  /**
   * A fill of ours. `side` +1 bought, -1 sold; `priceTicks` above 0 and `lots` whole, their product below 2^52. At an
   * inverse instrument the price must be a whole number of ticks as well.
   */
  applyFill(instrument: number, side: number, priceTicks: number, lots: number, isMaker: boolean): void {
    const memory = this.#memory;
    const at = instrument * ROW_SLOTS;
    memory[at + POSITION_LOTS]! += side * lots;
    memory[at + FILLS]! += 1;
    addExact(memory, at + LOTS, lots);
    const value = priceTicks * lots;
    addExact(memory, at + CASH, -side * value);
    addExact(memory, at + (isMaker ? MAKER : TAKER), value);
    if (this.#inverse[instrument]!) {
      const inverse = lots / priceTicks;
      addCompensated(memory, at + INVERSE_CASH, side * inverse);
      addCompensated(memory, at + (isMaker ? INVERSE_MAKER : INVERSE_TAKER), inverse);
    }
  }

  /** A funding payment at the mark: the long side pays `rate` (a fraction) of its value to the short one. */
  applyFunding(instrument: number, rate: number, markTicks: number): void {
    const at = instrument * ROW_SLOTS;
    const lots = this.#memory[at + POSITION_LOTS]!;
    if (lots === 0) return;
    const value = this.#inverse[instrument]! ? lots / markTicks : lots * markTicks;
    addCompensated(this.#memory, at + FUNDING, -rate * value * this.#worth[instrument]!);
  }

  /** Long positive. */
  positionLots(instrument: number): number {
    return this.#memory[instrument * ROW_SLOTS + POSITION_LOTS]!;
  }
  fills(instrument: number): number {
    return this.#memory[instrument * ROW_SLOTS + FILLS]!;
  }
  lotsTraded(instrument: number): number {
    return exactValue(this.#memory, instrument * ROW_SLOTS + LOTS);
  }
  /** Sold minus bought, ticks x lots. */
  cashTickLots(instrument: number): number {
    return exactValue(this.#memory, instrument * ROW_SLOTS + CASH);
  }
  /** Traded as maker, ticks x lots. */
  makerTickLots(instrument: number): number {
    return exactValue(this.#memory, instrument * ROW_SLOTS + MAKER);
  }
  /** Traded as taker, ticks x lots. */
  takerTickLots(instrument: number): number {
    return exactValue(this.#memory, instrument * ROW_SLOTS + TAKER);
  }

  /** Fees paid, settlement currency; negative where rebates outweigh them. */
  fees(instrument: number): number {
    const memory = this.#memory;
    const at = instrument * ROW_SLOTS;
    const inverse = this.#inverse[instrument]!;
    const maker = inverse ? compensatedValue(memory, at + INVERSE_MAKER) : exactValue(memory, at + MAKER);
    const taker = inverse ? compensatedValue(memory, at + INVERSE_TAKER) : exactValue(memory, at + TAKER);
    return (
      (maker * this.#makerFeeRate[instrument]! + taker * this.#takerFeeRate[instrument]!) * this.#worth[instrument]!
    );
  }

  /** Funding received, settlement currency; negative where it was paid. */
  funding(instrument: number): number {
    return compensatedValue(this.#memory, instrument * ROW_SLOTS + FUNDING);
  }

  /**
   * Realised and unrealised profit at the mark, before fees and funding, settlement currency. NaN where a position stands
   * and the mark is not above 0: unknown, and to be treated as such.
   */
  tradingProfit(instrument: number, markTicks: number): number {
    const memory = this.#memory;
    const at = instrument * ROW_SLOTS;
    const lots = memory[at + POSITION_LOTS]!;
    if (lots !== 0 && !(markTicks > 0)) return NaN;
    if (this.#inverse[instrument]!) {
      const open = lots === 0 ? 0 : lots / markTicks;
      return (compensatedValue(memory, at + INVERSE_CASH) - open) * this.#worth[instrument]!;
    }
    const open = lots === 0 ? 0 : lots * markTicks;
    return (exactValue(memory, at + CASH) + open) * this.#worth[instrument]!;
  }

  /** Trading profit less fees, with funding. NaN as tradingProfit(). */
  equity(instrument: number, markTicks: number): number {
    return this.tradingProfit(instrument, markTicks) - this.fees(instrument) + this.funding(instrument);
  }

  /** Equity of all instruments settled in `currency` (an index into settlementCurrencies), each at its mark in ticks. */
  equityIn(currency: number, marksTicks: ArrayLike<number>): number {
    const name = this.settlementCurrencies[currency]!;
    let sum = 0;
    for (let instrument = 0; instrument < this.#settle.length; instrument++) {
      if (this.#settle[instrument] === name) sum += this.equity(instrument, marksTicks[instrument]!);
    }
    return sum;
  }
}

function addCompensated(memory: Float64Array, at: number, term: number): void {
  const sum = memory[at]!;
  const next = sum + term;
  memory[at + 1]! += Math.abs(sum) >= Math.abs(term) ? sum - next + term : term - next + sum;
  memory[at] = next;
}

function compensatedValue(memory: Float64Array, at: number): number {
  return memory[at]! + memory[at + 1]!;
}
