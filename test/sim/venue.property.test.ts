/**
 * The fast simulated venue against the plain one on random markets and orders: every event equal, in order, in price, size
 * and both times.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlainVenue } from '../../host/reference/simulated-venue.ts';
import type { OwnEvent, PlainTimeInForce } from '../../host/reference/simulated-venue.ts';
import type { SimulationConfig } from '../../host/session/config.ts';
import { freshSeed } from '../support/random.ts';
import type { Level } from '../support/frames.ts';
import { Exchange, ORDER_CAPACITY, START_ID, START_LEVELS, X } from './exchange.ts';

const RUNS = 3000;
const SIMULATIONS: readonly Partial<SimulationConfig>[] = [
  { queueModel: 'riskAverse', orderLatencyInMs: 1, orderLatencyOutMs: 1 },
  { queueModel: 'power', queuePower: 2, orderLatencyInMs: 3, orderLatencyOutMs: 0 },
  { queueModel: 'power3', queuePower: 3, orderLatencyInMs: 0, orderLatencyOutMs: 8 },
  { queueModel: 'log', partialFills: false, orderLatencyInMs: 5, orderLatencyOutMs: 2 },
  { queueModel: 'log2', orderLatencyInMs: 2, orderLatencyOutMs: 2 },
  { queueModel: 'power2', queuePower: 1, orderLatencyInMs: 12, orderLatencyOutMs: 0 },
];
const TIMES_IN_FORCE: readonly PlainTimeInForce[] = ['gtc', 'gtx', 'gtc', 'gtx', 'ioc', 'fok'];

/** In silence the venue's time is ours less the age that a frame would have. */
const CLOCK_AGE_NS = X.feedLatencyMs * 1e6;

type Step = readonly [what: number, a: number, b: number, c: number, d: number];
const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(99), fc.nat(999), fc.nat(999), fc.nat(999), fc.nat(999));

describe('the simulated venue against its plain twin', () => {
  const exchange = new Exchange(SIMULATIONS);
  const pristine = exchange.session.save();
  const startNs = exchange.frames.nowNs;
  const seen: Record<string, number> = {};

  /** Runs the steps through both; returns both lists of events per account. */
  function play(steps: readonly Step[]): { fast: OwnEvent[][]; plain: OwnEvent[][] } {
    exchange.session.restore(pristine);
    exchange.events.forEach((list) => (list.length = 0));
    const { frames } = exchange;
    frames.nowNs = startNs;
    const { exports } = exchange.session.core;
    const twins = SIMULATIONS.map(
      (s) =>
        new PlainVenue({
          latencyInNs: s.orderLatencyInMs! * 1e6,
          latencyOutNs: s.orderLatencyOutMs! * 1e6,
          model: s.queueModel!,
          power: s.queuePower ?? 3,
          partialFills: s.partialFills ?? true,
          maxOrders: ORDER_CAPACITY,
          math: exports,
        }),
    );
    twins.forEach((twin) => twin.diff(frames.venueNs, frames.nowNs, START_ID, START_LEVELS));
    const market = twins[0]!.book;
    let lastId = START_ID;
    let tickerId = START_ID;
    let nextOrder = 1;
    const owners = new Map<number, number>();
    // A new session's now is that of its newest record.
    frames.clock();
    exchange.feed();

    for (const [what, a, b, c, d] of steps) {
      // Frames are of different age when they come; none is from the future.
      frames.feedLatencyNs = (a % 5) * 1e6;
      const { nowNs, venueNs } = frames;
      const mid = market.bids.best ?? 1000;
      if (what < 25) {
        const levels: Level[] = [];
        for (let k = 0; k <= b % 3; k++) {
          const side = (b >> k) & 1 ? 1 : -1;
          const ticks = mid + ((c >> k) % 9) - 4 + (side < 0 ? 1 : 0);
          const lots = (d >> k) % 4 === 0 ? 0 : 1 + ((d >> k) % 25);
          // What would cross is taken away first, as a matching engine would have done.
          if (lots > 0)
            for (const [gone] of market.side(-side)) if ((ticks - gone) * side >= 0) levels.push([-side, gone, 0]);
          if (lots > 0)
            for (let m = levels.length - 1; m >= 0; m--) {
              const other = levels[m]!;
              if (other[0] === -side && other[2] > 0 && (ticks - other[1]) * side >= 0) levels.splice(m, 1);
            }
          levels.push([side, ticks, lots]);
        }
        const id = lastId + 2;
        frames.diff(lastId + 1, id, lastId, levels);
        exchange.feed();
        twins.forEach((twin) => twin.diff(venueNs, nowNs, id, levels));
        lastId = id;
      } else if (what < 37) {
        tickerId = Math.max(tickerId, lastId) + (b % 3) - 1;
        const bid = mid + (c % 5) - 2;
        const ask = bid + 1 + (d % 2);
        const lots = [1 + (b % 30), 1 + (c % 30)] as const;
        frames.ticker(tickerId, bid, lots[0], ask, lots[1]);
        exchange.feed();
        twins.forEach((twin) => twin.ticker(venueNs, nowNs, tickerId, [bid, lots[0]], [ask, lots[1]]));
      } else if (what < 52) {
        const aggressor = b % 2 === 0 ? 1 : -1;
        const ticks = mid + (c % 6) - 2;
        frames.trade(ticks, 1 + (d % 20), aggressor);
        exchange.feed();
        twins.forEach((twin) => twin.trade(venueNs, nowNs, ticks, 1 + (d % 20), aggressor));
      } else if (what < 65) frames.nowNs += (b % 14) * 5e5;
      else if (what < 68) {
        frames.clock();
        exchange.feed();
        twins.forEach((twin) => twin.clock(nowNs - CLOCK_AGE_NS, nowNs));
      } else if (what < 90) {
        // One account gets most of the orders, so that it runs out of room.
        const account = d % 3 > 0 ? 0 : a % SIMULATIONS.length;
        const side = b % 2 === 0 ? 1 : -1;
        const ticks = mid + (c % 8) - (side > 0 ? 5 : 2);
        const id = what === 89 ? Math.max(1, nextOrder - 1) : nextOrder++;
        owners.set(id, account);
        const timeInForce = TIMES_IN_FORCE[b % TIMES_IN_FORCE.length]!;
        const now = exchange.session.nowRelNs;
        if (exchange.place(id, side, ticks, 1 + (d % 12), timeInForce, account) === 0) {
          twins[account]!.place(now, id, side, ticks, 1 + (d % 12), timeInForce);
        }
      } else {
        const id = Math.max(1, nextOrder - 1 - (b % 12));
        const account = owners.get(id) ?? a % SIMULATIONS.length;
        const now = exchange.session.nowRelNs;
        if (exchange.cancel(id, account) === 0) twins[account]!.cancel(now, id);
      }
    }
    frames.feedLatencyNs = 0;
    for (let k = 0; k < 2; k++) {
      frames.wait(100).clock();
      exchange.feed();
      twins.forEach((twin) => twin.clock(frames.nowNs - CLOCK_AGE_NS, frames.nowNs));
    }
    return { fast: exchange.events.map((list) => [...list]), plain: twins.map((twin) => twin.events) };
  }

  it(`agrees in ${RUNS} random sequences`, { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 120 }), (steps) => {
        const { fast, plain } = play(steps);
        for (const e of plain.flat()) {
          const name = e.kind === 'filled' ? `filled ${e.isMaker ? 'maker' : 'taker'}` : `${e.kind} ${e.reason}`;
          seen[name] = (seen[name] ?? 0) + 1;
        }
        expect(fast).toEqual(plain);
        expect(exchange.misdelivered).toEqual([]);
      }),
      { numRuns: RUNS, seed: freshSeed('simulated venue') },
    );
    // Everything that can happen did happen.
    for (const name of [
      'accepted none',
      'cancelled none',
      'cancelRejected unknownOrder',
      'expired notFilled',
      'filled maker',
      'filled taker',
      'rejected duplicateId',
      'rejected tooManyOrders',
      'rejected wouldTake',
    ]) {
      expect(seen[name] ?? 0, `${name}; seen: ${JSON.stringify(seen)}`).toBeGreaterThan(20);
    }
  });
});
