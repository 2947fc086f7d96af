/**
 * Where the features of an instrument lie, and the calls into the generated dispatch. Features see a live book only: what
 * they measured is reset when it stops being live, and stays invalid until it is live again.
 */
import {
  onLevel,
  onLevelMask,
  onTimer,
  onTimerMask,
  onTrade,
  onTradeMask,
  onFrameEnd,
  onFrameEndMask,
  reset,
} from '../../build/generated/assembly/features';
import { Instrument } from '../../build/generated/assembly/layouts';
import { BOOK_STATE_LIVE } from '../../build/generated/assembly/records';
import { root } from '../memory';

/** Dispatch table of an instrument; its first word is the mask of the kinds present. */
function tableOf(x: Instrument): usize {
  return <usize>load<u32>(<usize>root().featureTable + ((<usize>x.index) << 2));
}

export function featureLevel(x: Instrument, side: i32, ticks: i32, before: f64, after: f64): void {
  if (x.bookState != BOOK_STATE_LIVE) return;
  const t = tableOf(x);
  if (load<u32>(t) & onLevelMask) onLevel(t, x, side, ticks, before, after);
}
export function featureTrade(x: Instrument, ticks: i32, lots: f64, sign: i32): void {
  if (x.bookState != BOOK_STATE_LIVE) return;
  const t = tableOf(x);
  if (load<u32>(t) & onTradeMask) onTrade(t, x, ticks, lots, sign);
}
export function featureFrameEnd(x: Instrument, channel: i32): void {
  if (x.bookState != BOOK_STATE_LIVE) return;
  const t = tableOf(x);
  if (load<u32>(t) & onFrameEndMask) onFrameEnd(t, x, channel);
}
/** Lets the features of an instrument know the time before a decision. */
export function featureTimer(x: Instrument, nowRelNs: f64): void {
  if (x.bookState != BOOK_STATE_LIVE) return;
  const t = tableOf(x);
  if (load<u32>(t) & onTimerMask) onTimer(t, x, nowRelNs);
}
/** The book was rebuilt: what was measured across the hole is worth nothing. */
export function resetFeatures(x: Instrument): void {
  reset(tableOf(x), x);
}
