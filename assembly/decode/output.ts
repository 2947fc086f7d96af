/** Writing 64-byte records into the output area; record 0 is the frame's own. */
import { EXCH, KIND_FRAME, LOCAL } from '../../build/generated/assembly/records';
import { state } from './state';

export const PX: usize = 24;
export const QTY: usize = 32;
const ORDER_ID: usize = 40;
const IVAL: usize = 48;
const FVAL: usize = 56;

/** Kinds that hftbacktest knows are valid on both sides. */
export const BOTH_SIDES: u32 = LOCAL | EXCH;

export function record(index: i32): usize {
  return state().output + ((<usize>index) << 6);
}

/** Writes ev and both times. */
function begin(at: usize, low: u32, exchNs: i64): void {
  const st = state();
  store<u32>(at, low);
  store<u32>(at, <u32>st.instrument, 4);
  store<i64>(at, exchNs, 8);
  store<i64>(at, st.localNs, 16);
}

/** Writes all of a record but px and qty, which stand already. */
export function completeRecord(index: i32, low: u32, ival: i64): void {
  const at = record(index);
  begin(at, low, state().exchNs);
  store<i64>(at, 0, ORDER_ID);
  store<i64>(at, ival, IVAL);
  store<f64>(at, 0, FVAL);
}

/** Writes a record that carries a price alone. */
export function priceRecord(index: i32, low: u32, px: f64, ival: i64): void {
  const at = record(index);
  store<f64>(at, px, PX);
  store<f64>(at, 0, QTY);
  completeRecord(index, low, ival);
}

/** Completes the levels in [from, to) of one side. */
export function completeLevels(from: i32, to: i32, low: u32): void {
  for (let i = from; i < to; ++i) completeRecord(i, low, 0);
}

/** Writes record 0; `count` records follow it. Ids are safe integers; `previous` is -1 where there is none. */
export function frameRecord(channel: i32, eventNs: i64, count: i32, first: f64, last: f64, previous: f64): void {
  const at = record(0);
  begin(at, KIND_FRAME, eventNs);
  store<f64>(at, channel, PX);
  store<f64>(at, count, QTY);
  store<i64>(at, <i64>last, ORDER_ID);
  store<i64>(at, <i64>first, IVAL);
  // + 0 makes the id -0, which JSON can write, the id 0
  store<f64>(at, previous + 0, FVAL);
}
