/* feature
doc = "Order-flow imbalance at the best level: arrivals minus removals of bids, less those of asks (Cont, Kukanov, Stoikov, J. Financial Econometrics 12(1), 2014, eq. 3), summed over a sliding window of buckets."
hooks = ["onFrameEnd", "onTimer"]
[[parameter]]
name = "windowMs"
unit = "ms"
default = 1000
minimum = 100
maximum = 3600000
doc = "length of the window"
[[parameter]]
name = "buckets"
unit = "1"
default = 10
minimum = 1
maximum = 1000
doc = "the window slides by windowMs / buckets"
[[output]]
name = "value"
unit = "lots"
validity = "a whole window since the book became live"
window = "windowMs"
source = "touch"
[[output]]
name = "last"
unit = "lots"
validity = "two touches seen"
window = "one update"
source = "touch"
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

@unmanaged
class State {
  bidTicks: f64;
  bidLots: f64;
  askTicks: f64;
  askLots: f64;
  seen: f64;
}
const STATE_BYTES: i32 = 40;

function windowOf(p: usize): WindowSum {
  return changetype<WindowSum>(p + STATE_BYTES);
}

export function bytes(c: FeatureConfig): i32 {
  return STATE_BYTES + WINDOW_HEADER_BYTES + <i32>c.p1 * 8;
}

export function init(p: usize, out: usize, c: FeatureConfig, x: Instrument): void {
  windowInit(windowOf(p), c.p0 * 1e6, <i32>c.p1);
}

export function reset(p: usize, out: usize, x: Instrument): void {
  changetype<State>(p).seen = 0;
  windowReset(windowOf(p));
  store<f64>(out, 0, 8);
  store<f64>(out, 0, 24);
}

/** One term of the sum: e = 1{b>=b'} q - 1{b<=b'} q' - 1{a<=a'} r + 1{a>=a'} r'. */
export function onFrameEnd(p: usize, out: usize, x: Instrument, channel: i32): void {
  const s = changetype<State>(p);
  if (x.bidLots == s.bidLots && x.askLots == s.askLots && x.bidTicks == s.bidTicks && x.askTicks == s.askTicks) return;
  if (x.bidLots <= 0 || x.askLots <= 0) return;
  if (s.seen > 0) {
    let e: f64 = 0;
    if (x.bidTicks >= s.bidTicks) e += x.bidLots;
    if (x.bidTicks <= s.bidTicks) e -= s.bidLots;
    if (x.askTicks <= s.askTicks) e -= x.askLots;
    if (x.askTicks >= s.askTicks) e += s.askLots;
    windowAdd(windowOf(p), core().nowRelNs, e);
    store<f64>(out, e, 16);
    store<f64>(out, 1, 24);
  }
  s.seen = 1;
  s.bidTicks = x.bidTicks;
  s.bidLots = x.bidLots;
  s.askTicks = x.askTicks;
  s.askLots = x.askLots;
  publish(p, out);
}

export function onTimer(p: usize, out: usize, x: Instrument, nowRelNs: f64): void {
  windowAdvance(windowOf(p), nowRelNs);
  publish(p, out);
}

function publish(p: usize, out: usize): void {
  const w = windowOf(p);
  store<f64>(out, w.sum);
  store<f64>(out, windowIsWhole(w) ? 1 : 0, 8);
}
