/**
 * Sum over a sliding window of time, kept in a ring of buckets, so that adding and sliding cost O(1) and memory is fixed.
 * Sums of whole lots are exact below 2^53; the ring is summed anew once per turn, so that rounding of other values cannot
 * gather. Layout: header, then f64 buckets[count].
 */
@unmanaged
export class WindowSum {
  bucketNs: f64;
  count: f64;
  /** Number of the newest bucket since the epoch; -1 before the first value. */
  newest: f64;
  /** Bucket in which the window began. */
  first: f64;
  sum: f64;
}
export const WINDOW_HEADER_BYTES: i32 = 40;

function bucketAt(w: WindowSum, number: f64): usize {
  const i = <i32>(number - floor(number / w.count) * w.count);
  return changetype<usize>(w) + WINDOW_HEADER_BYTES + ((<usize>i) << 3);
}

export function windowInit(w: WindowSum, windowNs: f64, buckets: i32): void {
  w.count = buckets;
  w.bucketNs = windowNs / <f64>buckets;
  windowReset(w);
}

export function windowReset(w: WindowSum): void {
  w.newest = -1;
  w.first = 0;
  w.sum = 0;
  memory.fill(changetype<usize>(w) + WINDOW_HEADER_BYTES, 0, (<usize>w.count) << 3);
}

/** Slides the window to `nowRelNs`; what has left it no longer counts. */
export function windowAdvance(w: WindowSum, nowRelNs: f64): void {
  const now = floor(nowRelNs / w.bucketNs);
  if (w.newest < 0) {
    w.newest = now;
    w.first = now;
    return;
  }
  if (now <= w.newest) return;
  if (now - w.newest >= w.count) {
    memory.fill(changetype<usize>(w) + WINDOW_HEADER_BYTES, 0, (<usize>w.count) << 3);
    w.sum = 0;
    w.newest = now;
    return;
  }
  while (w.newest < now) {
    w.newest += 1;
    const at = bucketAt(w, w.newest);
    w.sum -= load<f64>(at);
    store<f64>(at, 0);
    if (bucketAt(w, w.newest) == changetype<usize>(w) + WINDOW_HEADER_BYTES) resum(w);
  }
}

function resum(w: WindowSum): void {
  let sum: f64 = 0;
  const base = changetype<usize>(w) + WINDOW_HEADER_BYTES;
  for (let i: usize = 0; i < <usize>w.count; i++) sum += load<f64>(base + (i << 3));
  w.sum = sum;
}

export function windowAdd(w: WindowSum, nowRelNs: f64, value: f64): void {
  windowAdvance(w, nowRelNs);
  const at = bucketAt(w, w.newest);
  store<f64>(at, load<f64>(at) + value);
  w.sum += value;
}

/** True where the window has been filled once since its start. */
export function windowIsWhole(w: WindowSum): bool {
  return w.newest >= 0 && w.newest - w.first >= w.count;
}
