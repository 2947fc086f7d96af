/** Collects which accounts are to be woken and why. */
import { root } from '../memory';
import { Account, Instrument, WAKE_ENTRY_BYTES, WakeEntry } from '../../build/generated/assembly/layouts';
import { WAKE_REASON_TOUCH_MOVE } from '../../build/generated/assembly/records';
import { accountAt, touchMemory } from '../sim/venue';
import { core, wake } from './outbox';

/** Marks an account; it is woken when the record at hand is done. */
export function wakeAccount(a: Account, reasons: i32, instrument: i32): void {
  a.pendingReasons |= reasons;
  if (instrument >= 0) a.pendingInstrument = instrument;
  wake().reserved = 1;
}

/** Marks every account that the instrument concerns. */
export function wakeAccounts(x: Instrument, reasons: i32): void {
  const bit = (<u64>1) << (<u64>x.index);
  for (let n = 0; n < root().accounts; n++) {
    const a = accountAt(n);
    if (a.instrumentMask & bit) wakeAccount(a, reasons, x.index);
  }
}

/** Wakes the accounts for which the touch has moved far enough since it last woke them. */
export function wakeByTouch(x: Instrument): void {
  const bit = (<u64>1) << (<u64>x.index);
  const now = core().nowNs;
  for (let n = 0; n < root().accounts; n++) {
    const a = accountAt(n);
    if (a.touchMoveTicks <= 0 || !(a.instrumentMask & bit)) continue;
    const m = touchMemory(a, x.index);
    if (abs(x.bidTicks - load<f64>(m)) < a.touchMoveTicks && abs(x.askTicks - load<f64>(m, 8)) < a.touchMoveTicks)
      continue;
    if (now - a.lastTouchWakeNs < <i64>a.minWakeNs) continue;
    store<f64>(m, x.bidTicks);
    store<f64>(m, x.askTicks, 8);
    a.lastTouchWakeNs = now;
    wakeAccount(a, WAKE_REASON_TOUCH_MOVE, x.index);
  }
}

/** Turns the marks into the list that the host reads. */
export function collectWakes(): void {
  const w = wake();
  w.reserved = 0;
  for (let n = 0; n < root().accounts; n++) {
    const a = accountAt(n);
    if (a.pendingReasons == 0) continue;
    const e = changetype<WakeEntry>(<usize>root().wakeEntries + <usize>(w.accounts * WAKE_ENTRY_BYTES));
    e.account = n;
    e.reasons = a.pendingReasons;
    e.instrument = a.pendingInstrument;
    e.events = outboxCount(n);
    store<i32>(outboxOf(n), 0);
    a.pendingReasons = 0;
    a.pendingInstrument = -1;
    w.accounts += 1;
  }
}

/** An account's outbox: a count, padding to 64 bytes, then records. */
export function outboxOf(account: i32): usize {
  return <usize>load<u32>(<usize>root().outboxTable + ((<usize>account) << 2));
}
export function outboxCount(account: i32): i32 {
  return load<i32>(outboxOf(account));
}
