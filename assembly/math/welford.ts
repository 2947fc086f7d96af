/**
 * Mean and variance of the last n values (Welford, Technometrics 4(3), 1962; sliding form: replacing o by x changes
 * m' = m + (x - o)/n and M2' = M2 + (x - o)((x - m') + (o - m))). Rounding gathers in M2 when a quiet window follows a wild
 * one, so both are computed anew from the ring after every 10,000 replacements and whenever M2 has fallen below 1e-6 of its
 * largest value since. Values are kept less the first one, so that a large offset costs no digits.
 * Variance is M2 / (n - 1). Layout: header, then f64 ring[capacity]. O(1) a value, O(n) once in 10,000.
 */
@unmanaged
export class Welford {
  capacity: f64;
  count: f64;
  next: f64;
  reference: f64;
  mean: f64;
  m2: f64;
  largestM2: f64;
  sinceExact: f64;
}
export const WELFORD_HEADER_BYTES: i32 = 64;
const EXACT_AFTER: f64 = 10000;

function ring(w: Welford): usize {
  return changetype<usize>(w) + WELFORD_HEADER_BYTES;
}

export function welfordReset(w: Welford, capacity: f64): void {
  memory.fill(changetype<usize>(w), 0, <usize>WELFORD_HEADER_BYTES + ((<usize>capacity) << 3));
  w.capacity = capacity;
}

function exact(w: Welford): void {
  const n = w.count;
  let sum: f64 = 0;
  for (let i: usize = 0; i < <usize>n; i++) sum += load<f64>(ring(w) + (i << 3));
  const mean = sum / n;
  let m2: f64 = 0;
  for (let i: usize = 0; i < <usize>n; i++) {
    const d = load<f64>(ring(w) + (i << 3)) - mean;
    m2 += d * d;
  }
  w.mean = mean;
  w.m2 = m2;
  w.largestM2 = m2;
  w.sinceExact = 0;
}

export function welfordPush(w: Welford, value: f64): void {
  if (w.count == 0) w.reference = value;
  const x = value - w.reference;
  const at = ring(w) + ((<usize>w.next) << 3);
  if (w.count < w.capacity) {
    w.count += 1;
    const d = x - w.mean;
    w.mean += d / w.count;
    w.m2 += d * (x - w.mean);
  } else {
    const o = load<f64>(at);
    const mean = w.mean + (x - o) / w.capacity;
    w.m2 += (x - o) * (x - mean + (o - w.mean));
    w.mean = mean;
  }
  store<f64>(at, x);
  w.next = w.next + 1 == w.capacity ? 0 : w.next + 1;
  w.sinceExact += 1;
  if (w.m2 > w.largestM2) w.largestM2 = w.m2;
  if (w.sinceExact >= EXACT_AFTER || w.m2 < 1e-6 * w.largestM2) exact(w);
}

export function welfordMean(w: Welford): f64 {
  return w.mean + w.reference;
}
/** Sample variance; 0 with fewer than two values. */
export function welfordVariance(w: Welford): f64 {
  return w.count > 1 ? w.m2 / (w.count - 1) : 0;
}
/** Sum of squares about zero of the values as they were pushed. */
export function welfordSumOfSquares(w: Welford): f64 {
  const mean = welfordMean(w);
  return w.m2 + w.count * mean * mean;
}
