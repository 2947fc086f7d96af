/** The whole session as a line: drag to a time to see it as it was then; the button, or 0, leads back to the present. */
import { useState } from 'react';
import { backToLive, seek, usePage } from '../store.ts';
import { duration, timeOfDay } from '../view/format.ts';

/** Keys with which a slider is moved. */
const MOVING_KEYS = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown']);

const STATES = {
  opening: 'opening',
  catchingUp: 'catching up',
  live: 'live',
  history: 'stepped back',
  disconnected: 'not connected',
} as const;

export function Scrubber(): React.JSX.Element {
  const replica = usePage((state) => state.replica);
  const opened = usePage((state) => state.opened);
  const fills = usePage((state) => state.fills);
  const [dragged, setDragged] = useState<number | null>(null);
  if (replica === null || opened === null) return <footer className="scrubber" />;
  const { startRelNs, endRelNs } = replica;
  const span = Math.max(1, endRelNs - startRelNs);
  const at = dragged ?? replica.nowRelNs;
  const part = (relNs: number): number => Math.min(1, Math.max(0, (relNs - startRelNs) / span));
  const release = (): void => {
    if (dragged === null) return;
    // The last part of the line is the present.
    if (part(dragged) > 0.995) backToLive();
    else seek(dragged);
    setDragged(null);
  };
  return (
    <footer className="scrubber">
      <span className={`where where-${replica.position}`} data-testid="where">
        {STATES[replica.position]}
      </span>
      <span className="edge">{timeOfDay(opened.epochMs, startRelNs, 0)}</span>
      <div className="track">
        <div className="track-done" style={{ width: `${part(at) * 100}%` }} />
        {fills.map((fill, i) => (
          <i
            key={`${fill.orderId} ${fill.relNs} ${i}`}
            className={fill.side > 0 ? 'mark bid' : 'mark ask'}
            style={{ left: `${part(fill.relNs) * 100}%` }}
          />
        ))}
        <input
          type="range"
          aria-label="Time in the session"
          data-testid="scrubber"
          min={startRelNs}
          max={endRelNs}
          step={1e7}
          value={at}
          onChange={(event) => setDragged(Number(event.target.value))}
          onPointerUp={release}
          onKeyUp={(event) => {
            // Other keys are the page's: "0" goes back to live and must not seek again.
            if (MOVING_KEYS.has(event.key)) release();
          }}
        />
        {dragged !== null && (
          <output style={{ left: `${part(dragged) * 100}%` }}>{timeOfDay(opened.epochMs, dragged, 1)}</output>
        )}
      </div>
      <span className="edge">{duration((endRelNs - startRelNs) / 1e9)}</span>
      <button
        type="button"
        onClick={backToLive}
        disabled={replica.position !== 'history'}
        title="Back to the present (0)"
      >
        Live
      </button>
    </footer>
  );
}
