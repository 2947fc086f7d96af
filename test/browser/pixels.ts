/**
 * Looks at the map's canvas: how much of it has the colours of what should be drawn there. It reads a copy, since reading
 * changes how a browser draws on the canvas itself.
 */
import type { Page } from 'playwright-core';

export interface PixelCounts {
  readonly all: number;
  /** Resting sizes: more blue than red. */
  readonly book: number;
  /** Bubbles of prints: half-transparent green and red. */
  readonly prints: number;
  /** Lines of own quotes, in their two exact colours. */
  readonly quotes: number;
  /** White outlines of own fills. */
  readonly fills: number;
}

/** Of the map without its legend, buttons and axes. */
export function countPixels(page: Page): Promise<PixelCounts> {
  return page.getByTestId('heatmap').evaluate((canvas: HTMLCanvasElement) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })!;
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 60, canvas.width - 180, canvas.height - 100);
    const near = (i: number, r: number, g: number, b: number, by: number): boolean =>
      Math.abs(data[i]! - r) <= by && Math.abs(data[i + 1]! - g) <= by && Math.abs(data[i + 2]! - b) <= by;
    const counts = { all: data.length / 4, book: 0, prints: 0, quotes: 0, fills: 0 };
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 2]! > data[i]! + 40) counts.book++;
      // Own quotes '#9dfbe0' and '#ffc2cb' and the fills' outline are opaque; bubbles lie at 0.5 over a dark ground.
      if (near(i, 0x9d, 0xfb, 0xe0, 4) || near(i, 0xff, 0xc2, 0xcb, 4)) counts.quotes++;
      else if (near(i, 255, 255, 255, 12)) counts.fills++;
      else if (near(i, 30, 112, 92, 14) || near(i, 132, 50, 70, 14)) counts.prints++;
    }
    return counts;
  });
}

/** Equal for equal pictures of the whole canvas. */
export function fingerprint(page: Page): Promise<number> {
  return page.getByTestId('heatmap').evaluate((canvas: HTMLCanvasElement) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })!;
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
    const words = new Uint32Array(data.buffer);
    let hash = 0x811c9dc5;
    for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
    return hash >>> 0;
  });
}
