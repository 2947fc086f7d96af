/** Frame bytes to records: decoders.wasm, its plain twin, and JSON.parse alone, on the same frames. */
import { BinanceDecoder, EventType } from '../../host/kernels/decoders.ts';
import { ReferenceBinanceDecoder } from '../../host/reference/binance-decoder.ts';
import type { Effort } from '../effort.ts';
import type { Material } from '../material.ts';
import type { Results } from '../result.ts';
import { timePerEventNs } from '../timing.ts';
import type { Timing } from '../timing.ts';

const TYPES = [
  ['depthUpdate', EventType.depthUpdate],
  ['bookTicker', EventType.bookTicker],
  ['trade', EventType.trade],
] as const;

const TWIN = 'JSON.parse twin';

export function benchDecode(material: Material, effort: Effort, results: Results): void {
  const { epochNs, config, decoders, both } = material;
  const symbols = config.instruments.map((x) => ({ symbol: x.symbol, instrument: x.index }));
  const decoder = new BinanceDecoder(decoders, { epochNs, symbols });
  const twin = new ReferenceBinanceDecoder({ epochNs, symbols });
  const types = both.frames.map((frame) => (decoder.decodeStream(frame, 0), decoder.eventType));
  const sets: [string, Uint8Array[]][] = TYPES.map(([name, type]) => [
    name,
    spread(
      both.frames.filter((_, i) => types[i] === type),
      effort.decodeFrames,
    ),
  ]);
  // As they come: what a record costs on average depends on the mix.
  sets.push(['all', both.frames.slice(0, 3 * effort.decodeFrames)]);
  for (const [name, frames] of sets) {
    let records = 0;
    for (const frame of frames) records += decoder.decodeStream(frame, 0);
    const json = timePerEventNs(effort, frames.length, () => {
      for (const frame of frames) JSON.parse(textOf(frame));
    });
    const plain = timePerEventNs(effort, frames.length, () => {
      for (const frame of frames) twin.decodeStream(frame, 0);
    });
    const wasm = timePerEventNs(effort, frames.length, () => {
      for (const frame of frames) decoder.decodeStream(frame, 0);
    });
    const title = `decode ${name}`;
    const common = { name: title, unit: 'ns/frame', events: frames.length };
    results.add({ ...common, variant: TWIN, ...plain });
    results.add({ ...common, variant: 'JSON.parse alone', ...json, beside: TWIN });
    results.add({ ...common, variant: 'decoders.wasm', ...wasm, beside: TWIN });
    const perRecord = frames.length / records;
    results.add({
      name: `${title}, per record`,
      unit: 'ns/record',
      events: records,
      variant: TWIN,
      ...scaled(plain, perRecord),
    });
    results.add({
      name: `${title}, per record`,
      unit: 'ns/record',
      events: records,
      variant: 'decoders.wasm',
      ...scaled(wasm, perRecord),
      beside: TWIN,
    });
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** At most `count` of the items, evenly over the whole. */
function spread<T>(items: readonly T[], count: number): T[] {
  const step = Math.max(1, Math.floor(items.length / count));
  return items.filter((_, i) => i % step === 0).slice(0, count);
}

function scaled(timing: Timing, factor: number): Timing {
  return { min: timing.min * factor, p50: timing.p50 * factor };
}
