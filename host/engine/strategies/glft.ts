/**
 * The default strategy: one bid and one ask around a fair price at the distances of host/engine/glft.ts.
 *
 * At most one order stands on a side. A quote is replaced in two steps, cancel and, once the venue has confirmed it, place:
 * while an order of that side is sent, cancel pending or unknown, nothing new is sent there. An unknown order is left to
 * reconciliation. When the book is not live or sigma is not valid, what stands is cancelled.
 *
 * The ladder's rows are signed moves of the price in ticks; from `fair` to `guard` they add up to `final`.
 */
import { TimeInForce } from '#generated/records.ts';
import { feeFactor, glftConstants, skewTicksPerLot, ticksPerUnit } from '../glft.ts';
import type { GlftConstants, GlftUnit } from '../glft.ts';
import type {
  CommandWriter,
  Decider,
  InstrumentInfo,
  Parameters,
  Strategy,
  StrategyContext,
  View,
  Wake,
} from '../strategy.ts';
import { OwnOrderState } from '../strategy.ts';

const LADDER = [
  'fair',
  'halfSpread',
  'volatility',
  'fee',
  'clamp',
  'inventory',
  'inventoryCap',
  'rounding',
  'guard',
  'final',
] as const;
const FAIR = 0;
const HALF_SPREAD = 1;
const VOLATILITY = 2;
const FEE = 3;
const CLAMP = 4;
const INVENTORY = 5;
const INVENTORY_CAP = 6;
const ROUNDING = 7;
const GUARD = 8;
const FINAL = 9;

const QUOTING = 0;
const BOOK_NOT_LIVE = 1;
const SIGMA_NOT_VALID = 2;

/** What a decision about one instrument rests on, fixed at the start. */
interface Quoter {
  readonly instrument: number;
  readonly sigmaFeature: number;
  readonly constants: GlftConstants;
  readonly k: number;
  readonly tickSize: number;
  readonly feeRate: number;
  /** Of the unit 'relative', where the fee does not depend on the price; 0 where it must be computed per decision. */
  readonly fixedFeeFactor: number;
}

class GlftDecider implements Decider {
  readonly memory = 0;
  readonly #quoters: readonly Quoter[];
  readonly #context: StrategyContext;
  readonly #weighted: boolean;
  /** The ladder at hand; nothing in it outlasts a decision. */
  readonly #rows = new Float64Array(LADDER.length);
  readonly #orderLots: number;
  readonly #maxPositionLots: number;
  readonly #minHalfSpread: number;
  readonly #maxHalfSpread: number;
  readonly #toleranceTicks: number;

  constructor(parameters: Parameters, instruments: readonly InstrumentInfo[], context: StrategyContext) {
    const number = (name: string): number => parameters[name] as number;
    const text = (name: string): string => parameters[name] as string;
    this.#context = context;
    this.#weighted = text('fair_price') === 'weightedMid';
    this.#orderLots = number('order_lots');
    this.#maxPositionLots = number('max_position_lots');
    this.#minHalfSpread = number('min_half_spread_bps') / 10000;
    this.#maxHalfSpread = number('max_half_spread_bps') / 10000;
    this.#toleranceTicks = number('tolerance_ticks');
    if (this.#minHalfSpread > this.#maxHalfSpread) {
      throw new Error(
        `glft: min_half_spread_bps ${number('min_half_spread_bps')} is above max_half_spread_bps ${number('max_half_spread_bps')}`,
      );
    }
    const quoted = chosen(instruments, text('instrument'));
    const feature = text('sigma_feature');
    if (quoted.length > 1 && !feature.includes('{symbol}')) {
      throw new Error(
        `glft: sigma_feature "${feature}" would serve ${quoted.length} instruments; write {symbol} where the name holds the symbol, or name one instrument`,
      );
    }
    const unit = text('unit') as GlftUnit;
    const k = number('k');
    const constants = glftConstants(
      { unit, gamma: number('gamma'), k, a: number('a'), orderLots: this.#orderLots },
      context.math,
    );
    this.#quoters = quoted.map((info) => ({
      instrument: info.index,
      sigmaFeature: context.feature(feature.replace('{symbol}', info.symbol)),
      constants,
      k,
      tickSize: info.tickSize,
      feeRate: info.makerFeeRate,
      fixedFeeFactor: unit === 'relative' ? feeFactor(k, info.makerFeeRate, context.math) : 0,
    }));
  }

  /** Every instrument, whatever woke us; reason and fair price on the decision are those of the last one. */
  decide(_wake: Wake, view: View, out: CommandWriter): void {
    for (let i = 0; i < this.#quoters.length; i++) this.#decideOne(this.#quoters[i]!, view, out);
  }

  #decideOne(quoter: Quoter, view: View, out: CommandWriter): void {
    const instrument = quoter.instrument;
    const live = view.isLive(instrument);
    if (!live || !view.featureIsValid(quoter.sigmaFeature)) {
      out.reason(live ? SIGMA_NOT_VALID : BOOK_NOT_LIVE);
      cancelSide(instrument, 1, view, out);
      cancelSide(instrument, -1, view, out);
      return;
    }
    const bidTicks = view.bidTicks(instrument);
    const askTicks = view.askTicks(instrument);
    let fairTicks = (bidTicks + askTicks) / 2;
    if (this.#weighted) {
      const bidLots = view.bidLots(instrument);
      const askLots = view.askLots(instrument);
      fairTicks = (bidTicks * askLots + askTicks * bidLots) / (bidLots + askLots);
    }
    out.fairTicks(fairTicks);
    out.reason(QUOTING);

    const { constants, feeRate } = quoter;
    const unitTicks = ticksPerUnit(constants.unit, fairTicks, quoter.tickSize);
    const feeTicks = feeRate * fairTicks;
    const factor =
      quoter.fixedFeeFactor > 0 ? quoter.fixedFeeFactor : feeFactor(quoter.k, feeTicks / unitTicks, this.#context.math);
    // No term may be larger than the price itself: what is lost to the clamp stays a number one can add up.
    const perLotLimit = fairTicks / Math.max(this.#orderLots, this.#maxPositionLots);
    const perLotTicks = Math.min(
      skewTicksPerLot(constants, view.feature(quoter.sigmaFeature), fairTicks, factor),
      perLotLimit,
    );
    const baseTicks = Math.min(constants.c1 * unitTicks, fairTicks);
    const volatilityTicks = (this.#orderLots / 2) * perLotTicks;
    const wanted = baseTicks + volatilityTicks + feeTicks;
    const halfTicks = Math.min(Math.max(wanted, this.#minHalfSpread * fairTicks), this.#maxHalfSpread * fairTicks);
    const positionLots = view.positionLots(instrument);
    const skewTicks = positionLots * perLotTicks;
    // The skew is capped at the half-spread, so that no quote passes the fair price.
    const cappedTicks = Math.min(Math.max(skewTicks, -halfTicks), halfTicks);

    const bidExact = fairTicks - halfTicks - cappedTicks;
    const askExact = fairTicks + halfTicks - cappedTicks;
    const bidRounded = Math.floor(bidExact);
    const askRounded = Math.ceil(askExact);
    // Post-only: never at or through the other side; bid < ask follows, since both keep to their side of the touch.
    const bid = Math.min(bidRounded, askTicks - 1);
    const ask = Math.max(askRounded, bidTicks + 1, bid + 1);

    const rows = this.#rows;
    const bidLots = Math.min(this.#orderLots, this.#maxPositionLots - positionLots);
    const askLots = Math.min(this.#orderLots, this.#maxPositionLots + positionLots);
    if (this.#mayPlace(instrument, 1, bid, bidLots, view, out)) {
      out.place(instrument, 1, bid, bidLots, TimeInForce.gtx);
      rows[FAIR] = fairTicks;
      rows[HALF_SPREAD] = -baseTicks;
      rows[VOLATILITY] = -volatilityTicks;
      rows[FEE] = -feeTicks;
      rows[CLAMP] = wanted - halfTicks;
      rows[INVENTORY] = -skewTicks;
      rows[INVENTORY_CAP] = skewTicks - cappedTicks;
      rows[ROUNDING] = bidRounded - bidExact;
      rows[GUARD] = bid - bidRounded;
      rows[FINAL] = bid;
      out.ladder(rows);
    }
    if (this.#mayPlace(instrument, -1, ask, askLots, view, out)) {
      out.place(instrument, -1, ask, askLots, TimeInForce.gtx);
      rows[FAIR] = fairTicks;
      rows[HALF_SPREAD] = baseTicks;
      rows[VOLATILITY] = volatilityTicks;
      rows[FEE] = feeTicks;
      rows[CLAMP] = halfTicks - wanted;
      rows[INVENTORY] = -skewTicks;
      rows[INVENTORY_CAP] = skewTicks - cappedTicks;
      rows[ROUNDING] = askRounded - askExact;
      rows[GUARD] = ask - askRounded;
      rows[FINAL] = ask;
      out.ladder(rows);
    }
  }

  /** Cancels a live quote that differs from what is wanted; true where the side is free for the wanted one. */
  #mayPlace(
    instrument: number,
    side: 1 | -1,
    priceTicks: number,
    lots: number,
    view: View,
    out: CommandWriter,
  ): boolean {
    let free = lots >= 1 && priceTicks >= 1;
    const wanted = free;
    for (let slot = 0; slot < view.orderCount; slot++) {
      if (view.orderInstrument(slot) !== instrument || view.orderSide(slot) !== side) continue;
      free = false;
      if (view.orderState(slot) !== OwnOrderState.live) continue;
      const moved = Math.abs(view.orderTicks(slot) - priceTicks) > this.#toleranceTicks;
      if (!wanted || moved || view.orderLots(slot) !== lots) out.cancel(view.orderId(slot));
    }
    return free;
  }
}

/** Cancels what is sent or live on a side. */
function cancelSide(instrument: number, side: 1 | -1, view: View, out: CommandWriter): void {
  for (let slot = 0; slot < view.orderCount; slot++) {
    if (view.orderInstrument(slot) !== instrument || view.orderSide(slot) !== side) continue;
    const state = view.orderState(slot);
    if (state === OwnOrderState.live || state === OwnOrderState.sent) out.cancel(view.orderId(slot));
  }
}

function chosen(instruments: readonly InstrumentInfo[], symbol: string): readonly InstrumentInfo[] {
  if (symbol === '') return instruments;
  const found = instruments.filter((info) => info.symbol === symbol);
  if (found.length === 0) {
    const symbols = instruments.map((info) => info.symbol).join(', ');
    throw new Error(`glft: instrument "${symbol}" is not configured; valid are: ${symbols}, or "" for all of them`);
  }
  return found;
}

const glft: Strategy = {
  name: 'glft',
  doc: 'One bid and one ask at the distances of Guéant, Lehalle and Fernandez-Tapia, skewed against the inventory.',
  parameters: {
    instrument: {
      default: '',
      unit: 'symbol',
      doc: 'the instrument that is quoted; empty: every instrument of the account',
    },
    fair_price: {
      default: 'mid',
      unit: 'name',
      doc: 'mid of the touch, or the touch weighted by the size of the other side',
      oneOf: ['mid', 'weightedMid'],
    },
    sigma_feature: {
      default: 'realisedVolatility.sigmaRelPerSqrtSecond',
      unit: 'feature',
      doc: 'volatility relative to the price per sqrt(second); {symbol} stands for the symbol',
    },
    unit: {
      default: 'relative',
      unit: 'name',
      doc: 'unit system of gamma and k: ticks, relative to the price, or quote currency',
      oneOf: ['ticks', 'relative', 'quote'],
    },
    gamma: { default: 0.5, unit: '1/(unit x lot)', doc: 'risk aversion', minimum: 1e-12 },
    k: { default: 10000, unit: '1/unit', doc: 'decay of the fill rate with the distance from the mid', minimum: 1e-12 },
    a: { default: 1, unit: '1/s', doc: 'fill rate at the mid', minimum: 1e-12 },
    order_lots: { default: 1, unit: 'lots', doc: 'size of each quote', minimum: 1, wholeNumber: true },
    max_position_lots: {
      default: 10,
      unit: 'lots',
      doc: 'no bid at this position, no ask at minus this',
      minimum: 1,
      wholeNumber: true,
    },
    min_half_spread_bps: { default: 0.1, unit: 'bps', doc: 'least half-spread, before the inventory skew', minimum: 0 },
    max_half_spread_bps: {
      default: 50,
      unit: 'bps',
      doc: 'largest half-spread, before the inventory skew',
      minimum: 0,
    },
    tolerance_ticks: {
      default: 2,
      unit: 'ticks',
      doc: 'a quote is replaced when it is off by more than this',
      minimum: 0,
    },
  },
  ladder: LADDER,
  reasons: ['quoting', 'bookNotLive', 'sigmaNotValid'],
  init: (parameters, instruments, context) => new GlftDecider(parameters, instruments, context),
};

export default glft;
