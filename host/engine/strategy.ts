/**
 * What a strategy is: plain data in, fixed commands out. It has no clock, no random number, no file and no socket; it is
 * woken, reads the view, writes commands, and keeps what it must remember in `view.memory`, which the host saves.
 * Prices are in ticks, sizes in whole lots, times in Numbers of nanoseconds since the journal's epoch.
 */

/** What is known of an instrument before the first record. */
export interface InstrumentInfo {
  readonly index: number;
  readonly venue: string;
  readonly symbol: string;
  readonly kind: 'spot' | 'linear' | 'inverse' | 'outcome';
  readonly base: string;
  readonly quote: string;
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

/** Why the strategy is woken. The same object is reused for every wake. */
export interface Wake {
  /** Bits of WakeReason. */
  readonly reasons: number;
  readonly timeNs: number;
  /** The instrument whose touch or book state woke us, or -1. */
  readonly instrument: number;
  /** Number of this decision, from 1. */
  readonly decision: number;
}

/** Everything that a strategy may read. All methods are O(1) and allocate nothing. */
export interface View {
  /** The touch: the newer of the book and the venue's best bid and ask. Valid where the size is above 0. */
  bidTicks(instrument: number): number;
  bidLots(instrument: number): number;
  askTicks(instrument: number): number;
  askLots(instrument: number): number;
  /** True where the book is live and both sides of the touch have size. */
  isLive(instrument: number): boolean;
  /** BookState code. */
  bookState(instrument: number): number;
  /** Last print: price, size, and +1 where the aggressor bought, -1 where it sold. */
  tradeTicks(instrument: number): number;
  tradeLots(instrument: number): number;
  tradeSign(instrument: number): number;
  markPrice(instrument: number): number;
  fundingRate(instrument: number): number;

  /** Output `index` (see StrategyContext.feature). Meaningful only where featureIsValid. */
  feature(index: number): number;
  featureIsValid(index: number): boolean;

  /** Our own position, long positive. */
  positionLots(instrument: number): number;
  /** Own orders that may still fill, in slots 0 .. orderCount-1, oldest first. */
  readonly orderCount: number;
  orderId(slot: number): number;
  orderInstrument(slot: number): number;
  /** +1 buy, -1 sell. */
  orderSide(slot: number): number;
  orderTicks(slot: number): number;
  /** Not yet executed. */
  orderLots(slot: number): number;
  /** OwnOrderState code: sent, live, cancelPending, unknown. */
  orderState(slot: number): number;

  /** What init() asked for; saved and restored by the host, zero at the start. */
  readonly memory: Float64Array;
}

/** Where a strategy writes its commands; they are taken in the order in which they are written. */
export interface CommandWriter {
  /**
   * A new limit order. `timeInForce`: TimeInForce code (gtx is post-only).
   * Returns the order's client id, derived from the decision's number.
   */
  place(instrument: number, side: 1 | -1, priceTicks: number, lots: number, timeInForce: number): number;
  cancel(orderId: number): void;
  /**
   * The ladder of the quote that place() returned last: a value for each row of Strategy.ladder, in ticks (lots for
   * sizes). The values are copied. A Float64Array made once in init() and filled for each quote costs no allocation.
   */
  ladder(values: Float64Array): void;
  /** Why the strategy did what it did: a code of its own, kept on the decision record. */
  reason(code: number): void;
  /** The fair price on which this decision rests, in ticks; kept on the decision record. */
  fairTicks(ticks: number): void;
}

/** The functions that are not exact in every engine, computed by kernels.wasm, bit-equal everywhere. */
export interface ExactMath {
  exp(x: number): number;
  log(x: number): number;
  log1p(x: number): number;
  expm1(x: number): number;
  pow(x: number, y: number): number;
  tanh(x: number): number;
}

export interface StrategyContext {
  readonly math: ExactMath;
  /** Index of a feature's output, e.g. feature('ofi.value'), as named in the configuration. Throws if it is not configured. */
  feature(name: string): number;
}

/** One declared parameter; the configuration is checked against it. */
export interface ParameterSpec {
  readonly default: number | string | boolean;
  readonly unit: string;
  readonly doc: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** A number must be a whole one. */
  readonly wholeNumber?: boolean;
  /** Valid values of a text parameter. */
  readonly oneOf?: readonly string[];
}

export type Parameters = Readonly<Record<string, number | string | boolean>>;

export interface Decider {
  /** Slots of 8 bytes that the strategy wants in view.memory. */
  readonly memory: number;
  /** Pure: reads `wake` and `view`, writes `out`, allocates nothing. */
  decide(wake: Wake, view: View, out: CommandWriter): void;
}

export interface Strategy {
  readonly name: string;
  readonly doc: string;
  readonly parameters: Readonly<Record<string, ParameterSpec>>;
  /** Names of the ladder's rows, in the order in which they add up; at most 16. */
  readonly ladder: readonly string[];
  /** Names of the reason codes, from 0. */
  readonly reasons: readonly string[];
  /** Called at the start and again after a restore; all that is to last stands in view.memory. */
  init(parameters: Parameters, instruments: readonly InstrumentInfo[], context: StrategyContext): Decider;
}

export { OwnOrderState } from '../portfolio/own-order-state.ts';
