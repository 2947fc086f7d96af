/** The picture of the sizes: right cells, walls that survive zooming out, unknown that is not painted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CELLS, ColumnBuilder, ColumnRing, type BookReader } from '../../web/replica/columns.ts';
import { makeBubbles, MAX_BUBBLES } from '../../web/view/bubbles.ts';
import { colourSteps, frameFor, type Painted, paint, update, visibleSizes } from '../../web/view/heatmap-image.ts';
import { cssColour, entryOf, lotsOf, makeTable, SCALES } from '../../web/view/palette.ts';

const table = makeTable('thermal');
const steps = colourSteps(table, 'linear');
const EMPTY = table[0]!;
const FULL = table[255]!;

function book(levels: ReadonlyMap<number, number>): BookReader {
  return {
    isLive: true,
    bidTicks: 1000,
    bidLots: 1,
    askTicks: 1001,
    askLots: 1,
    readLevels: (first, count, bid, ask) => {
      for (let i = 0; i < count; i++) {
        bid[i] = first + i <= 1000 ? (levels.get(first + i) ?? 0) : 0;
        ask[i] = first + i > 1000 ? (levels.get(first + i) ?? 0) : 0;
      }
    },
  };
}

function ringOf(...columns: (ReadonlyMap<number, number> | null)[]): ColumnRing {
  const builder = new ColumnBuilder();
  columns.forEach((levels, i) => {
    if (levels !== null) builder.close(i, book(levels), []);
  });
  const ring = new ColumnRing(600);
  ring.put(builder.take(null));
  return ring;
}

function picture(ring: ColumnRing, columns: number, ticks: number, wide: number, high: number) {
  const view = { right: columns, columns, centre: 1000, ticks, isFollowing: false };
  const frame = frameFor(view, wide, high);
  const pixels = new Uint32Array(frame.width * frame.height);
  paint(ring, frame, steps, 100, pixels);
  const at = (column: number, tick: number): number => {
    const x = Math.floor((column - frame.firstColumn) / frame.columnsPerCell);
    const row = Math.floor((tick - frame.firstTick) / frame.ticksPerCell);
    return pixels[(frame.height - 1 - row) * frame.width + x]!;
  };
  return { frame, at };
}

describe('the picture', () => {
  it('has each size in its own cell, nothing as the first colour, unknown as transparent', () => {
    const ring = ringOf(
      new Map([
        [995, 100],
        [1005, 100],
      ]),
      null,
      new Map([[990, 250]]),
    );
    const { at } = picture(ring, 3, 40, 300, 400);
    expect(at(0, 995)).toBe(FULL);
    expect(at(0, 1005)).toBe(FULL);
    expect(at(0, 996)).toBe(EMPTY);
    expect(at(1, 995)).toBe(0);
    expect(at(2, 990)).toBe(FULL);
    expect(at(2, 995)).toBe(EMPTY);
  });

  it('shows the largest of the cells that share a pixel', () => {
    const ring = ringOf(...Array.from({ length: 60 }, (_, i) => new Map(i === 31 ? [[997, 100]] : [[997, 1]])));
    const { frame, at } = picture(ring, 60, 120, 20, 40);
    expect(frame.columnsPerCell).toBe(3);
    expect(frame.ticksPerCell).toBe(3);
    expect(at(31, 997)).toBe(FULL);
    expect(at(40, 997)).not.toBe(FULL);
  });

  it('covers the view and no more than a cell beyond it', () => {
    for (const [columns, ticks] of [
      [300, 200],
      [4800, 1024],
      [16, 12],
    ] as const) {
      const view = { right: 5000.4, columns, centre: 777.3, ticks, isFollowing: false };
      const frame = frameFor(view, 1400, 800);
      expect(frame.firstColumn).toBeLessThanOrEqual(view.right - columns);
      expect(frame.firstColumn + frame.width * frame.columnsPerCell).toBeGreaterThanOrEqual(view.right);
      expect(frame.firstTick - 0.5).toBeLessThanOrEqual(view.centre - ticks / 2);
      expect(frame.firstTick + frame.height * frame.ticksPerCell - 0.5).toBeGreaterThanOrEqual(view.centre + ticks / 2);
      expect(frame.width).toBeLessThanOrEqual(1400 + 3);
      expect(frame.height).toBeLessThanOrEqual(800 + 4);
    }
  });

  it("does not look outside a column's window", () => {
    const ring = ringOf(new Map([[1000, 5]]));
    const { at } = picture(ring, 1, 40, 100, 100);
    expect(at(0, 1000)).not.toBe(0);
    const far = { right: 1, columns: 16, centre: 1000 + CELLS * 2, ticks: 40, isFollowing: false };
    const frame = frameFor(far, 100, 100);
    const pixels = new Uint32Array(frame.width * frame.height).fill(9);
    paint(ring, frame, steps, 100, pixels);
    expect(pixels.every((pixel) => pixel === 0)).toBe(true);
    expect(visibleSizes(ring, far)).toEqual({ largest: 0, high: 0 });
  });
});

describe('a picture brought up to date', () => {
  it('is the one painted anew, whatever was done in between', () => {
    const step = fc.record({
      // New columns, some of them missing; then another place of the view.
      columns: fc.integer({ min: 0, max: 6 }),
      isMissing: fc.boolean(),
      isReplaced: fc.boolean(),
      right: fc.integer({ min: -3, max: 8 }),
      zoom: fc.constantFrom(1, 1, 1, 1, 2),
      centre: fc.constantFrom(0, 0, 0, 1),
      isCleared: fc.constantFrom(false, false, false, false, false, true),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.constantFrom(20, 60), (plan, pixelsWide) => {
        const ring = new ColumnRing(600);
        const builder = new ColumnBuilder();
        let next = 0;
        let view = { right: 10, columns: 40, centre: 1000, ticks: 30, isFollowing: false };
        let painted: Painted | null = null;
        let pixels = new Uint32Array(0);
        for (const { columns, isMissing, isReplaced, right, zoom, centre, isCleared } of plan) {
          if (isCleared) ring.clear();
          if (isReplaced && next > 0) builder.close(next - 1, book(new Map([[999, 3 + columns]])), []);
          for (let i = 0; i < columns; i++, next++) {
            if (!isMissing) builder.close(next, book(new Map([[995 + (next % 11), 10 + next]])), []);
          }
          ring.put(builder.take(null));
          view = { ...view, right: view.right + right, columns: view.columns * zoom, centre: view.centre + centre };
          const frame = frameFor(view, pixelsWide, 100);
          if (pixels.length !== frame.width * frame.height) {
            pixels = new Uint32Array(frame.width * frame.height);
            painted = null;
          }
          painted = update(ring, painted, frame, steps, 100, pixels);
          const anew = new Uint32Array(pixels.length);
          paint(ring, frame, steps, 100, anew);
          expect(pixels).toEqual(anew);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('colours', () => {
  it('grow with the size in every scale, and the legend inverts them', () => {
    for (const scale of SCALES) {
      let last = 0;
      for (let lots = 0; lots <= 120; lots++) {
        const entry = entryOf(lots, 100, scale);
        expect(entry).toBeGreaterThanOrEqual(last);
        last = entry;
      }
      expect(entryOf(0, 100, scale)).toBe(0);
      expect(entryOf(0.0001, 100, scale)).toBeGreaterThanOrEqual(1);
      expect(entryOf(1e9, 100, scale)).toBe(255);
      expect(lotsOf(entryOf(50, 100, scale), 100, scale)).toBeCloseTo(50, -0.5);
    }
    expect(entryOf(5, 0, 'log')).toBe(0);
    expect(cssColour(table, 0)).toMatch(/^rgb\(7 10 18\)$/);
  });
});

describe('bubbles', () => {
  it('keep the traded volume, and never become too many', () => {
    const builder = new ColumnBuilder();
    const ring = new ColumnRing(4800);
    let bought = 0;
    for (let i = 0; i < 4000; i++) {
      builder.trade(1000, 1, -1);
      builder.trade(1001 + (i % 3), 2, 1);
      bought += 2;
      builder.close(i, book(new Map()), []);
      if (i % 100 === 99) ring.put(builder.take(null));
    }
    const all = makeBubbles(ring, 0, 3999, 1);
    expect(all.length).toBeLessThanOrEqual(MAX_BUBBLES + 2);
    const buys = all.filter((bubble) => bubble.sign > 0);
    expect(buys.reduce((sum, bubble) => sum + bubble.lots, 0)).toBe(bought);
    expect(buys[10]!.ticks).toBeGreaterThan(1001);
    expect(buys[10]!.ticks).toBeLessThan(1003);
  });
});
