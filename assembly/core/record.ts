/** A 64-byte record in memory; see host/events/records.toml. */
import { BUY, KIND_FRAME, NO_INSTRUMENT, RECORD_BYTES, SELL } from '../../build/generated/assembly/records';

@unmanaged
export class Record {
  ev: u64;
  exchTs: i64;
  localTs: i64;
  px: f64;
  qty: f64;
  orderId: u64;
  ival: i64;
  fval: f64;
}

export function recordAt(base: usize, index: i32): Record {
  return changetype<Record>(base + ((<usize>index) << 6));
}
export function kindOf(r: Record): i32 {
  return <i32>(r.ev & 0xff);
}
/** Index of the instrument, NO_INSTRUMENT where the record concerns none. */
export function instrumentOf(r: Record): i32 {
  return <i32>((r.ev >> 32) & 0xffff);
}
/** +1 BUY, -1 SELL, 0 neither. */
export function sideOf(r: Record): i32 {
  const low = <u32>r.ev;
  return <i32>((low >> 29) & 1) - <i32>((low >> 28) & 1);
}
export function sideBits(side: i32): u64 {
  return side > 0 ? <u64>BUY : side < 0 ? <u64>SELL : 0;
}
