/** One call measured many times with tinybench. */
import { Bench } from 'tinybench';
import type { Effort } from './effort.ts';

export interface Timing {
  readonly min: number;
  readonly p50: number;
}

/**
 * Calls `run` again and again; `prepare` before each call, unmeasured. Returns nanoseconds per event, where one call handles
 * `events` of them.
 */
export function timePerEventNs(
  effort: Effort,
  events: number,
  run: () => void,
  prepare: () => void = () => undefined,
): Timing {
  const bench = new Bench({
    time: effort.caseMs,
    iterations: effort.iterations,
    warmupTime: effort.warmupMs,
    warmupIterations: effort.warmupIterations,
    throws: true,
  });
  bench.add('case', run, { beforeEach: prepare });
  const result = bench.runSync()[0]!.result;
  if (!('latency' in result)) throw new Error(`the case did not complete: ${result.state}`);
  const nsPerEvent = 1e6 / events;
  return { min: result.latency.min * nsPerEvent, p50: result.latency.p50 * nsPerEvent };
}
