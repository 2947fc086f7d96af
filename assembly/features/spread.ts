/* feature
doc = "Quoted spread of the touch and the weighted mid (Pb(1 - I) + Pa I with I = qb/(qb + qa))."
hooks = ["onFrameEnd"]
[[output]]
name = "ticks"
unit = "ticks"
validity = "both sides of the touch have size"
window = "now"
source = "touch"
[[output]]
name = "weightedMidTicks"
unit = "ticks"
validity = "both sides of the touch have size"
window = "now"
source = "touch"
*/
import { FeatureConfig, Instrument } from '../../build/generated/assembly/layouts';

export function bytes(c: FeatureConfig): i32 {
  return 8;
}
export function init(p: usize, out: usize, c: FeatureConfig, x: Instrument): void {}

export function reset(p: usize, out: usize, x: Instrument): void {
  store<f64>(out, 0, 8);
  store<f64>(out, 0, 24);
}

export function onFrameEnd(p: usize, out: usize, x: Instrument, channel: i32): void {
  const valid: f64 = x.bidLots > 0 && x.askLots > 0 ? 1 : 0;
  if (valid) {
    const share = x.bidLots / (x.bidLots + x.askLots);
    store<f64>(out, x.askTicks - x.bidTicks);
    store<f64>(out, x.bidTicks * (1 - share) + x.askTicks * share, 16);
  }
  store<f64>(out, valid, 8);
  store<f64>(out, valid, 24);
}
