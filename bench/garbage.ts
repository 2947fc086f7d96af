/** Garbage collection: run at will, and watched while something is measured. */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as (options: { type: 'minor' }) => void;

/** Empties the young generation, where everything new is put. */
export function collectYoung(): void {
  collect({ type: 'minor' });
}

/** Bytes of the JavaScript heap in use. */
export function usedHeapBytes(): number {
  return getHeapStatistics().used_heap_size;
}

export interface Pauses {
  readonly count: number;
  readonly totalMs: number;
  readonly worstMs: number;
}

/** Runs `work` and reports the collections meanwhile. */
export async function withPauses(work: () => void): Promise<Pauses> {
  let count = 0;
  let totalMs = 0;
  let worstMs = 0;
  const note = (entries: readonly { readonly duration: number }[]) => {
    for (const { duration } of entries) {
      count += 1;
      totalMs += duration;
      worstMs = Math.max(worstMs, duration);
    }
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ entryTypes: ['gc'] });
  work();
  // The observer is told in a later turn of the event loop.
  await new Promise((resolve) => setTimeout(resolve, 20));
  note(observer.takeRecords());
  observer.disconnect();
  return { count, totalMs, worstMs };
}
