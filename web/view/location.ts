/** What the page shows, in the part of the address behind `#`, so that a link or a reload shows the same. */
import { PALETTES, SCALES, type PaletteName, type ScaleName } from './palette.ts';
import { LIMITS } from './viewport.ts';

export interface PageLocation {
  /** Symbol; null: the first instrument. */
  readonly instrument: string | null;
  readonly columns: number | null;
  readonly ticks: number | null;
  readonly palette: PaletteName | null;
  readonly scale: ScaleName | null;
  /** Session time shown, seconds since the epoch; null: the present. */
  readonly atSeconds: number | null;
}

const within = (text: string | null, low: number, high: number): number | null => {
  const value = text === null || text === '' ? Number.NaN : Number(text);
  return value >= low && value <= high ? value : null;
};

/** Reads `#...`; what is missing or makes no sense is null. */
export function readLocation(hash: string): PageLocation {
  const query = new URLSearchParams(hash.replace(/^#/, ''));
  return {
    instrument: query.get('i'),
    columns: within(query.get('w'), LIMITS.minColumns, LIMITS.maxColumns),
    ticks: within(query.get('h'), LIMITS.minTicks, LIMITS.maxTicks),
    palette: PALETTES.find((name) => name === query.get('map')) ?? null,
    scale: SCALES.find((name) => name === query.get('scale')) ?? null,
    atSeconds: within(query.get('t'), 0, 1e10),
  };
}

export function writeLocation(location: PageLocation): string {
  const query = new URLSearchParams();
  if (location.instrument !== null) query.set('i', location.instrument);
  if (location.columns !== null) query.set('w', String(Math.round(location.columns)));
  if (location.ticks !== null) query.set('h', String(Math.round(location.ticks)));
  if (location.palette !== null) query.set('map', location.palette);
  if (location.scale !== null) query.set('scale', location.scale);
  if (location.atSeconds !== null) query.set('t', location.atSeconds.toFixed(1));
  return `#${query.toString()}`;
}
