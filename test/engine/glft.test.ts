/** GLFT's numbers: golden values, units, monotonicity. */
import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { feeFactor, glftConstants, glftEta, skewTicksPerLot, ticksPerUnit } from '../../host/engine/glft.ts';
import type { GlftParameters, GlftUnit } from '../../host/engine/glft.ts';
import { plainMath } from './plain-math.ts';

interface Golden {
  what: string;
  unit?: GlftUnit;
  gamma: number;
  k: number;
  a: number;
  orderLots: number;
  /** In the golden's unit. */
  sigma: number;
  fair: number;
  tolerance: number;
  deltaBidByInventory?: Record<string, number>;
  halfSpread?: number;
  skew?: number;
  c1?: number;
  c1Bps?: number;
  bpsDigits?: number;
  eta?: number;
}

const FOLDER = new URL('../golden/glft/', import.meta.url);

/** Half-spread and skew per lot in ticks. */
function quote(parameters: GlftParameters, sigmaRel: number, fairTicks: number, tickSize: number, feeRate = 0) {
  const constants = glftConstants(parameters, plainMath);
  const unitTicks = ticksPerUnit(parameters.unit, fairTicks, tickSize);
  const factor = feeFactor(parameters.k, (feeRate * fairTicks) / unitTicks, plainMath);
  const skew = skewTicksPerLot(constants, sigmaRel, fairTicks, factor);
  return { half: constants.c1 * unitTicks + (parameters.orderLots / 2) * skew, skew, constants };
}

describe('golden values', () => {
  for (const file of readdirSync(FOLDER).sort()) {
    const golden = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Golden;
    it(`${file}: ${golden.what}`, () => {
      const near = (got: number, wanted: number) => {
        expect(Math.abs(got - wanted)).toBeLessThanOrEqual(golden.tolerance * Math.abs(wanted));
      };
      let checked = 0;
      const check = (got: number, wanted: number | undefined) => {
        if (wanted === undefined) return;
        near(got, wanted);
        checked++;
      };
      if (golden.eta !== undefined) check(glftEta(golden.a, golden.gamma, golden.k, plainMath), golden.eta);
      if (golden.unit !== undefined) {
        const relative = golden.unit === 'relative';
        const sigmaRel = relative ? golden.sigma : golden.sigma / golden.fair;
        const { half, skew, constants } = quote(golden as GlftParameters, sigmaRel, golden.fair, 1);
        check(half, golden.halfSpread);
        check(skew, golden.skew);
        check(constants.c1, golden.c1);
        for (const [inventory, delta] of Object.entries(golden.deltaBidByInventory ?? {})) {
          check(half + Number(inventory) * skew, delta);
        }
        if (golden.c1Bps !== undefined) {
          const bps = (relative ? constants.c1 : constants.c1 / golden.fair) * 10000;
          expect(bps).toBeCloseTo(golden.c1Bps, golden.bpsDigits ?? 3);
          checked++;
        }
      }
      expect(checked).toBeGreaterThan(0);
    });
  }
});

const positive = (min: number, max: number) => fc.double({ min, max, noNaN: true });

describe('units', () => {
  it('give the same quotes to 1e-12, with fees', () => {
    fc.assert(
      fc.property(
        positive(0.001, 100),
        positive(0.01, 10),
        positive(0.01, 50),
        fc.integer({ min: 1, max: 50 }),
        positive(1e-6, 1e-3),
        fc.integer({ min: 1000, max: 1_000_000 }),
        fc.constantFrom(0.0001, 0.01, 0.1, 1),
        fc.double({ min: -0.0002, max: 0.0005, noNaN: true }),
        (gamma, kTimesGammaD, a, orderLots, sigmaRel, fairTicks, tickSize, feeRate) => {
          // In ticks; kTimesGammaD keeps gamma D / k within what one would configure.
          const k = gamma * orderLots * kTimesGammaD;
          fc.pre(Math.abs(k * feeRate * fairTicks) < 20);
          const inUnit = (unit: GlftUnit) => {
            const per = ticksPerUnit(unit, fairTicks, tickSize);
            return quote(
              { unit, gamma: gamma * per, k: k * per, a, orderLots },
              sigmaRel,
              fairTicks,
              tickSize,
              feeRate,
            );
          };
          const ticks = inUnit('ticks');
          for (const unit of ['relative', 'quote'] as const) {
            const other = inUnit(unit);
            expect(Math.abs(other.half / ticks.half - 1)).toBeLessThan(1e-12);
            expect(Math.abs(other.skew / ticks.skew - 1)).toBeLessThan(1e-12);
          }
        },
      ),
    );
  });
});

describe('monotonicity', () => {
  const base = fc.record({
    unit: fc.constant<GlftUnit>('ticks'),
    gamma: positive(0.001, 1),
    k: positive(0.01, 1),
    a: positive(0.1, 10),
    orderLots: fc.integer({ min: 1, max: 10 }),
  });
  const factor = positive(1.01, 5);
  const sigma = positive(1e-5, 1e-3);

  it('more volatility widens the spread and steepens the skew', () => {
    fc.assert(
      fc.property(base, sigma, factor, (parameters, sigmaRel, by) => {
        const calm = quote(parameters, sigmaRel, 10000, 1);
        const wild = quote(parameters, sigmaRel * by, 10000, 1);
        expect(wild.half).toBeGreaterThan(calm.half);
        expect(wild.skew).toBeGreaterThan(calm.skew);
      }),
    );
  });

  it('more fills at a distance (larger A) narrow the spread', () => {
    fc.assert(
      fc.property(base, sigma, factor, (parameters, sigmaRel, by) => {
        const busy = quote({ ...parameters, a: parameters.a * by }, sigmaRel, 10000, 1);
        expect(busy.half).toBeLessThan(quote(parameters, sigmaRel, 10000, 1).half);
      }),
    );
  });

  it('more risk aversion lowers the first term and steepens the skew', () => {
    fc.assert(
      fc.property(base, sigma, factor, (parameters, sigmaRel, by) => {
        const bold = quote(parameters, sigmaRel, 10000, 1);
        const shy = quote({ ...parameters, gamma: parameters.gamma * by }, sigmaRel, 10000, 1);
        expect(shy.constants.c1).toBeLessThan(bold.constants.c1);
        expect(shy.skew).toBeGreaterThan(bold.skew);
      }),
    );
  });

  it('a faster decay with distance (larger k) lowers the first term', () => {
    fc.assert(
      fc.property(base, factor, (parameters, by) => {
        const near = glftConstants({ ...parameters, k: parameters.k * by }, plainMath);
        expect(near.c1).toBeLessThan(glftConstants(parameters, plainMath).c1);
      }),
    );
  });

  it('the eta of the general formula falls as gamma rises, and stays below A', () => {
    fc.assert(
      fc.property(base, factor, ({ a, gamma, k }, by) => {
        const eta = glftEta(a, gamma, k, plainMath);
        expect(eta).toBeLessThan(a);
        // x -> (1 + x)^-(1 + 1/x) falls.
        expect(glftEta(a, gamma * by, k, plainMath)).toBeLessThan(eta);
      }),
    );
  });
});

it('a parameter that is not above 0 is named', () => {
  const parameters: GlftParameters = { unit: 'ticks', gamma: 1, k: 0, a: 1, orderLots: 1 };
  expect(() => glftConstants(parameters, plainMath)).toThrow('k is 0; valid is a finite number above 0');
});
