/** The parts inside kernels.wasm, compiled by themselves (test/fixtures/assembly/parts.as). */
import { readFileSync } from 'node:fs';
import { compileAssembly } from './assembly.ts';
import { ROOT } from './modules.ts';

/** Addresses and sizes in bytes, times in ns, prices in ticks, sizes in lots; booleans come as 0 and 1. */
export interface Parts {
  place(bytes: number): number;
  bookSize(windowTicks: number, farLevels: number): number;
  bookInit(book: number, windowTicks: number, farLevels: number): void;
  bookClear(book: number): void;
  bookRecentre(book: number, limitTicks: number): number;
  depthTo(book: number, side: number, limitTicks: number): number;
  isCrossed(book: number): number;
  set(book: number, side: number, tick: number, lots: number): number;
  get(book: number, side: number, tick: number): number;
  next(book: number, side: number, tick: number): number;
  clearTo(book: number, side: number, tick: number): void;
  best(book: number, side: number): number;
  levels(book: number, side: number): number;
  farLevels(book: number, side: number): number;
  base(book: number, side: number): number;
  hasLevels(book: number, side: number): number;
  welfordSize(capacity: number): number;
  welfordStart(p: number, capacity: number): void;
  welfordAdd(p: number, value: number): void;
  mean(p: number): number;
  variance(p: number): number;
  sumOfSquares(p: number): number;
  windowSize(buckets: number): number;
  windowStart(p: number, windowNs: number, buckets: number): void;
  windowPush(p: number, nowRelNs: number, value: number): void;
  windowSlide(p: number, nowRelNs: number): void;
  windowTotal(p: number): number;
  windowWhole(p: number): number;
  probabilityBehind(model: number, power: number, front: number, back: number): number;
  frontAfterChange(model: number, power: number, front: number, traded: number, before: number, after: number): number;
}

const VIRTUAL_PATH = 'assembly/test-parts.ts';

export async function compileParts(target: 'release' | 'checked'): Promise<Parts> {
  const text = readFileSync(`${ROOT}test/fixtures/assembly/parts.as`, 'utf8');
  const module = await compileAssembly({ entry: VIRTUAL_PATH, target, replaced: new Map([[VIRTUAL_PATH, text]]) });
  const imports = {
    env: {
      abort: () => {
        throw new Error('assertion in AssemblyScript');
      },
    },
  };
  return new WebAssembly.Instance(module, imports).exports as unknown as Parts;
}
