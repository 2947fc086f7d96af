/** Prints as bubbles: neighbours in time are put together until at most MAX_BUBBLES stand on the map. */
import { type ColumnRing, META } from '../replica/columns.ts';

/** More in one frame would cost the frame rate. */
export const MAX_BUBBLES = 2000;

export interface Bubble {
  /** Middle of the columns that it stands for. */
  readonly column: number;
  /** Mean price by volume. */
  readonly ticks: number;
  readonly lots: number;
  /** +1 the aggressor bought, -1 it sold. */
  readonly sign: number;
}

/** The bubbles of columns `first` to `last`; `columnsPerBubble` at least 1. */
export function makeBubbles(ring: ColumnRing, first: number, last: number, columnsPerBubble: number): Bubble[] {
  const per = Math.max(1, Math.ceil(columnsPerBubble), Math.ceil((2 * (last - first + 1)) / MAX_BUBBLES));
  const bubbles: Bubble[] = [];
  for (let start = Math.floor(first / per) * per; start <= last; start += per) {
    for (const [lotsField, ticksField, sign] of [
      [META.buyLots, META.buyTicks, 1],
      [META.sellLots, META.sellTicks, -1],
    ] as const) {
      let lots = 0;
      let value = 0;
      for (let column = start; column < start + per; column++) {
        const slot = ring.slot(column);
        if (slot < 0) continue;
        const more = ring.get(slot, lotsField);
        if (more <= 0) continue;
        lots += more;
        value += more * ring.get(slot, ticksField);
      }
      if (lots > 0) bubbles.push({ column: start + per / 2, ticks: value / lots, lots, sign });
    }
  }
  return bubbles;
}
