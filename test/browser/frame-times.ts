/** How often the page draws, and how long that takes: counted inside the page, summed up here. */

/** Runs in the page before its own code: every callback of an animation frame is timed. Keeps the last 4,096 of them. */
export function countFrames(): void {
  const intervals: number[] = [];
  const work: number[] = [];
  let last = Number.NaN;
  const native = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) =>
    native((time) => {
      const start = performance.now();
      callback(time);
      work.push(performance.now() - start);
      if (!Number.isNaN(last)) intervals.push(time - last);
      last = time;
      if (work.length > 4096) work.shift();
      if (intervals.length > 4096) intervals.shift();
    });
  Object.assign(window, {
    frames: {
      clear: () => {
        intervals.length = work.length = 0;
        last = Number.NaN;
      },
      read: () => ({ intervals, work }),
    },
  });
}

export interface FrameSummary {
  readonly perSecond: number;
  readonly intervalP50Ms: number;
  readonly intervalP99Ms: number;
  readonly workP50Ms: number;
  readonly workP99Ms: number;
}

export function summaryOf(frames: {
  readonly intervals: readonly number[];
  readonly work: readonly number[];
}): FrameSummary {
  const total = frames.intervals.reduce((sum, ms) => sum + ms, 0);
  return {
    perSecond: total === 0 ? 0 : (1000 * frames.intervals.length) / total,
    intervalP50Ms: quantile(frames.intervals, 0.5),
    intervalP99Ms: quantile(frames.intervals, 0.99),
    workP50Ms: quantile(frames.work, 0.5),
    workP99Ms: quantile(frames.work, 0.99),
  };
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
