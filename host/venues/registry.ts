/** The venues by the name that the config gives: one entry a venue. */
import { BinanceDecoder } from '../kernels/decoders.ts';
import { BinanceUsdmClient } from './binance-usdm/client.ts';
import type { VenueKind } from './venue.ts';

const binanceUsdm: VenueKind = {
  client: (options, deps, handler) => new BinanceUsdmClient(options, deps, handler),
  decoder: (module, options) => new BinanceDecoder(module, options),
  bridgedIds: true,
};

export const VENUES: ReadonlyMap<string, VenueKind> = new Map([['binance-usdm', binanceUsdm]]);

/** @throws Error that names the venues there are. */
export function venueKind(name: string): VenueKind {
  const kind = VENUES.get(name);
  if (kind === undefined) {
    throw new Error(`venue "${name}" is not known; there are: ${[...VENUES.keys()].join(', ')}`);
  }
  return kind;
}
