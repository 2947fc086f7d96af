/**
 * The fast book against the plain one on random streams, in windows so small that every level wanders between window and
 * far map. TIDEBOOK_LADDER_OPERATIONS sets the number of operations (10,000,000 for a long run), TIDEBOOK_SEED the seed.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { PlainBook } from '../../host/reference/book.ts';
import { compileParts } from '../support/parts.ts';
import type { Parts } from '../support/parts.ts';
import { randomFrom, freshSeed } from '../support/random.ts';

const OPERATIONS = Number(process.env.TIDEBOOK_LADDER_OPERATIONS ?? 1_000_000);
const NO_LEVEL = { 1: -2147483647, '-1': 2147483647 } as const;

/** How a stream is shaped: a market that wanders by `drift` ticks and shows levels within `spread` of its price. */
interface Shape {
  readonly name: string;
  readonly windowTicks: number;
  readonly farLevels: number;
  readonly recentreTicks: number;
  readonly spread: number;
  readonly drift: number;
}
const SHAPES: readonly Shape[] = [
  { name: 'fits into the window', windowTicks: 128, farLevels: 64, recentreTicks: 8, spread: 40, drift: 1 },
  { name: 'wanders out of it', windowTicks: 128, farLevels: 600, recentreTicks: 3, spread: 150, drift: 4 },
  { name: 'jumps', windowTicks: 64, farLevels: 2000, recentreTicks: 16, spread: 300, drift: 60 },
  { name: 'overflows the far map', windowTicks: 128, farLevels: 12, recentreTicks: 5, spread: 120, drift: 3 },
];

function noLevel(side: 1 | -1): number {
  return side > 0 ? NO_LEVEL[1] : NO_LEVEL['-1'];
}

/** Runs `operations` random operations and compares after each; returns what it has seen, so that tests can demand it. */
function run(parts: Parts, shape: Shape, operations: number, seed: number) {
  const random = randomFrom(seed);
  const whole = (n: number) => Math.floor(random() * n);
  const plain = new PlainBook();
  const book = parts.place(parts.bookSize(shape.windowTicks, shape.farLevels));
  parts.bookInit(book, shape.windowTicks, shape.farLevels);
  let centre = 100_000 + whole(1000);
  const seen = { full: 0, far: 0, recentred: 0, clears: 0, jumps: 0 };
  const where = (op: number) => `seed ${seed}, ${shape.name}, operation ${op}`;

  /** A book that was full is not to be trusted; both start anew, as continuity does. */
  const restart = () => {
    seen.full += 1;
    plain.clear();
    parts.bookClear(book);
  };
  const compare = (side: 1 | -1, op: number) => {
    const ladder = plain.side(side);
    const best = parts.best(book, side);
    if (best !== (ladder.best ?? noLevel(side)))
      throw new Error(`best of side ${side} is ${best}, not ${ladder.best}: ${where(op)}`);
    if (parts.levels(book, side) !== ladder.levels)
      throw new Error(`levels ${parts.levels(book, side)}, not ${ladder.levels}: ${where(op)}`);
    const tick = centre + whole(2 * shape.spread) - shape.spread;
    if (parts.get(book, side, tick) !== ladder.lots(tick))
      throw new Error(`get(${tick}) of side ${side}: ${where(op)}`);
    const next = parts.next(book, side, tick);
    if (next !== (ladder.next(tick) ?? noLevel(side)))
      throw new Error(`next(${tick}) of side ${side} is ${next}: ${where(op)}`);
  };

  for (let op = 0; op < operations; op++) {
    const side = random() < 0.5 ? 1 : -1;
    const ladder = plain.side(side);
    const choice = random();
    if (choice < 0.9) {
      // Half of the changes touch a level that exists, so that removals are not mostly misses.
      const near = ladder.best === undefined ? undefined : ladder.next(ladder.best + side - side * whole(shape.spread));
      const tick = near !== undefined && random() < 0.5 ? near : centre + whole(2 * shape.spread) - shape.spread;
      const lots = random() < 0.45 ? 0 : 1 + whole(1000);
      const before = parts.set(book, side, tick, lots);
      if (before < 0) {
        // Refused means: outside the window, not kept so far, and the far map holds what it may.
        const base = parts.base(book, side);
        const outside = tick < base || tick >= base + shape.windowTicks;
        if (!outside || lots === 0 || ladder.lots(tick) !== 0 || parts.farLevels(book, side) !== shape.farLevels) {
          throw new Error(`a level was refused for no reason: ${where(op)}`);
        }
        restart();
      } else {
        if (before !== ladder.lots(tick))
          throw new Error(`set(${tick}) found ${before}, not ${ladder.lots(tick)}: ${where(op)}`);
        ladder.set(tick, lots);
      }
    } else if (choice < 0.93) {
      const tick = (ladder.best ?? centre) - side * whole(6);
      parts.clearTo(book, side, tick);
      ladder.clearTo(tick);
      seen.clears += 1;
    } else if (choice < 0.98) {
      centre += whole(2 * shape.drift + 1) - shape.drift;
      const bidBase = parts.base(book, 1);
      if (parts.bookRecentre(book, shape.recentreTicks) === 0) restart();
      else if (parts.base(book, 1) !== bidBase) {
        if (Math.abs(parts.base(book, 1) - bidBase) > shape.recentreTicks)
          throw new Error(`the window moved too far: ${where(op)}`);
        seen.recentred += 1;
      }
    } else if (choice < 0.981) {
      centre += whole(4 * shape.spread) - 2 * shape.spread;
      seen.jumps += 1;
    } else {
      const limit = centre - side * whole(shape.spread);
      const depth = parts.depthTo(book, side, limit);
      if (depth !== ladder.depthTo(limit)) throw new Error(`depthTo(${limit}) is ${depth}: ${where(op)}`);
      if ((parts.isCrossed(book) === 1) !== plain.isCrossed) throw new Error(`crossed: ${where(op)}`);
    }
    compare(side, op);
    if (parts.farLevels(book, side) > 0) seen.far += 1;
    if (op % 4096 === 0) {
      // Now and then every level, by the way in which a book is walked.
      for (const s of [1, -1] as const) {
        let tick = parts.best(book, s);
        for (const [expected, lots] of plain.side(s)) {
          if (tick !== expected || parts.get(book, s, tick) !== lots)
            throw new Error(`walking side ${s} at ${expected}: ${where(op)}`);
          tick = parts.next(book, s, tick);
        }
        if (tick !== noLevel(s)) throw new Error(`the walk of side ${s} does not end: ${where(op)}`);
      }
    }
  }
  return seen;
}

describe('book', () => {
  let release: Parts;
  let checked: Parts;
  beforeAll(async () => {
    release = await compileParts('release');
    checked = await compileParts('checked');
  }, 60_000);

  for (const shape of SHAPES) {
    it(`equals the plain book where the market ${shape.name}`, { timeout: 600_000 }, () => {
      const seed = freshSeed(`book, ${shape.name}`);
      const seen = run(release, shape, OPERATIONS / SHAPES.length, seed);
      const small = run(checked, shape, OPERATIONS / SHAPES.length / 10, seed + 1);
      // The run is worth something only where it went through what it is for.
      expect(seen.clears).toBeGreaterThan(0);
      expect(seen.jumps).toBeGreaterThan(0);
      if (shape.name !== 'fits into the window') expect(seen.recentred + small.recentred).toBeGreaterThan(100);
      if (shape.farLevels < shape.spread / 4) expect(seen.full).toBeGreaterThan(0);
      else expect(seen.far).toBeGreaterThan(100);
    });
  }

  it('keeps a level that the window passes over, and gives it back', () => {
    const book = release.place(release.bookSize(128, 16));
    release.bookInit(book, 128, 16);
    release.set(book, 1, 1000, 5);
    release.set(book, 1, 990, 7);
    for (let tick = 1001; tick <= 1400; tick++) {
      release.set(book, 1, tick, 1);
      release.set(book, 1, tick - 1 > 1000 ? tick - 1 : 989, 0);
      expect(release.bookRecentre(book, 4)).toBe(1);
    }
    expect(release.farLevels(book, 1)).toBe(2);
    expect([release.get(book, 1, 1000), release.get(book, 1, 990), release.best(book, 1)]).toEqual([5, 7, 1400]);
    release.clearTo(book, 1, 1400);
    expect(release.best(book, 1)).toBe(1000);
    for (let i = 0; i < 100; i++) release.bookRecentre(book, 4);
    expect(release.farLevels(book, 1)).toBe(0);
    expect([release.get(book, 1, 1000), release.get(book, 1, 990)]).toEqual([5, 7]);
  });
});
