/* feature
doc = "Size resting within a distance of the mid, per side, and its imbalance (bids less asks, over their sum)."
hooks = ["onTimer"]
[[parameter]]
name = "withinBps"
unit = "bps"
default = 5
minimum = 0.1
maximum = 1000
doc = "distance from the mid"
[[output]]
name = "bidLots"
unit = "lots"
validity = "the book is live and both sides have levels"
window = "100 ms grid"
source = "book"
[[output]]
name = "askLots"
unit = "lots"
validity = "the book is live and both sides have levels"
window = "100 ms grid"
source = "book"
[[output]]
name = "imbalance"
unit = "1"
validity = "the book is live and some size rests within the distance"
window = "100 ms grid"
source = "book"
*/
import { depthTo } from '../book/book';
import { bookOf } from '../core/instrument';
import { FeatureConfig, Instrument } from '../../build/generated/assembly/layouts';
import { BOOK_STATE_LIVE } from '../../build/generated/assembly/records';

export function bytes(c: FeatureConfig): i32 {
  return 8;
}

export function init(p: usize, out: usize, c: FeatureConfig, x: Instrument): void {
  store<f64>(p, c.p0 / 1e4);
}

export function reset(p: usize, out: usize, x: Instrument): void {
  store<f64>(out, 0, 8);
  store<f64>(out, 0, 24);
  store<f64>(out, 0, 40);
}

export function onTimer(p: usize, out: usize, x: Instrument, nowRelNs: f64): void {
  const valid = x.bookState == BOOK_STATE_LIVE && x.bookBidLots > 0 && x.bookAskLots > 0;
  let sum: f64 = 0;
  if (valid) {
    const mid = (x.bookBidTicks + x.bookAskTicks) / 2;
    const distance = mid * load<f64>(p);
    const bid = depthTo(bookOf(x), 1, <i32>ceil(mid - distance));
    const ask = depthTo(bookOf(x), -1, <i32>floor(mid + distance));
    sum = bid + ask;
    store<f64>(out, bid);
    store<f64>(out, ask, 16);
    if (sum > 0) store<f64>(out, (bid - ask) / sum, 32);
  }
  const flag: f64 = valid ? 1 : 0;
  store<f64>(out, flag, 8);
  store<f64>(out, flag, 24);
  store<f64>(out, valid && sum > 0 ? 1 : 0, 40);
}
