/**
 * The picture of the sizes: one cell for each visible column and tick, through a colour table, into pixels. Where more
 * columns or ticks are visible than pixels, a cell shows the largest of those it stands for, so that walls do not vanish.
 * What is unknown is transparent; the hatching behind it shows through.
 */
import { CELLS, type ColumnRing, META, META_FIELDS } from '../replica/columns.ts';
import { entryOf, type ScaleName } from './palette.ts';
import type { Viewport } from './viewport.ts';

/** Where the picture lies: whole columns and ticks, a little more than is visible. */
export interface ImageFrame {
  readonly firstColumn: number;
  readonly columnsPerCell: number;
  readonly width: number;
  /** Tick of the lowest row. */
  readonly firstTick: number;
  readonly ticksPerCell: number;
  readonly height: number;
}

/**
 * The frame that covers a view drawn on so many device pixels. Cells stand on fixed borders, so that nothing flickers
 * while panning, and the size depends on the zoom alone, so that a frame further on can be made from the one before.
 */
export function frameFor(view: Viewport, pixelsWide: number, pixelsHigh: number): ImageFrame {
  const columnsPerCell = Math.max(1, Math.ceil(view.columns / Math.max(1, pixelsWide)));
  const ticksPerCell = Math.max(1, Math.ceil(view.ticks / Math.max(1, pixelsHigh)));
  const left = view.right - view.columns;
  const bottom = view.centre - view.ticks / 2 - 0.5;
  return {
    firstColumn: Math.floor(left / columnsPerCell) * columnsPerCell,
    columnsPerCell,
    width: Math.ceil(view.columns / columnsPerCell) + 1,
    firstTick: Math.floor(bottom / ticksPerCell) * ticksPerCell,
    ticksPerCell,
    height: Math.ceil((view.ticks + 1) / ticksPerCell) + 1,
  };
}

/**
 * Columns of cells by which `after` lies further on than `before`; -1 where its picture cannot be made by moving the one
 * before to the left.
 */
export function shiftBetween(before: ImageFrame, after: ImageFrame): number {
  const isSame =
    before.width === after.width &&
    before.height === after.height &&
    before.columnsPerCell === after.columnsPerCell &&
    before.ticksPerCell === after.ticksPerCell &&
    before.firstTick === after.firstTick;
  const shift = (after.firstColumn - before.firstColumn) / after.columnsPerCell;
  return isSame && shift >= 0 && shift < after.width ? shift : -1;
}

/** Entries are looked up from so many steps of size up to the cut-off; a power or logarithm for each cell would cost more than all the rest. */
const STEPS = 2048;

/** Colours by size in STEPS steps up to the cut-off. */
export function colourSteps(table: Uint32Array, scale: ScaleName): Uint32Array {
  const steps = new Uint32Array(STEPS + 1);
  for (let i = 0; i <= STEPS; i++) steps[i] = table[entryOf(i, STEPS, scale)]!;
  return steps;
}

/**
 * Fills `pixels` (frame.width x frame.height, first row on top), from the column of cells `from` on. `steps` comes from
 * colourSteps.
 */
export function paint(
  ring: ColumnRing,
  frame: ImageFrame,
  steps: Uint32Array,
  cutOffLots: number,
  pixels: Uint32Array,
  from = 0,
): void {
  const { width, height, columnsPerCell, ticksPerCell, firstTick } = frame;
  const perLot = cutOffLots > 0 ? STEPS / cutOffLots : 0;
  const largest = new Float32Array(height);
  for (let x = from; x < width; x++) {
    largest.fill(-1);
    const start = frame.firstColumn + x * columnsPerCell;
    for (let column = start; column < start + columnsPerCell; column++) {
      const slot = ring.slot(column);
      if (slot >= 0 && ring.meta[slot * META_FIELDS + META.isKnown] === 1)
        gather(ring, slot, firstTick, ticksPerCell, largest);
    }
    let to = (height - 1) * width + x;
    for (let row = 0; row < height; row++, to -= width) {
      const lots = largest[row]!;
      pixels[to] = lots < 0 ? 0 : steps[Math.min(STEPS, Math.ceil(lots * perLot))]!;
    }
  }
}

/** What a picture was painted from. */
export interface Painted {
  readonly frame: ImageFrame;
  readonly cutOffLots: number;
  /** Newest column of the ring, and its generation. */
  readonly newest: number;
  readonly generation: number;
}

/** A cut-off that moved by less than this part leaves the picture as it is. */
const SCALE_TOLERANCE = 0.02;

/**
 * Brings `pixels`, which hold the picture `before`, up to date. Mostly only the newest columns are painted, since what is
 * past does not change; everything is where another frame, scale or time is shown, or `before` is null.
 */
export function update(
  ring: ColumnRing,
  before: Painted | null,
  frame: ImageFrame,
  steps: Uint32Array,
  cutOffLots: number,
  pixels: Uint32Array,
): Painted {
  const { last: newest, generation } = ring;
  const shift = before === null ? -1 : shiftBetween(before.frame, frame);
  const canContinue =
    before !== null &&
    shift >= 0 &&
    before.generation === generation &&
    before.newest <= newest &&
    Math.abs(cutOffLots / before.cutOffLots - 1) < SCALE_TOLERANCE;
  if (!canContinue) {
    paint(ring, frame, steps, cutOffLots, pixels);
    return { frame, cutOffLots, newest, generation };
  }
  // Rows run over into each other at their right end; that part is painted again.
  if (shift > 0) pixels.copyWithin(0, shift);
  const cell = Math.floor((before.newest - frame.firstColumn) / frame.columnsPerCell);
  const from = Math.max(0, Math.min(cell, frame.width - shift));
  paint(ring, frame, steps, before.cutOffLots, pixels, from);
  return { frame, cutOffLots: before.cutOffLots, newest, generation };
}

/** The largest size of each row in one column; rows outside the column's window keep their -1. */
function gather(ring: ColumnRing, slot: number, firstTick: number, ticksPerCell: number, largest: Float32Array): void {
  const base = ring.meta[slot * META_FIELDS + META.baseTick]!;
  const from = Math.max(0, firstTick - base);
  const to = Math.min(CELLS, firstTick + largest.length * ticksPerCell - base);
  const at = slot * CELLS;
  for (let cell = from; cell < to; cell++) {
    const lots = Math.abs(ring.sizes[at + cell]!);
    const row = ticksPerCell === 1 ? cell + base - firstTick : Math.floor((cell + base - firstTick) / ticksPerCell);
    if (lots > largest[row]!) largest[row] = lots;
  }
}

/** Largest, and 99th percentile of the sizes that rest in a view, lots; 0 where nothing does. Looks at no more than some 60 columns. */
export function visibleSizes(ring: ColumnRing, view: Viewport): { readonly largest: number; readonly high: number } {
  const first = Math.max(ring.first, Math.floor(view.right - view.columns));
  const last = Math.min(ring.last, Math.ceil(view.right));
  const step = Math.max(1, Math.floor((last - first) / 60));
  const sizes: number[] = [];
  let largest = 0;
  for (let column = first; column <= last; column += step) {
    const slot = ring.slot(column);
    if (slot < 0 || ring.get(slot, META.isKnown) === 0) continue;
    const base = ring.get(slot, META.baseTick);
    const from = Math.max(0, Math.floor(view.centre - view.ticks / 2 - base));
    const to = Math.min(CELLS, Math.ceil(view.centre + view.ticks / 2 - base));
    for (let cell = from; cell < to; cell++) {
      const lots = Math.abs(ring.sizes[slot * CELLS + cell]!);
      if (lots === 0) continue;
      sizes.push(lots);
      if (lots > largest) largest = lots;
    }
  }
  if (sizes.length === 0) return { largest: 0, high: 0 };
  sizes.sort((a, b) => a - b);
  return { largest, high: sizes[Math.floor((sizes.length - 1) * 0.99)]! };
}
