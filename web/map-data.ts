/** What the map draws, outside of React: it changes twenty times a second, and only the canvas looks at it. */
import { ColumnRing } from './replica/columns.ts';
import type { Fill, FromReplica } from './replica/protocol.ts';

/** Fills kept for the map and the list; the oldest is given up. */
const MAX_FILLS = 2000;

export class MapData {
  readonly #rings = new Map<number, ColumnRing>();
  fills: Fill[] = [];
  /** Raised by every change. */
  version = 0;

  ring(instrument: number): ColumnRing | null {
    return this.#rings.get(instrument) ?? null;
  }

  take(message: FromReplica): void {
    if (message.type === 'columns') {
      let ring = this.#rings.get(message.instrument);
      if (ring === undefined) {
        ring = new ColumnRing();
        this.#rings.set(message.instrument, ring);
      }
      ring.put(message.batch);
    } else if (message.type === 'fills') {
      this.fills = [...this.fills, ...message.fills].slice(-MAX_FILLS);
    } else if (message.type === 'clear') {
      for (const ring of this.#rings.values()) ring.clear();
      this.fills = [];
    } else {
      return;
    }
    this.version++;
  }
}
