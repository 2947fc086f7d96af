/**
 * Quoting distances after Guéant, Lehalle and Fernandez-Tapia, closed-form approximation with order size D: equations
 * (4.6) and (4.7) of O. Guéant, "Optimal market making", Applied Mathematical Finance 24 (2017), with xi = gamma (CARA):
 *
 *     c1 = ln(1 + gamma D / k) / (gamma D)
 *     c2 = sqrt(gamma / (2 A D k) (1 + gamma D / k)^(1 + k / (gamma D)))
 *     half-spread = c1 + D/2 sigma c2        skew = q sigma c2
 *     bid = fair - half-spread - skew        ask = fair + half-spread - skew
 *
 * Fills of an order at distance d arrive at the rate A e^(-k d). A maker fee f is added to the distance, which is exact for
 * the first term and turns A into A e^(-k f) in the second. What needs ln and exp is computed once, at the start; a decision
 * takes + - * /.
 *
 * Units: distances, 1/k and sigma are in one unit of price, in ticks, in quote currency, or relative to the price; gamma
 * is per that unit and per lot (a risk aversion per unit of money, times the lot), q and D are in lots, A is per second.
 */
import type { ExactMath } from './strategy.ts';

export type GlftUnit = 'ticks' | 'relative' | 'quote';

export interface GlftParameters {
  readonly unit: GlftUnit;
  /** Risk aversion, 1/(unit x lot), above 0. */
  readonly gamma: number;
  /** Decay of the fill rate with distance, 1/unit, above 0. */
  readonly k: number;
  /** Fill rate at distance 0, 1/s, above 0. */
  readonly a: number;
  /** D, lots, above 0. */
  readonly orderLots: number;
}

export interface GlftConstants {
  readonly unit: GlftUnit;
  /** Distance that volatility does not touch, unit. */
  readonly c1: number;
  /** Distance per lot of inventory and unit of sigma, sqrt(s)/lot. */
  readonly c2: number;
}

/** Throws where a parameter is not a finite number above 0; the error names it. */
export function glftConstants(parameters: GlftParameters, math: ExactMath): GlftConstants {
  const { unit, gamma, k, a, orderLots } = parameters;
  for (const [name, value] of [
    ['gamma', gamma],
    ['k', k],
    ['a', a],
    ['order_lots', orderLots],
  ] as const) {
    if (!(value > 0 && value < Infinity))
      throw new Error(`GLFT: ${name} is ${value}; valid is a finite number above 0`);
  }
  const gammaD = gamma * orderLots;
  const logTerm = math.log1p(gammaD / k);
  const c1 = logTerm / gammaD;
  const power = math.exp((1 + k / gammaD) * logTerm);
  const c2 = Math.sqrt((gamma / (2 * a * orderLots * k)) * power);
  if (!(c1 > 0 && c2 > 0 && c2 < Infinity)) {
    throw new Error(
      `GLFT: gamma ${gamma}, k ${k}, a ${a}, order_lots ${orderLots} give no finite distance; check their units`,
    );
  }
  return { unit, c1, c2 };
}

/** eta = A (1 + gamma/k)^-(1 + k/gamma), 1/s: the rate of fills at the optimum of a flat book; A/e as gamma goes to 0. */
export function glftEta(a: number, gamma: number, k: number, math: ExactMath): number {
  return a * math.exp(-(1 + k / gamma) * math.log1p(gamma / k));
}

/** Ticks per unit of price. `fairTicks`: the price to which 'relative' refers. */
export function ticksPerUnit(unit: GlftUnit, fairTicks: number, tickSize: number): number {
  if (unit === 'ticks') return 1;
  return unit === 'relative' ? fairTicks : 1 / tickSize;
}

/** Largest exponent of the fee factor; e^200 is beyond every distance that a quote may have. */
const MAX_FEE_EXPONENT = 200;

/**
 * Factor of c2 by which a maker fee (in the unit of 1/k) reduces the fill rate: sqrt(1 / e^(-k f)). Always finite, so that
 * it can meet a sigma of 0.
 */
export function feeFactor(k: number, fee: number, math: ExactMath): number {
  return fee === 0 ? 1 : math.exp(Math.min((k * fee) / 2, MAX_FEE_EXPONENT));
}

/**
 * Ticks per lot of inventory by which both quotes move against it: sigma c2. `sigmaRelPerSqrtSecond` is relative to the
 * price in every unit system.
 */
export function skewTicksPerLot(
  constants: GlftConstants,
  sigmaRelPerSqrtSecond: number,
  fairTicks: number,
  feeFactorOfC2: number,
): number {
  return constants.c2 * feeFactorOfC2 * sigmaRelPerSqrtSecond * fairTicks;
}
