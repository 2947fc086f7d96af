/** The venues by the name that the config gives: one line a venue. */
import { BinanceUsdmClient } from './binance-usdm/client.ts';
import type { VenueFactory } from './venue.ts';

export const VENUES: ReadonlyMap<string, VenueFactory> = new Map<string, VenueFactory>([
  ['binance-usdm', (options, deps, handler) => new BinanceUsdmClient(options, deps, handler)],
]);

/** @throws Error that names the venues there are. */
export function venueFactory(name: string): VenueFactory {
  const factory = VENUES.get(name);
  if (factory === undefined) {
    throw new Error(`venue "${name}" is not known; there are: ${[...VENUES.keys()].join(', ')}`);
  }
  return factory;
}
