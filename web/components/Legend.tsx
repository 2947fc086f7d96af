/** The colours of the map with the sizes they stand for, and the choice of map and scale. */
import { useEffect, useRef } from 'react';
import { usePage } from '../store.ts';
import { shortSize } from '../view/format.ts';
import { cssColour, lotsOf, makeTable, PALETTES, SCALES } from '../view/palette.ts';

const STRIP = { width: 160, height: 8 };

export function Legend({
  cutOffLots,
  lotSize,
  base,
}: {
  readonly cutOffLots: number;
  readonly lotSize: number;
  readonly base: string;
}): React.JSX.Element {
  const strip = useRef<HTMLCanvasElement>(null);
  const palette = usePage((state) => state.palette);
  const scale = usePage((state) => state.scale);
  useEffect(() => {
    const context = strip.current?.getContext('2d');
    if (context === null || context === undefined) return;
    const table = makeTable(palette);
    for (let x = 0; x < STRIP.width; x++) {
      context.fillStyle = cssColour(table, Math.round((x / (STRIP.width - 1)) * 255));
      context.fillRect(x, 0, 1, STRIP.height);
    }
  }, [palette]);
  const at = (part: number): string =>
    cutOffLots === 0 ? '\u2013' : shortSize(lotsOf(part * 255, cutOffLots, scale) * lotSize);
  return (
    <div className="legend">
      <div className="legend-strip">
        <canvas ref={strip} width={STRIP.width} height={STRIP.height} />
        <div className="legend-numbers">
          <span>0</span>
          <span>{at(0.5)}</span>
          <span>
            {'\u2265'} {at(1)} {base}
          </span>
        </div>
      </div>
      <button
        type="button"
        title="Another colour map"
        onClick={() => usePage.setState({ palette: after(PALETTES, palette) })}
      >
        {palette}
      </button>
      <button
        type="button"
        title="Another scale of size to colour"
        onClick={() => usePage.setState({ scale: after(SCALES, scale) })}
      >
        {scale}
      </button>
      <span className="legend-key">
        <i className="hatched" /> not known
      </span>
    </div>
  );
}

function after<T>(list: readonly T[], current: T): T {
  return list[(list.indexOf(current) + 1) % list.length]!;
}
