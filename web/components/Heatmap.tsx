/** The map with its gestures, read-out, legend and buttons. The drawing itself stands in view/heatmap-canvas.ts. */
import { useEffect, useRef, useState } from 'react';
import { COLUMN_NS, META } from '../replica/columns.ts';
import { backToLive, mapData, usePage } from '../store.ts';
import { HeatmapCanvas, type ReadOut } from '../view/heatmap-canvas.ts';
import { readLocation, writeLocation } from '../view/location.ts';
import { follow, pan, type Viewport, zoomPrice, zoomTime } from '../view/viewport.ts';
import { Legend } from './Legend.tsx';

const DEFAULT_COLUMNS = 280;
const DEFAULT_TICKS = 480;
const WHEEL_ZOOM = 1.0015;
const KEY_ZOOM = 1.25;
/** The view glides to the newest column by this part of the way each frame. */
const GLIDE = 0.25;

/** Keys that a slider needs for itself; letters and digits mean nothing to it. */
const SLIDER_KEYS = [' ', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', '+', '-'];

/** True where a key belongs to a field that has the focus. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && target.type === 'range') return SLIDER_KEYS.includes(event.key);
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

function firstView(): Viewport {
  const { columns, ticks } = readLocation(location.hash);
  return { right: 0, columns: columns ?? DEFAULT_COLUMNS, centre: 0, ticks: ticks ?? DEFAULT_TICKS, isFollowing: true };
}

export function Heatmap(): React.JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [readOut, setReadOut] = useState<ReadOut | null>(null);
  const [cutOff, setCutOff] = useState(0);
  const selected = usePage((state) => state.selected);
  const opened = usePage((state) => state.opened);
  const isFollowing = usePage((state) => state.isFollowing);
  const isPaused = usePage((state) => state.isPaused);
  const position = usePage((state) => state.replica?.position ?? 'opening');
  const instrument = opened?.instruments[selected];

  useEffect(() => {
    const element = canvas.current!;
    const map = new HeatmapCanvas(element, firstView());
    let view = firstView();
    let shownNow = 0;
    let version = -1;
    let shown = '';
    let cursor: { x: number; y: number } | null = null;
    let drag: { x: number; y: number } | null = null;
    let request = 0;
    let frames = 0;

    const change = (next: Viewport): void => {
      view = next;
      if (usePage.getState().isFollowing !== next.isFollowing) usePage.setState({ isFollowing: next.isFollowing });
    };
    const size = new ResizeObserver(() => {
      const box = frame.current!.getBoundingClientRect();
      map.resize(box.width, box.height, window.devicePixelRatio);
    });
    size.observe(frame.current!);

    const onFrame = (): void => {
      request = requestAnimationFrame(onFrame);
      const page = usePage.getState();
      const ring = mapData.ring(page.selected);
      const info = page.opened?.instruments[page.selected];
      if ((version !== mapData.version && !page.isPaused) || shown !== `${page.selected}`) {
        const epochMs = page.opened?.epochMs ?? 0;
        map.setData(ring, mapData.fills, info === undefined ? null : { index: page.selected, epochMs, ...info });
        if (shown !== `${page.selected}`) view = { ...view, centre: Number.NEGATIVE_INFINITY };
        version = mapData.version;
        shown = `${page.selected}`;
      }
      map.setColours(page.palette, page.scale);
      const now = (page.replica?.nowRelNs ?? 0) / COLUMN_NS;
      // While the picture is held, what arrives goes to the ring only.
      if (!page.isPaused) {
        shownNow = Math.abs(now - shownNow) > 8 ? now : shownNow + (now - shownNow) * GLIDE;
        if (Math.abs(now - shownNow) < 0.01) shownNow = now;
      }
      if (page.isFollowing !== view.isFollowing) view = { ...view, isFollowing: page.isFollowing };
      if (view.isFollowing) {
        const slot = ring?.slot(ring.last) ?? -1;
        const mid = slot < 0 ? Number.NaN : (ring!.get(slot, META.bidTicks) + ring!.get(slot, META.askTicks)) / 2;
        const next = follow(
          view.centre === Number.NEGATIVE_INFINITY && !Number.isNaN(mid) ? { ...view, centre: mid } : view,
          shownNow,
          mid,
        );
        if (next.right !== view.right || next.centre !== view.centre) view = next;
      }
      map.setView(view, shownNow);
      const drawn = map.draw();
      if (drawn && cursor !== null) setReadOut(map.readOut(cursor.x, cursor.y));
      if (++frames % 30 === 0) {
        setCutOff(map.cutOffLots);
        writeHash(view);
      }
    };
    request = requestAnimationFrame(onFrame);

    const writeHash = (current: Viewport): void => {
      const page = usePage.getState();
      const text = writeLocation({
        instrument: page.opened?.instruments[page.selected]?.symbol ?? page.wanted,
        columns: current.columns === DEFAULT_COLUMNS ? null : current.columns,
        ticks: current.ticks === DEFAULT_TICKS ? null : current.ticks,
        palette: page.palette === 'thermal' ? null : page.palette,
        scale: page.scale === 'sqrt' ? null : page.scale,
        atSeconds: page.replica?.position === 'history' ? page.replica.nowRelNs / 1e9 : null,
      });
      if (text !== location.hash) history.replaceState(null, '', text);
    };

    const point = (event: MouseEvent): { x: number; y: number } => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const onMove = (event: PointerEvent): void => {
      const at = point(event);
      if (drag !== null) change(pan(view, map.plot, at.x - drag.x, at.y - drag.y));
      if (drag !== null) drag = at;
      cursor = at;
      map.setCursor(at);
      setReadOut(map.readOut(at.x, at.y));
    };
    const onDown = (event: PointerEvent): void => {
      if (event.button !== 0) return;
      drag = point(event);
      element.setPointerCapture(event.pointerId);
    };
    const onUp = (): void => {
      drag = null;
    };
    const onLeave = (): void => {
      cursor = null;
      map.setCursor(null);
      setReadOut(null);
    };
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const at = point(event);
      // With Shift, browsers turn the wheel sideways.
      const delta = event.deltaY === 0 ? event.deltaX : event.deltaY;
      const factor = WHEEL_ZOOM ** delta;
      const isPrice = event.shiftKey || at.x > map.plot.width;
      change(isPrice ? zoomPrice(view, map.plot, factor, at.y) : zoomTime(view, map.plot, factor, at.x));
    };
    const onKey = (event: KeyboardEvent): void => {
      if (isTaken(event) || event.ctrlKey || event.metaKey || event.altKey) return;
      const { plot } = map;
      const far = event.shiftKey ? 10 : 1;
      const column = (plot.width / view.columns) * far;
      const tick = (plot.height / view.ticks) * far;
      const middle = { x: plot.width / 2, y: plot.height / 2 };
      const actions: Record<string, () => void> = {
        ' ': () => togglePause(),
        f: () => usePage.setState({ isFollowing: true, isPaused: false }),
        '0': () => backToLive(),
        '+': () =>
          change(
            event.shiftKey && event.code !== 'Equal'
              ? zoomPrice(view, plot, 1 / KEY_ZOOM, middle.y)
              : zoomTime(view, plot, 1 / KEY_ZOOM, middle.x),
          ),
        '-': () => change(zoomTime(view, plot, KEY_ZOOM, middle.x)),
        '[': () => change(zoomPrice(view, plot, KEY_ZOOM, middle.y)),
        ']': () => change(zoomPrice(view, plot, 1 / KEY_ZOOM, middle.y)),
        arrowleft: () => change(pan(view, plot, column, 0)),
        arrowright: () => change(pan(view, plot, -column, 0)),
        arrowup: () => change(pan(view, plot, 0, tick)),
        arrowdown: () => change(pan(view, plot, 0, -tick)),
      };
      const action = actions[event.key.toLowerCase()];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    element.addEventListener('pointermove', onMove);
    element.addEventListener('pointerdown', onDown);
    element.addEventListener('pointerup', onUp);
    element.addEventListener('pointerleave', onLeave);
    element.addEventListener('dblclick', followAgain);
    element.addEventListener('wheel', onWheel, { passive: false });
    window.addEventListener('keydown', onKey);
    return () => {
      cancelAnimationFrame(request);
      size.disconnect();
      element.removeEventListener('pointermove', onMove);
      element.removeEventListener('pointerdown', onDown);
      element.removeEventListener('pointerup', onUp);
      element.removeEventListener('pointerleave', onLeave);
      element.removeEventListener('dblclick', followAgain);
      element.removeEventListener('wheel', onWheel);
      window.removeEventListener('keydown', onKey);
    };
  }, []);

  return (
    <section className="map" aria-label="Price-time heatmap">
      <div className="map-canvas" ref={frame}>
        <canvas ref={canvas} data-testid="heatmap" />
      </div>
      <div className="map-top">
        {instrument !== undefined && <Legend cutOffLots={cutOff} lotSize={instrument.lotSize} base={instrument.base} />}
        <div className="map-buttons">
          <button
            type="button"
            className={isFollowing ? 'on' : ''}
            onClick={followAgain}
            title="Stay with the newest column and the price (F)"
          >
            Follow
          </button>
          <button
            type="button"
            className={isPaused ? 'on' : ''}
            onClick={togglePause}
            title="Hold the picture; the replica goes on (Space)"
          >
            Pause
          </button>
          {position === 'history' && (
            <button type="button" className="attention" onClick={backToLive} title="Back to the present (0)">
              Back to live
            </button>
          )}
        </div>
      </div>
      {readOut !== null && (
        <dl className="read-out" data-testid="read-out">
          <dt>time</dt>
          <dd>{readOut.time}</dd>
          <dt>price</dt>
          <dd>{readOut.price}</dd>
          <dt>{readOut.side ?? 'resting'}</dt>
          <dd className={readOut.side ?? ''}>
            {readOut.size === null ? 'not known' : `${readOut.size} ${instrument?.base ?? ''}`}
          </dd>
          <dt>of visible max</dt>
          <dd>{readOut.size === null ? '\u2013' : `${(readOut.share * 100).toFixed(0)} %`}</dd>
          <dt>traded in column</dt>
          <dd>
            {readOut.traded} {instrument?.base}
          </dd>
        </dl>
      )}
    </section>
  );
}

function togglePause(): void {
  usePage.setState((state) => ({ isPaused: !state.isPaused, isFollowing: state.isPaused }));
}

function followAgain(): void {
  usePage.setState({ isFollowing: true, isPaused: false });
}
