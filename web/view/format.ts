/** Numbers and times as the page writes them: fixed places, so that columns do not jump. */

const pad = (value: number, places: number): string => String(Math.floor(value)).padStart(places, '0');

/** Decimal places that show one step of `step`: 0.1 has 1, 0.001 has 3. */
export function decimals(step: number): number {
  for (let places = 0; places < 12; places++)
    if (Math.abs(Math.round(step * 10 ** places) / 10 ** places - step) < 1e-12) return places;
  return 12;
}

/** Price of a tick. */
export function price(ticks: number, tickSize: number): string {
  return (ticks * tickSize).toFixed(decimals(tickSize));
}

/** Half-way between two ticks, with one place more than the tick has. */
export function midPrice(bidTicks: number, askTicks: number, tickSize: number): string {
  return (((bidTicks + askTicks) / 2) * tickSize).toFixed(decimals(tickSize) + 1);
}

/** Size of lots in the instrument's own unit. */
export function size(lots: number, lotSize: number): string {
  return (lots * lotSize).toFixed(decimals(lotSize));
}

/** A size in few characters. */
export function shortSize(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(0)}k`;
  if (value >= 1000) return `${(value / 1000).toFixed(1)}k`;
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value.toFixed(value >= 1 ? 2 : 3);
}

/** UTC time of day; `places` decimals of a second, up to 6. `relNs` is counted from `epochMs` (ms since 1970). */
export function timeOfDay(epochMs: number, relNs: number, places: number): string {
  // Microseconds since midnight are exact; those since 1970 would be too, but only just.
  const dayUs = 86_400_000_000;
  const us = ((epochMs % 86_400_000) * 1000 + Math.floor(relNs / 1000)) % dayUs;
  const seconds = us / 1e6;
  const fraction = places === 0 ? '' : `.${pad(us % 1e6, 6).slice(0, places)}`;
  return `${pad(seconds / 3600, 2)}:${pad((seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}${fraction}`;
}

export function date(epochMs: number, relNs: number): string {
  return new Date(epochMs + relNs / 1e6).toISOString().slice(0, 10);
}

/** 3:05, 1:02:07. */
export function duration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const rest = `${hours > 0 ? pad((seconds / 60) % 60, 2) : String(Math.floor((seconds / 60) % 60))}:${pad(seconds % 60, 2)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** With a sign, and a proper minus. */
export function signed(value: number, places: number): string {
  const text = Math.abs(value).toFixed(places);
  return Number(text) === 0 ? text : `${value < 0 ? '\u2212' : '+'}${text}`;
}

/** Thousands apart by thin spaces. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u2009');
}

export function bytes(value: number): string {
  return value >= 1e9 ? `${(value / 1e9).toFixed(2)} GB` : `${(value / 1e6).toFixed(0)} MB`;
}

/** Microseconds: 0.81 us, 14.2 us, 1.93 ms. */
export function microseconds(us: number): string {
  if (us >= 1000) return `${(us / 1000).toFixed(2)} ms`;
  return `${us.toFixed(us >= 100 ? 0 : us >= 10 ? 1 : 2)} \u00b5s`;
}

/** camelCase as words. */
export function words(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}
