/**
 * The price-time map on one canvas. Fed by typed arrays, drawn only when something has changed. React knows nothing of
 * what is inside.
 *
 * From the back: hatching (what is not known), the picture of resting sizes, touch, own quotes, prints, own fills, the
 * book's profile at the right, axes, crosshair.
 */
import { COLUMN_NS, type ColumnRing, META, OWN, OWN_FIELDS } from '../replica/columns.ts';
import type { Fill } from '../replica/protocol.ts';
import { makeBubbles } from './bubbles.ts';
import { price, shortSize, size, timeOfDay } from './format.ts';
import { colourSteps, frameFor, type ImageFrame, type Painted, update, visibleSizes } from './heatmap-image.ts';
import { makeTable, type PaletteName, type ScaleName } from './palette.ts';
import { columnAt, type PlotSize, roundStep, tickAt, timeStep, type Viewport, xOf, yOf } from './viewport.ts';

/** What the numbers on the axes mean. */
export interface MapInstrument {
  readonly index: number;
  readonly tickSize: number;
  readonly lotSize: number;
  readonly base: string;
  readonly epochMs: number;
}

export interface ReadOut {
  readonly time: string;
  readonly price: string;
  /** Null: unknown, which is not zero. */
  readonly size: string | null;
  readonly side: 'bid' | 'ask' | null;
  /** Share of the largest visible size, 0..1. */
  readonly share: number;
  readonly traded: string;
}

export const AXIS_WIDTH = 78;
export const AXIS_HEIGHT = 24;
/** Of the book's profile, between map and price axis. */
export const PROFILE_WIDTH = 92;
/** The visible sizes are gone through so often, ms. */
const MEASURE_MS = 250;
const FONT = '11px "Inter", "Open Sans", system-ui, sans-serif';
const SMALL_FONT = '10px "Inter", "Open Sans", system-ui, sans-serif';
const BID = '#34d6a6';
const ASK = '#ff6b81';
const OWN_BID = '#9dfbe0';
const OWN_ASK = '#ffc2cb';

export class HeatmapCanvas {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #image = document.createElement('canvas');
  readonly #imageContext: CanvasRenderingContext2D;
  readonly #hatch: CanvasPattern;
  #pixels: ImageData | null = null;
  #steps: Uint32Array;
  #scale: ScaleName = 'sqrt';
  #palette: PaletteName = 'thermal';
  #ring: ColumnRing | null = null;
  #fills: readonly Fill[] = [];
  #instrument: MapInstrument | null = null;
  #view: Viewport;
  #now = 0;
  #cutOffLots = 0;
  #largestLots = 0;
  /** When the two above were worked out last, ms, and for what zoom. */
  #measuredMs = 0;
  #measuredZoom = '';
  /** What the picture was painted from; null: it has to be painted anew. */
  #painted: Painted | null = null;
  #cursor: { readonly x: number; readonly y: number } | null = null;
  #isDirty = true;
  #width = 0;
  #height = 0;

  constructor(canvas: HTMLCanvasElement, view: Viewport) {
    this.#canvas = canvas;
    this.#view = view;
    this.#context = contextOf(canvas);
    this.#imageContext = contextOf(this.#image);
    this.#steps = colourSteps(makeTable('thermal'), 'sqrt');
    this.#hatch = makeHatch(this.#context);
  }

  /** Of the map without axes and profile, CSS pixels. */
  get plot(): PlotSize {
    return {
      width: Math.max(1, this.#width - AXIS_WIDTH - PROFILE_WIDTH),
      height: Math.max(1, this.#height - AXIS_HEIGHT),
    };
  }
  /** The size that gets the last colour, lots; 0: nothing rests. */
  get cutOffLots(): number {
    return this.#cutOffLots;
  }

  setData(ring: ColumnRing | null, fills: readonly Fill[], instrument: MapInstrument | null): void {
    if (instrument?.index !== this.#instrument?.index) this.#cutOffLots = 0;
    if (ring !== this.#ring) this.#painted = null;
    this.#ring = ring;
    this.#fills = fills;
    this.#instrument = instrument;
    this.#isDirty = true;
  }
  /** `now`: column of the present moment, a fraction; behind it lies the future, which is empty, not missing. */
  setView(view: Viewport, now: number): void {
    if (view === this.#view && now === this.#now) return;
    this.#view = view;
    this.#now = now;
    this.#isDirty = true;
  }
  setColours(palette: PaletteName, scale: ScaleName): void {
    if (palette === this.#palette && scale === this.#scale) return;
    this.#palette = palette;
    this.#scale = scale;
    this.#steps = colourSteps(makeTable(palette), scale);
    this.#painted = null;
    this.#isDirty = true;
  }
  setCursor(cursor: { readonly x: number; readonly y: number } | null): void {
    this.#cursor = cursor;
    this.#isDirty = true;
  }
  resize(width: number, height: number, ratio: number): void {
    this.#width = width;
    this.#height = height;
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    this.#isDirty = true;
  }

  /** What stands under a point of the map, or null outside of it. */
  readOut(x: number, y: number): ReadOut | null {
    const { plot } = this;
    const instrument = this.#instrument;
    if (instrument === null || this.#ring === null || x < 0 || y < 0 || x >= plot.width || y >= plot.height)
      return null;
    const column = columnAt(this.#view, plot, x);
    const tick = Math.round(tickAt(this.#view, plot, y));
    const slot = this.#ring.slot(Math.floor(column));
    const lots = slot < 0 ? Number.NaN : this.#ring.size(slot, tick);
    const traded = slot < 0 ? 0 : this.#ring.get(slot, META.buyLots) + this.#ring.get(slot, META.sellLots);
    return {
      time: timeOfDay(instrument.epochMs, column * COLUMN_NS, 6),
      price: price(tick, instrument.tickSize),
      size: Number.isNaN(lots) ? null : size(Math.abs(lots), instrument.lotSize),
      side: lots > 0 ? 'bid' : lots < 0 ? 'ask' : null,
      share: Number.isNaN(lots) || this.#largestLots === 0 ? 0 : Math.abs(lots) / this.#largestLots,
      traded: size(traded, instrument.lotSize),
    };
  }

  /** Draws if anything has changed since the last time. Returns whether it did. */
  draw(): boolean {
    if (!this.#isDirty || this.#width === 0) return false;
    this.#isDirty = false;
    const context = this.#context;
    const ratio = this.#canvas.width / this.#width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.#width, this.#height);
    context.save();
    context.beginPath();
    context.rect(0, 0, this.plot.width, this.plot.height);
    context.clip();
    this.#drawBackground();
    if (this.#ring !== null && this.#instrument !== null) {
      this.#adaptCutOff(this.#ring);
      this.#drawSizes(this.#ring, ratio);
      this.#drawTouch(this.#ring);
      this.#drawBubbles(this.#ring);
      this.#drawOwnQuotes(this.#ring, this.#instrument);
      this.#drawFills(this.#instrument);
    }
    context.restore();
    if (this.#ring !== null && this.#instrument !== null) {
      this.#drawProfile(this.#ring);
      this.#drawAxes(this.#ring, this.#instrument);
      this.#drawCrosshair(this.#instrument);
    }
    return true;
  }

  #drawBackground(): void {
    const { plot } = this;
    const context = this.#context;
    context.fillStyle = '#0a0e17';
    context.fillRect(0, 0, plot.width, plot.height);
    const nowX = Math.min(plot.width, xOf(this.#view, plot, this.#now));
    if (nowX <= 0) return;
    context.fillStyle = this.#hatch;
    context.fillRect(0, 0, nowX, plot.height);
  }

  /** Slowly, so that colours do not flicker; at once when there was nothing before. */
  #adaptCutOff(ring: ColumnRing): void {
    const zoom = `${this.#view.columns} ${this.#view.ticks}`;
    const nowMs = performance.now();
    if (this.#cutOffLots > 0 && zoom === this.#measuredZoom && nowMs - this.#measuredMs < MEASURE_MS) return;
    this.#measuredZoom = zoom;
    this.#measuredMs = nowMs;
    const { largest, high } = visibleSizes(ring, this.#view);
    this.#largestLots = largest;
    if (high === 0) return;
    this.#cutOffLots = this.#cutOffLots === 0 ? high : this.#cutOffLots + (high - this.#cutOffLots) * 0.3;
  }

  #paint(ring: ColumnRing, frame: ImageFrame): void {
    if (this.#pixels?.width !== frame.width || this.#pixels.height !== frame.height) {
      this.#pixels = this.#imageContext.createImageData(frame.width, frame.height);
      this.#image.width = frame.width;
      this.#image.height = frame.height;
      this.#painted = null;
    }
    const pixels = new Uint32Array(this.#pixels.data.buffer);
    this.#painted = update(ring, this.#painted, frame, this.#steps, this.#cutOffLots, pixels);
    this.#imageContext.putImageData(this.#pixels, 0, 0);
  }

  #drawSizes(ring: ColumnRing, ratio: number): void {
    const { plot } = this;
    const frame = frameFor(this.#view, plot.width * ratio, plot.height * ratio);
    this.#paint(ring, frame);
    const left = xOf(this.#view, plot, frame.firstColumn);
    const right = xOf(this.#view, plot, frame.firstColumn + frame.width * frame.columnsPerCell);
    const bottom = yOf(this.#view, plot, frame.firstTick - 0.5);
    const top = yOf(this.#view, plot, frame.firstTick + frame.height * frame.ticksPerCell - 0.5);
    this.#context.imageSmoothingEnabled = false;
    this.#context.drawImage(this.#image, left, top, right - left, bottom - top);
  }

  #visible(ring: ColumnRing): { first: number; last: number; step: number } {
    const first = Math.max(ring.first, Math.floor(this.#view.right - this.#view.columns) - 1);
    const last = Math.min(ring.last, Math.ceil(this.#view.right));
    return { first, last, step: Math.max(1, Math.floor(this.#view.columns / this.plot.width)) };
  }

  #drawTouch(ring: ColumnRing): void {
    // On the outer edges of the two rows, so that both can be seen where the spread is one tick.
    this.#drawSteps(ring, META.bidTicks, -0.5, BID);
    this.#drawSteps(ring, META.askTicks, 0.5, ASK);
  }

  #drawSteps(ring: ColumnRing, field: number, offsetTicks: number, colour: string): void {
    const context = this.#context;
    const { first, last, step } = this.#visible(ring);
    context.beginPath();
    let isDown = false;
    for (let column = first; column <= last; column += step) {
      const slot = ring.slot(column);
      const ticks = slot < 0 ? Number.NaN : ring.get(slot, field) + offsetTicks;
      if (Number.isNaN(ticks)) {
        isDown = false;
        continue;
      }
      const y = yOf(this.#view, this.plot, ticks);
      const x = xOf(this.#view, this.plot, column);
      if (isDown) context.lineTo(x, y);
      else context.moveTo(x, y);
      context.lineTo(
        Math.min(xOf(this.#view, this.plot, column + step), xOf(this.#view, this.plot, Math.max(this.#now, column))),
        y,
      );
      isDown = true;
    }
    context.strokeStyle = colour;
    context.globalAlpha = 0.95;
    context.lineWidth = 1.4;
    context.stroke();
    context.globalAlpha = 1;
  }

  #drawBubbles(ring: ColumnRing): void {
    const { plot } = this;
    const context = this.#context;
    const { first, last } = this.#visible(ring);
    if (last < first) return;
    const bubbles = makeBubbles(ring, first, last, (this.#view.columns / plot.width) * 10);
    const largest = bubbles.reduce((most, bubble) => Math.max(most, bubble.lots), 0);
    for (const bubble of bubbles) {
      const radius = Math.max(1.2, 13 * Math.sqrt(bubble.lots / largest));
      context.beginPath();
      context.arc(xOf(this.#view, plot, bubble.column), yOf(this.#view, plot, bubble.ticks), radius, 0, 2 * Math.PI);
      context.fillStyle = bubble.sign > 0 ? 'rgb(52 214 166 / 0.5)' : 'rgb(255 92 122 / 0.5)';
      context.fill();
      if (radius > 2.5) {
        context.strokeStyle = bubble.sign > 0 ? 'rgb(190 255 232 / 0.8)' : 'rgb(255 205 214 / 0.8)';
        context.lineWidth = 0.75;
        context.stroke();
      }
    }
  }

  /** A line for each stretch of columns in which an order stood; at its living end the queue as a bar and in words. */
  #drawOwnQuotes(ring: ColumnRing, instrument: MapInstrument): void {
    const { plot } = this;
    const context = this.#context;
    const { first, last } = this.#visible(ring);
    for (const sign of [1, -1]) {
      context.beginPath();
      for (let column = first; column <= last; column++) {
        const slot = ring.slot(column);
        if (slot < 0) continue;
        for (let i = 0; i < ring.get(slot, META.ownCount); i++) {
          const at = META.own + i * OWN_FIELDS;
          if (Math.sign(ring.get(slot, at + OWN.signedLots)) !== sign) continue;
          const y = yOf(this.#view, plot, ring.get(slot, at + OWN.ticks));
          context.moveTo(xOf(this.#view, plot, column), y);
          context.lineTo(xOf(this.#view, plot, Math.max(column, Math.min(column + 1, this.#now))), y);
        }
      }
      context.strokeStyle = 'rgb(4 8 16 / 0.85)';
      context.lineWidth = 4;
      context.stroke();
      context.strokeStyle = sign > 0 ? OWN_BID : OWN_ASK;
      context.lineWidth = 2;
      context.stroke();
    }
    const newest = ring.slot(Math.min(ring.last, Math.floor(this.#now)));
    if (newest >= 0) this.#drawQueues(ring, newest, instrument);
  }

  #drawQueues(ring: ColumnRing, slot: number, instrument: MapInstrument): void {
    const { plot } = this;
    const context = this.#context;
    const x = Math.min(xOf(this.#view, plot, this.#now), plot.width) - 6;
    context.font = SMALL_FONT;
    context.textBaseline = 'middle';
    for (let i = 0; i < ring.get(slot, META.ownCount); i++) {
      const at = META.own + i * OWN_FIELDS;
      const lots = ring.get(slot, at + OWN.signedLots);
      const ahead = ring.get(slot, at + OWN.aheadLots);
      const behind = ring.get(slot, at + OWN.behindLots);
      const inQueue = !Number.isNaN(ahead);
      const text = inQueue
        ? `${size(Math.abs(lots), instrument.lotSize)} \u00b7 ${ahead < 1 ? 'first in queue' : `${shortSize(ahead * instrument.lotSize)} ahead`}`
        : `${size(Math.abs(lots), instrument.lotSize)} \u00b7 on its way`;
      const textWidth = context.measureText(text).width;
      const bar = inQueue ? 44 : 0;
      const width = textWidth + bar + 14;
      const y = yOf(this.#view, plot, ring.get(slot, at + OWN.ticks)) + (lots > 0 ? 13 : -13);
      const left = x - width;
      context.fillStyle = 'rgb(8 12 22 / 0.88)';
      context.strokeStyle = lots > 0 ? 'rgb(52 214 166 / 0.65)' : 'rgb(255 107 129 / 0.65)';
      context.lineWidth = 1;
      context.beginPath();
      context.roundRect(left, y - 9, width, 18, 4);
      context.fill();
      context.stroke();
      context.textAlign = 'left';
      context.fillStyle = lots > 0 ? OWN_BID : OWN_ASK;
      context.fillText(text, left + 5, y + 0.5);
      if (!inQueue) continue;
      // Ahead of us from the left, then we ourselves, then those behind.
      const all = ahead + Math.abs(lots) + (Number.isNaN(behind) ? 0 : behind);
      const barLeft = left + textWidth + 10;
      context.fillStyle = 'rgb(120 134 160 / 0.35)';
      context.fillRect(barLeft, y - 3, bar, 6);
      context.fillStyle = 'rgb(160 172 196 / 0.8)';
      context.fillRect(barLeft, y - 3, (bar * ahead) / all, 6);
      context.fillStyle = lots > 0 ? BID : ASK;
      context.fillRect(
        barLeft + Math.min(bar - 3, (bar * ahead) / all),
        y - 4,
        Math.max(3, (bar * Math.abs(lots)) / all),
        8,
      );
    }
  }

  #drawFills(instrument: MapInstrument): void {
    const { plot } = this;
    const context = this.#context;
    for (const fill of this.#fills) {
      if (fill.instrument !== instrument.index) continue;
      const x = xOf(this.#view, plot, fill.relNs / COLUMN_NS);
      if (x < -10 || x > plot.width + 10) continue;
      const y = yOf(this.#view, plot, fill.priceTicks);
      const up = fill.side > 0 ? 1 : -1;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(x - 6, y + 11 * up);
      context.lineTo(x + 6, y + 11 * up);
      context.closePath();
      context.fillStyle = fill.side > 0 ? BID : ASK;
      context.fill();
      context.strokeStyle = '#ffffff';
      context.lineWidth = 1.25;
      context.stroke();
    }
  }

  /** The newest visible book as bars beside the price axis. */
  #drawProfile(ring: ColumnRing): void {
    const { plot } = this;
    const context = this.#context;
    const left = plot.width;
    context.fillStyle = '#0b101b';
    context.fillRect(left, 0, PROFILE_WIDTH, plot.height);
    context.strokeStyle = '#1b2436';
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, -1, PROFILE_WIDTH - 1, plot.height + 1);
    const slot = ring.slot(Math.min(ring.last, Math.floor(Math.min(this.#now, this.#view.right))));
    if (slot < 0 || this.#cutOffLots === 0) return;
    const perRow = Math.max(1, Math.ceil((this.#view.ticks / plot.height) * 2));
    const rowHeight = Math.max(1, (plot.height / this.#view.ticks) * perRow - 0.5);
    const bottom = Math.floor((this.#view.centre - this.#view.ticks / 2) / perRow) * perRow;
    for (let tick = bottom; tick <= this.#view.centre + this.#view.ticks / 2; tick += perRow) {
      let lots = 0;
      for (let i = 0; i < perRow; i++) {
        const resting = ring.size(slot, tick + i);
        if (Math.abs(resting) > Math.abs(lots)) lots = resting;
      }
      if (lots === 0) continue;
      const width = Math.min(1, Math.sqrt(Math.abs(lots) / this.#cutOffLots)) * (PROFILE_WIDTH - 8);
      const y = yOf(this.#view, plot, tick + (perRow - 1) / 2);
      context.fillStyle = lots > 0 ? 'rgb(52 214 166 / 0.55)' : 'rgb(255 107 129 / 0.55)';
      const top = Math.max(0, y - rowHeight / 2);
      context.fillRect(left + 4, top, width, Math.min(rowHeight, plot.height - top));
    }
  }

  #drawAxes(ring: ColumnRing, instrument: MapInstrument): void {
    const { plot } = this;
    const context = this.#context;
    context.font = FONT;
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    const axisLeft = plot.width + PROFILE_WIDTH;
    const step = Math.max(1, Math.round(roundStep(this.#view.ticks, plot.height / 56)));
    const lowest = Math.ceil((this.#view.centre - this.#view.ticks / 2) / step) * step;
    for (let tick = lowest; tick <= this.#view.centre + this.#view.ticks / 2; tick += step) {
      const y = yOf(this.#view, plot, tick);
      context.fillStyle = 'rgb(150 165 195 / 0.09)';
      context.fillRect(0, Math.round(y), plot.width, 1);
      context.fillStyle = '#8492ad';
      if (y > 8 && y < plot.height - 8) context.fillText(price(tick, instrument.tickSize), axisLeft + 8, y);
    }
    const columnsPerSecond = 1e9 / COLUMN_NS;
    const seconds = timeStep(this.#view.columns / columnsPerSecond, plot.width / 110);
    const from = Math.ceil((this.#view.right - this.#view.columns) / columnsPerSecond / seconds) * seconds;
    context.textAlign = 'center';
    for (let at = from; at <= this.#view.right / columnsPerSecond; at += seconds) {
      if (at < 0) continue;
      const x = xOf(this.#view, plot, at * columnsPerSecond);
      context.fillStyle = 'rgb(150 165 195 / 0.09)';
      context.fillRect(Math.round(x), 0, 1, plot.height);
      context.fillStyle = '#8492ad';
      if (x > 30 && x < plot.width - 30)
        context.fillText(
          timeOfDay(instrument.epochMs, at * 1e9, seconds < 1 ? 2 : 0),
          x,
          plot.height + AXIS_HEIGHT / 2,
        );
    }
    const slot = ring.slot(ring.last);
    if (slot < 0) return;
    const bid = ring.get(slot, META.bidTicks);
    const ask = ring.get(slot, META.askTicks);
    if (Number.isNaN(bid) || Number.isNaN(ask)) return;
    // The two tags stand apart where the touch is closer than they are high.
    const middle = yOf(this.#view, plot, (bid + ask) / 2);
    const apart = Math.max(9.5, (yOf(this.#view, plot, bid) - yOf(this.#view, plot, ask)) / 2);
    this.#drawTag(price(ask, instrument.tickSize), middle - apart, ASK);
    this.#drawTag(price(bid, instrument.tickSize), middle + apart, BID);
  }

  #drawTag(text: string, y: number, colour: string): void {
    if (y < 0 || y > this.plot.height) return;
    const context = this.#context;
    const left = this.plot.width + PROFILE_WIDTH;
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(left + 2, y - 9, AXIS_WIDTH - 6, 18, 3);
    context.fill();
    context.fillStyle = '#06110f';
    context.font = `600 ${FONT}`;
    context.textAlign = 'left';
    context.fillText(text, left + 8, y + 0.5);
    context.font = FONT;
  }

  #drawCrosshair(instrument: MapInstrument): void {
    const cursor = this.#cursor;
    const { plot } = this;
    if (cursor === null || cursor.x >= plot.width || cursor.y >= plot.height) return;
    const context = this.#context;
    context.strokeStyle = 'rgb(226 234 250 / 0.5)';
    context.lineWidth = 1;
    context.setLineDash([4, 4]);
    context.beginPath();
    context.moveTo(Math.round(cursor.x) + 0.5, 0);
    context.lineTo(Math.round(cursor.x) + 0.5, plot.height);
    context.moveTo(0, Math.round(cursor.y) + 0.5);
    context.lineTo(plot.width + PROFILE_WIDTH, Math.round(cursor.y) + 0.5);
    context.stroke();
    context.setLineDash([]);
    this.#drawTag(price(Math.round(tickAt(this.#view, plot, cursor.y)), instrument.tickSize), cursor.y, '#d5ddee');
  }
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser gives no 2-D canvas; use a current one');
  return context;
}

/** Diagonal lines: here nothing is known. */
function makeHatch(context: CanvasRenderingContext2D): CanvasPattern {
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const pen = contextOf(tile);
  pen.strokeStyle = 'rgb(132 146 173 / 0.34)';
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(-2, 2);
  pen.lineTo(2, -2);
  pen.moveTo(0, 8);
  pen.lineTo(8, 0);
  pen.moveTo(6, 10);
  pen.lineTo(10, 6);
  pen.stroke();
  return context.createPattern(tile, 'repeat')!;
}
