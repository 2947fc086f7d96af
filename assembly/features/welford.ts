/* feature
doc = "Sliding mean, standard deviation and z-score of the mid, sampled on a fixed grid of time (Welford, Technometrics 4(3), 1962, in its sliding form)."
hooks = ["onTimer"]
[[parameter]]
name = "samples"
unit = "1"
default = 100
minimum = 2
maximum = 100000
doc = "values in the window"
[[parameter]]
name = "sampleMs"
unit = "ms"
default = 100
minimum = 100
maximum = 60000
doc = "time between two values, a multiple of 100"
[[output]]
name = "meanTicks"
unit = "ticks"
validity = "the window is full"
window = "samples x sampleMs"
source = "touch"
[[output]]
name = "sdTicks"
unit = "ticks"
validity = "the window is full"
window = "samples x sampleMs"
source = "touch"
[[output]]
name = "zPrior"
unit = "1"
validity = "the window was full before the newest value and its deviation is above 0"
window = "samples x sampleMs"
source = "touch"
*/
import { FeatureConfig, Instrument } from '../../build/generated/assembly/layouts';
import { BOOK_STATE_LIVE } from '../../build/generated/assembly/records';
import {
  WELFORD_HEADER_BYTES,
  Welford,
  welfordMean,
  welfordPush,
  welfordReset,
  welfordVariance,
} from '../math/welford';

@unmanaged
class State {
  sampleNs: f64;
  nextRelNs: f64;
}
const STATE_BYTES: i32 = 16;

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
  changetype<State>(p).nextRelNs = 0;
  welfordReset(windowOf(p), windowOf(p).capacity);
  store<f64>(out, 0, 8);
  store<f64>(out, 0, 24);
  store<f64>(out, 0, 40);
}

export function onTimer(p: usize, out: usize, x: Instrument, nowRelNs: f64): void {
  const s = changetype<State>(p);
  if (nowRelNs < s.nextRelNs || x.bookState != BOOK_STATE_LIVE || x.bidLots <= 0 || x.askLots <= 0) return;
  s.nextRelNs = nowRelNs + s.sampleNs;
  const w = windowOf(p);
  const mid = (x.bidTicks + x.askTicks) / 2;
  // Against the window before this value: including it would bound the score by (n - 1)/sqrt(n).
  const sdBefore = sqrt(welfordVariance(w));
  const prior = w.count == w.capacity && sdBefore > 0;
  if (prior) store<f64>(out, (mid - welfordMean(w)) / sdBefore, 32);
  store<f64>(out, prior ? 1 : 0, 40);
  welfordPush(w, mid);
  const whole: f64 = w.count == w.capacity ? 1 : 0;
  store<f64>(out, welfordMean(w));
  store<f64>(out, whole, 8);
  store<f64>(out, sqrt(welfordVariance(w)), 16);
  store<f64>(out, whole, 24);
}
