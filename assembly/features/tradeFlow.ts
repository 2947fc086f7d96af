/* feature
doc = "Signed volume of prints (aggressor buys less sells) and their total over a sliding window. Off-market prints never reach it."
hooks = ["onTrade", "onTimer"]
[[parameter]]
name = "windowMs"
unit = "ms"
default = 5000
minimum = 100
maximum = 3600000
doc = "length of the window"
[[parameter]]
name = "buckets"
unit = "1"
default = 50
minimum = 1
maximum = 1000
doc = "the window slides by windowMs / buckets"
[[output]]
name = "signedLots"
unit = "lots"
validity = "a whole window since the book became live"
window = "windowMs"
source = "trade"
[[output]]
name = "lots"
unit = "lots"
validity = "a whole window since the book became live"
window = "windowMs"
source = "trade"
*/
import { FeatureConfig, Instrument } from '../../build/generated/assembly/layouts';
import { core } from '../core/outbox';
import {
  WINDOW_HEADER_BYTES,
  WindowSum,
  windowAdd,
  windowAdvance,
  windowInit,
  windowIsWhole,
  windowReset,
} from '../math/window-sum';

function signed(p: usize): WindowSum {
  return changetype<WindowSum>(p);
}
function total(p: usize): WindowSum {
  return changetype<WindowSum>(p + WINDOW_HEADER_BYTES + ((<usize>signed(p).count) << 3));
}

export function bytes(c: FeatureConfig): i32 {
  return 2 * (WINDOW_HEADER_BYTES + <i32>c.p1 * 8);
}

export function init(p: usize, out: usize, c: FeatureConfig, x: Instrument): void {
  windowInit(signed(p), c.p0 * 1e6, <i32>c.p1);
  windowInit(total(p), c.p0 * 1e6, <i32>c.p1);
}

export function reset(p: usize, out: usize, x: Instrument): void {
  windowReset(signed(p));
  windowReset(total(p));
  store<f64>(out, 0, 8);
  store<f64>(out, 0, 24);
}

export function onTrade(p: usize, out: usize, x: Instrument, ticks: i32, lots: f64, sign: i32): void {
  windowAdd(signed(p), core().nowRelNs, lots * <f64>sign);
  windowAdd(total(p), core().nowRelNs, lots);
  publish(p, out);
}

export function onTimer(p: usize, out: usize, x: Instrument, nowRelNs: f64): void {
  windowAdvance(signed(p), nowRelNs);
  windowAdvance(total(p), nowRelNs);
  publish(p, out);
}

function publish(p: usize, out: usize): void {
  const whole: f64 = windowIsWhole(signed(p)) ? 1 : 0;
  store<f64>(out, signed(p).sum);
  store<f64>(out, whole, 8);
  store<f64>(out, total(p).sum, 16);
  store<f64>(out, whole, 24);
}
