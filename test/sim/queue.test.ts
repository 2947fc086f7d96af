/** Queue models: golden vectors, the plain twin, and what must hold for all of them. */
import { readFileSync, readdirSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { frontAfterChange, probabilityBehind } from '../../host/reference/queue.ts';
import { QUEUE_MODELS } from '../../host/session/config.ts';
import type { QueueModel } from '../../host/session/config.ts';
import { ROOT } from '../support/modules.ts';
import { compileParts } from '../support/parts.ts';
import type { Parts } from '../support/parts.ts';
import { freshSeed } from '../support/random.ts';
import { Exchange } from './exchange.ts';

interface Golden {
  readonly source: string;
  readonly model: QueueModel;
  readonly power: number;
  readonly frontLots: number;
  readonly beforeLots: number;
  readonly afterLots: number;
  readonly expectedFrontLots: number;
  /** The same change after a print of so many lots at our price. */
  readonly afterTradeOfLots: number;
  readonly expectedFrontLotsAfterTrade: number;
  readonly tolerance: number;
}
const FOLDER = `${ROOT}test/golden/queue/`;
const GOLDENS = readdirSync(FOLDER).map(
  (name) => [name, JSON.parse(readFileSync(FOLDER + name, 'utf8')) as Golden] as const,
);
const MODELS = QUEUE_MODELS.filter((m) => m !== 'riskAverse');
const lots = fc.integer({ min: 0, max: 500 });

describe('queue models', () => {
  let parts: Parts;
  beforeAll(async () => {
    parts = await compileParts('release');
  }, 60_000);

  it.each(GOLDENS)('golden %s', (_name, g) => {
    const model = QUEUE_MODELS.indexOf(g.model);
    const plain = parts.frontAfterChange(model, g.power, g.frontLots, 0, g.beforeLots, g.afterLots);
    const traded = parts.frontAfterChange(
      model,
      g.power,
      g.frontLots - g.afterTradeOfLots,
      g.model === 'riskAverse' ? 0 : g.afterTradeOfLots,
      g.beforeLots,
      g.afterLots,
    );
    expect(Math.abs(plain - g.expectedFrontLots)).toBeLessThanOrEqual(g.tolerance);
    expect(Math.abs(traded - g.expectedFrontLotsAfterTrade)).toBeLessThanOrEqual(g.tolerance);
  });

  it.each(GOLDENS)('golden %s through records and the simulated venue', (_name, g) => {
    const exchange = new Exchange([{ queueModel: g.model, queuePower: g.power }]);
    const { frames } = exchange;
    let id = 20;
    const show = (displayed: number): void => {
      frames.wait(10).diff(id + 1, id + 2, id, [[1, 998, displayed]]);
      id += 2;
      exchange.feed();
    };
    for (const trade of [0, g.afterTradeOfLots]) {
      const order = trade === 0 ? 1 : 2;
      show(g.frontLots);
      exchange.place(order, 1, 998, 1);
      exchange.settle(20);
      expect(exchange.ahead(order)).toBe(g.frontLots);
      show(g.beforeLots);
      if (trade > 0) frames.wait(1).trade(998, trade, -1);
      exchange.feed();
      show(g.afterLots);
      const expected = trade === 0 ? g.expectedFrontLots : g.expectedFrontLotsAfterTrade;
      expect(Math.abs(exchange.ahead(order) - expected)).toBeLessThanOrEqual(g.tolerance);
      exchange.cancel(order);
      exchange.settle(20);
    }
  });

  it('equal the plain twin', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...QUEUE_MODELS),
        fc.integer({ min: 1, max: 4 }),
        lots,
        lots,
        lots,
        lots,
        (model, n, front, traded, before, after) => {
          const fast = parts.frontAfterChange(QUEUE_MODELS.indexOf(model), n, front, traded, before, after);
          const plain = frontAfterChange(model, n, front, traded, before, after, Math);
          expect(Math.abs(fast - plain)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(plain)));
        },
      ),
      { seed: freshSeed('queue against its twin'), numRuns: 5000 },
    );
  });

  it(
    'give probabilities, more of them behind us the more stands there, and 1 for an empty level',
    { timeout: 60_000 },
    () => {
      fc.assert(
        fc.property(fc.constantFrom(...MODELS), fc.integer({ min: 1, max: 4 }), lots, lots, (model, n, front, back) => {
          const index = QUEUE_MODELS.indexOf(model);
          const p = parts.probabilityBehind(index, n, front, back);
          expect(p).toBeGreaterThanOrEqual(0);
          expect(p).toBeLessThanOrEqual(1);
          if (front + back > 0)
            expect(parts.probabilityBehind(index, n, front, back + 1)).toBeGreaterThanOrEqual(p - 1e-12);
          expect(Math.abs(p - probabilityBehind(model, n, front, back, Math))).toBeLessThan(1e-12);
        }),
        { seed: freshSeed('queue probabilities'), numRuns: 3000 },
      );
      for (const model of MODELS) expect(parts.probabilityBehind(QUEUE_MODELS.indexOf(model), 2, 0, 0)).toBe(1);
    },
  );

  it(
    'never put us further back than where we were or what is displayed, and risk-averse never ahead of the others',
    { timeout: 60_000 },
    () => {
      fc.assert(
        fc.property(fc.constantFrom(...MODELS), lots, lots, lots, (model, front, behind, after) => {
          const before = front + behind;
          const fast = parts.frontAfterChange(QUEUE_MODELS.indexOf(model), 2, front, 0, before, after);
          const averse = parts.frontAfterChange(QUEUE_MODELS.indexOf('riskAverse'), 1, front, 0, before, after);
          expect(fast).toBeLessThanOrEqual(Math.min(front, after) + 1e-9);
          expect(fast).toBeLessThanOrEqual(averse + 1e-9);
        }),
        { seed: freshSeed('queue bounds'), numRuns: 3000 },
      );
    },
  );
});
