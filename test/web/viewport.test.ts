/** Viewport mathematics: what stays where under zoom, pan and follow. Seeds are fast-check's, printed on failure. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columnAt,
  follow,
  LIMITS,
  pan,
  roundStep,
  tickAt,
  timeStep,
  type Viewport,
  xOf,
  yOf,
  zoomPrice,
  zoomTime,
} from '../../web/view/viewport.ts';

const plot = { width: 1200, height: 700 };
const base: Viewport = { right: 1000, columns: 300, centre: 5000, ticks: 200, isFollowing: false };
const views = fc.record({
  right: fc.double({ min: -1e5, max: 1e6, noNaN: true }),
  columns: fc.double({ min: LIMITS.minColumns, max: LIMITS.maxColumns, noNaN: true }),
  centre: fc.double({ min: -1e6, max: 1e7, noNaN: true }),
  ticks: fc.double({ min: LIMITS.minTicks, max: LIMITS.maxTicks, noNaN: true }),
  isFollowing: fc.constant(false),
});
const xs = fc.double({ min: 0, max: plot.width, noNaN: true });
const ys = fc.double({ min: 0, max: plot.height, noNaN: true });
const factors = fc.double({ min: 0.2, max: 5, noNaN: true });

describe('the viewport', () => {
  it('maps columns and ticks to pixels and back', () => {
    expect(xOf(base, plot, 1000)).toBe(1200);
    expect(xOf(base, plot, 700)).toBe(0);
    expect(yOf(base, plot, 5000)).toBe(350);
    expect(yOf(base, plot, 5100)).toBe(0);
    fc.assert(
      fc.property(views, xs, ys, (view, x, y) => {
        expect(xOf(view, plot, columnAt(view, plot, x))).toBeCloseTo(x, 3);
        expect(yOf(view, plot, tickAt(view, plot, y))).toBeCloseTo(y, 3);
      }),
    );
  });

  it('keeps what is under the cursor when it zooms', () => {
    fc.assert(
      fc.property(views, xs, ys, factors, (view, x, y, factor) => {
        const time = zoomTime(view, plot, factor, x);
        expect(columnAt(time, plot, x)).toBeCloseTo(columnAt(view, plot, x), 4);
        expect(time.columns).toBeGreaterThanOrEqual(LIMITS.minColumns);
        expect(time.columns).toBeLessThanOrEqual(LIMITS.maxColumns);
        const price = zoomPrice(view, plot, factor, y);
        expect(tickAt(price, plot, y)).toBeCloseTo(tickAt(view, plot, y), 4);
        expect(price.ticks).toBeLessThanOrEqual(LIMITS.maxTicks);
      }),
    );
  });

  it('keeps the right edge and the middle when it zooms while following', () => {
    const following = { ...base, isFollowing: true };
    expect(zoomTime(following, plot, 2, 100)).toEqual({ ...following, columns: 600 });
    expect(zoomPrice(following, plot, 0.5, 100)).toEqual({ ...following, ticks: 100 });
  });

  it('moves under the hand, and then new data does not move it', () => {
    const moved = pan({ ...base, isFollowing: true }, plot, 120, -70);
    expect(xOf(moved, plot, 900)).toBeCloseTo(xOf(base, plot, 900) + 120);
    expect(yOf(moved, plot, 5000)).toBeCloseTo(yOf(base, plot, 5000) - 70);
    expect(moved.isFollowing).toBe(false);
    expect(follow(moved, 99_999, 1)).toBe(moved);
  });

  it('follows the newest column with a margin, and the price only where it leaves the calm band', () => {
    const following = { ...base, isFollowing: true };
    expect(follow(following, 2000, 5010)).toEqual({ ...following, right: 2012 });
    const away = follow(following, 2000, 5090);
    expect(away.centre).toBeGreaterThan(5000);
    expect(away.centre).toBeLessThan(5090);
    let view: Viewport = following;
    for (let i = 0; i < 200; i++) view = follow(view, 2000, 5090);
    expect(Math.abs(5090 - view.centre)).toBeLessThanOrEqual(45);
    expect(follow(following, 2000, 9000).centre).toBe(9000);
    expect(follow(following, 2000, Number.NaN).centre).toBe(5000);
  });

  it('chooses round steps for the axes', () => {
    expect(roundStep(200, 10)).toBe(20);
    expect(roundStep(7, 10)).toBe(1);
    expect(roundStep(330, 10)).toBe(50);
    expect(timeStep(75, 10)).toBe(10);
    expect(timeStep(1200, 10)).toBe(120);
    expect(timeStep(1e9, 10)).toBe(3600);
  });
});
