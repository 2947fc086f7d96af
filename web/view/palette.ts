/** Colours of resting size: tables of 256 entries, and the scale that finds the entry. */

export type PaletteName = 'thermal' | 'cividis';
export type ScaleName = 'linear' | 'sqrt' | 'log';
export const PALETTES: readonly PaletteName[] = ['thermal', 'cividis'];
export const SCALES: readonly ScaleName[] = ['linear', 'sqrt', 'log'];

type Stop = readonly [position: number, red: number, green: number, blue: number];

/** Black, blue, yellow, red: most of the room goes to small sizes, the warm end is for walls. */
const THERMAL: readonly Stop[] = [
  [0, 7, 10, 18],
  [0.16, 11, 28, 66],
  [0.36, 18, 74, 140],
  [0.52, 46, 138, 158],
  [0.66, 196, 186, 78],
  [0.8, 248, 172, 48],
  [0.92, 236, 88, 40],
  [1, 255, 60, 72],
];
/** After the map that reads the same with and without red-green vision. */
const CIVIDIS: readonly Stop[] = [
  [0, 0, 24, 58],
  [0.2, 28, 52, 104],
  [0.4, 78, 84, 108],
  [0.6, 124, 123, 120],
  [0.8, 180, 166, 104],
  [1, 254, 232, 76],
];

/** RGBA as it stands in memory on little-endian machines, opaque. */
export function makeTable(name: PaletteName): Uint32Array {
  const stops = name === 'cividis' ? CIVIDIS : THERMAL;
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    const at = i / 255;
    const above = Math.max(
      1,
      stops.findIndex((stop) => stop[0] >= at),
    );
    const [from, to] = [stops[above - 1]!, stops[above]!];
    const part = (at - from[0]) / (to[0] - from[0]);
    const mix = (channel: 1 | 2 | 3): number => Math.round(from[channel] + part * (to[channel] - from[channel]));
    table[i] = (0xff000000 | (mix(3) << 16) | (mix(2) << 8) | mix(1)) >>> 0;
  }
  return table;
}

export function cssColour(table: Uint32Array, entry: number): string {
  const value = table[entry]!;
  return `rgb(${value & 0xff} ${(value >>> 8) & 0xff} ${(value >>> 16) & 0xff})`;
}

/** Entry of the table for a size, given the size that gets the last entry. Nothing resting is entry 0. */
export function entryOf(lots: number, cutOffLots: number, scale: ScaleName): number {
  if (lots <= 0 || cutOffLots <= 0) return 0;
  const part = Math.min(1, lots / cutOffLots);
  // The logarithmic scale covers three decades below the cut-off.
  const scaled = scale === 'linear' ? part : scale === 'sqrt' ? Math.sqrt(part) : Math.max(0, 1 + Math.log10(part) / 3);
  return Math.max(1, Math.round(scaled * 255));
}

/** The size that is drawn with an entry: the inverse of entryOf. */
export function lotsOf(entry: number, cutOffLots: number, scale: ScaleName): number {
  const part = entry / 255;
  return cutOffLots * (scale === 'linear' ? part : scale === 'sqrt' ? part * part : 10 ** (3 * (part - 1)));
}
