/* feature
doc = "Realised volatility of the mid: square root of the mean squared relative change between samples on a fixed grid of time, per square root of a second. Drift is not removed."
hooks = ["onTimer"]
[[parameter]]
name = "samples"
unit = "1"
default = 300
minimum = 10
maximum = 100000
doc = "changes in the window"
[[parameter]]
name = "sampleMs"
unit = "ms"
default = 100
minimum = 100
maximum = 60000
doc = "time between two samples, a multiple of 100"
[[output]]
name = "sigmaRelPerSqrtSecond"
unit = "1/sqrt(s)"
validity = "at least 50 changes, or a full window"
window = "samples x sampleMs"
source = "touch"
*/
import { FeatureConfig, Instrument } from '../../build/generated/assembly/layouts';
import { BOOK_STATE_LIVE } from '../../build/generated/assembly/records';
import { WELFORD_HEADER_BYTES, Welford, welfordPush, welfordReset, welfordSumOfSquares } from '../math/welford';

@unmanaged
class State {
  sampleNs: f64;
  nextRelNs: f64;
  lastMid: f64;
}
const STATE_BYTES: i32 = 24;
const ENOUGH: f64 = 50;

function windowOf(p: usize): Welford {
  return changetype<Welford>(p + STATE_BYTES);
}

export function bytes(c: FeatureConfig): i32 {
  return STATE_BYTES + WELFORD_HEADER_BYTES + <i32>c.p0 * 8;
}

export function init(p: usize, out: usize, c: FeatureConfig, x: Instrument): void {
  changetype<State>(p).sampleNs = c.p1 * 1e6;
  welfordReset(windowOf(p), c.p0);
}

export function reset(p: usize, out: usize, x: Instrument): void {
  const s = changetype<State>(p);
  s.nextRelNs = 0;
  s.lastMid = 0;
  welfordReset(windowOf(p), windowOf(p).capacity);
  store<f64>(out, 0, 8);
}

export function onTimer(p: usize, out: usize, x: Instrument, nowRelNs: f64): void {
  const s = changetype<State>(p);
  if (nowRelNs < s.nextRelNs || x.bookState != BOOK_STATE_LIVE || x.bidLots <= 0 || x.askLots <= 0) return;
  s.nextRelNs = nowRelNs + s.sampleNs;
  const mid = (x.bidTicks + x.askTicks) / 2;
  const w = windowOf(p);
  if (s.lastMid > 0) {
    // (m' - m)/m stands for ln(m'/m): at these intervals they differ by less than 1e-7 of themselves.
    welfordPush(w, (mid - s.lastMid) / s.lastMid);
    const variance = max(0, welfordSumOfSquares(w) / w.count);
    store<f64>(out, sqrt(variance / (s.sampleNs / 1e9)));
    store<f64>(out, w.count == w.capacity || w.count >= ENOUGH ? 1 : 0, 8);
  }
  s.lastMid = mid;
}
