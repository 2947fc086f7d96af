/**
 * What advance() leaves for the host: the reasons of the wake, and the records that the core itself derives. Filled anew by
 * each call; not state.
 */
import { Core, Instrument, Wake } from '../../build/generated/assembly/layouts';
import { DERIVED } from '../../build/generated/assembly/records';
import { root } from '../memory';
import { recordAt } from './record';

/** Errors after which the instance must not be used further; the host names buffer and remedy. */
export const ERROR_NONE: i32 = 0;
export const ERROR_ANSWERS_FULL: i32 = 1;
export const ERROR_EVENTS_FULL: i32 = 2;

export function core(): Core {
  return changetype<Core>(<usize>root().core);
}
export function wake(): Wake {
  return changetype<Wake>(<usize>root().wake);
}

/** Appends a derived record that concerns instrument `x`, stamped with the present. */
export function emit(x: Instrument, kind: i32, px: f64, qty: f64, ival: i64): void {
  const w = wake();
  const r = root();
  if (w.events >= r.eventCapacity) {
    w.error = ERROR_EVENTS_FULL;
    w.errorInstrument = x.index;
    return;
  }
  const record = recordAt(r.events, w.events);
  w.events += 1;
  record.ev = (<u64>kind) | ((<u64>((<u32>x.index) | DERIVED)) << 32);
  record.exchTs = 0;
  record.localTs = core().nowNs;
  record.px = px;
  record.qty = qty;
  record.orderId = 0;
  record.ival = ival;
  record.fval = 0;
}
