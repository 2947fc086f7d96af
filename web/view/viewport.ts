/**
 * Which stretch of time and price the map shows, and how a gesture changes it. Pure: every function gives a new
 * viewport. Time is counted in columns, price in ticks; both may be fractions.
 */

export interface Viewport {
  /** Column at the right edge. */
  readonly right: number;
  readonly columns: number;
  /** Tick at the middle of the height. */
  readonly centre: number;
  readonly ticks: number;
  /** The right edge stays at the newest column, and the middle with the price. */
  readonly isFollowing: boolean;
}

/** Of the map in CSS pixels. */
export interface PlotSize {
  readonly width: number;
  readonly height: number;
}

export const LIMITS = { minColumns: 16, maxColumns: 4800, minTicks: 12, maxTicks: 1024 } as const;
/** Part of the width that stays free to the right of the newest column while following. */
export const FOLLOW_MARGIN = 0.04;
/** While following, the price may move within this part of the height before the view goes with it. */
const CALM_BAND = 0.44;

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

export function xOf(view: Viewport, plot: PlotSize, column: number): number {
  return (1 - (view.right - column) / view.columns) * plot.width;
}
export function columnAt(view: Viewport, plot: PlotSize, x: number): number {
  return view.right - (1 - x / plot.width) * view.columns;
}
/** The middle of a tick's row. */
export function yOf(view: Viewport, plot: PlotSize, tick: number): number {
  return (0.5 - (tick - view.centre) / view.ticks) * plot.height;
}
export function tickAt(view: Viewport, plot: PlotSize, y: number): number {
  return view.centre + (0.5 - y / plot.height) * view.ticks;
}

/** Longer stretches of time for factors above 1, about the column under `x`; about the right edge while following. */
export function zoomTime(view: Viewport, plot: PlotSize, factor: number, x: number): Viewport {
  const columns = clamp(view.columns * factor, LIMITS.minColumns, LIMITS.maxColumns);
  if (view.isFollowing) return { ...view, columns };
  const fixed = columnAt(view, plot, x);
  return { ...view, columns, right: fixed + (1 - x / plot.width) * columns };
}

/** More ticks for factors above 1, about the tick under `y`; about the middle while following. */
export function zoomPrice(view: Viewport, plot: PlotSize, factor: number, y: number): Viewport {
  const ticks = clamp(view.ticks * factor, LIMITS.minTicks, LIMITS.maxTicks);
  if (view.isFollowing) return { ...view, ticks };
  const fixed = tickAt(view, plot, y);
  return { ...view, ticks, centre: fixed - (0.5 - y / plot.height) * ticks };
}

/** Moves what is shown by so many pixels, as if dragged. What has been seen then stays where it is: following ends. */
export function pan(view: Viewport, plot: PlotSize, dx: number, dy: number): Viewport {
  return {
    ...view,
    right: view.right - (dx / plot.width) * view.columns,
    centre: view.centre + (dy / plot.height) * view.ticks,
    isFollowing: false,
  };
}

/** Where a following view should be for a newest column and a mid price; unchanged where it does not follow. */
export function follow(view: Viewport, newest: number, midTicks: number): Viewport {
  if (!view.isFollowing) return view;
  const right = newest + view.columns * FOLLOW_MARGIN;
  if (Number.isNaN(midTicks)) return { ...view, right };
  const away = midTicks - view.centre;
  const calm = (view.ticks * CALM_BAND) / 2;
  if (Math.abs(away) > view.ticks) return { ...view, right, centre: midTicks };
  // A step of an eighth a frame glides instead of jumping.
  const centre = Math.abs(away) > calm ? view.centre + (away - Math.sign(away) * calm) / 8 : view.centre;
  return { ...view, right, centre };
}

/** A round step (1, 2 or 5 times a power of ten) so that about `count` of them fill `span`. */
export function roundStep(span: number, count: number): number {
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}

const TIME_STEPS_SECONDS = [0.25, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** A step that clocks know, in seconds, so that at most `count` of them fill `spanSeconds`. */
export function timeStep(spanSeconds: number, count: number): number {
  return TIME_STEPS_SECONDS.find((step) => spanSeconds / step <= count) ?? TIME_STEPS_SECONDS.at(-1)!;
}
