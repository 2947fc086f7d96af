/**
 * Is the book right? One state machine per instrument, fed by records alone, so that it does the same in every replay.
 *
 *   stale      nothing is under way: no connection, silence, or the book outgrew its limits
 *   resyncing  diffs are kept; a snapshot is asked for with the first of them, loaded when it comes, and the kept diffs
 *              are applied from the one that brackets it
 *   live       each diff names the one before it
 *
 * The host only performs the request that a snapshotRequest record asks for.
 */
import { bookClear, bookRecentre, isCrossed, ladderOf } from '../book/book';
import { ladderClearTo, ladderSet } from '../book/ladder';
import { root } from '../memory';
import { Instrument } from '../../build/generated/assembly/layouts';
import {
  BOOK_CAUSE_CROSSED,
  BOOK_CAUSE_DISCONNECTED,
  BOOK_CAUSE_FULL,
  BOOK_CAUSE_GAP,
  BOOK_CAUSE_OVERRUN,
  BOOK_CAUSE_REQUEST_FAILED,
  BOOK_CAUSE_SILENT,
  BOOK_CAUSE_SNAPSHOT_TOO_OLD,
  BOOK_CAUSE_SUBSCRIBED,
  BOOK_CAUSE_SYNCED,
  BOOK_CAUSE_TRUNCATED,
  BOOK_CAUSE_UNREADABLE,
  BOOK_STATE_LIVE,
  BOOK_STATE_RESYNCING,
  BOOK_STATE_STALE,
  KIND_BOOK_STATE,
  KIND_DEPTH_CLEAR,
  KIND_SNAPSHOT_REQUEST,
  RECORD_BYTES,
  WAKE_REASON_BOOK_STATE,
  WAKE_REASON_SNAPSHOT_REQUEST,
} from '../../build/generated/assembly/records';
import { onResync } from '../sim/venue';
import { resetFeatures } from './features';
import { bookOf, pendingOf } from './instrument';
import { core, emit, wake } from './outbox';
import { Record, kindOf, recordAt, sideOf } from './record';
import { clearTouch, touchFromBook } from './touch';
import { wakeAccounts } from './wakes';

/** What becomes of the records of the open frame. */
export const MODE_IGNORE: i32 = 0;
export const MODE_APPLY: i32 = 1;
export const MODE_KEEP: i32 = 2;
export const MODE_SNAPSHOT: i32 = 3;
export const MODE_FEED: i32 = 4;

function setState(x: Instrument, state: i32, cause: i32): void {
  const before = x.bookState;
  x.bookCause = cause;
  if (<f64>state == before) return;
  x.bookState = state;
  emit(x, KIND_BOOK_STATE, state, before, cause);
  if (state == BOOK_STATE_LIVE) {
    x.resyncs += 1;
    onResync(x);
  }
  if (state == BOOK_STATE_LIVE || before == BOOK_STATE_LIVE) resetFeatures(x);
  wakeAccounts(x, WAKE_REASON_BOOK_STATE);
}

function request(x: Instrument, cause: i32): void {
  if (x.requested) return;
  x.requested = 1;
  x.retryAtNs = 0;
  x.requests += 1;
  emit(x, KIND_SNAPSHOT_REQUEST, 0, 0, cause);
  wake().hostReasons |= WAKE_REASON_SNAPSHOT_REQUEST;
}

/** Asks again after a pause, so that a venue that keeps failing is not hammered. */
function retryLater(x: Instrument): void {
  x.requested = 0;
  x.retryAtNs = core().nowNs + <i64>x.retryNs;
  if (x.retryAtNs < root().nextDueNs) root().nextDueNs = x.retryAtNs;
}

/** From now on diffs are kept; the snapshot is asked for at once where none is under way. */
function startResync(x: Instrument, cause: i32): void {
  x.snapshotId = -1;
  x.pendingCount = 0;
  setState(x, BOOK_STATE_RESYNCING, cause);
}

export function onDisconnected(x: Instrument): void {
  x.connected = 0;
  x.requested = 0;
  x.retryAtNs = 0;
  x.watchAtNs = 0;
  x.frameLeft = 0;
  x.snapshotId = -1;
  x.pendingCount = 0;
  setState(x, BOOK_STATE_STALE, BOOK_CAUSE_DISCONNECTED);
}

export function onConnected(x: Instrument): void {
  x.connected = 1;
  x.requested = 0;
  x.frameLeft = 0;
  clearTouch(x);
  startResync(x, BOOK_CAUSE_SUBSCRIBED);
}

/** A frame that may have carried depth could not be read: a diff may be missing. */
export function onUnreadable(x: Instrument): void {
  x.unreadable += 1;
  if (x.bookState == BOOK_STATE_LIVE) startResync(x, BOOK_CAUSE_UNREADABLE);
  else x.snapshotId = -1;
}

export function onRequestFailed(x: Instrument): void {
  if (!x.requested) return;
  x.bookCause = BOOK_CAUSE_REQUEST_FAILED;
  retryLater(x);
}

/** The retry or the watch of the depth channel is due. */
export function onInstrumentTimer(x: Instrument, nowNs: i64): void {
  if (x.retryAtNs != 0 && x.retryAtNs <= nowNs) {
    x.retryAtNs = 0;
    if (x.bookState == BOOK_STATE_STALE) startResync(x, <i32>x.bookCause);
    request(x, <i32>x.bookCause);
  }
  if (x.watchAtNs != 0 && x.watchAtNs <= nowNs) {
    x.watchAtNs = 0;
    if (x.bookState == BOOK_STATE_LIVE) {
      x.silences += 1;
      setState(x, BOOK_STATE_STALE, BOOK_CAUSE_SILENT);
    }
  }
}

/** The open frame ended before its last record. One that nobody applied or kept is no loss. */
export function onTruncated(x: Instrument): void {
  const mode = x.frameMode;
  x.frameLeft = 0;
  if (mode == MODE_SNAPSHOT) {
    x.snapshotId = -1;
    retryLater(x);
  } else if (mode == MODE_APPLY || mode == MODE_KEEP) {
    // A kept diff without its end would make what follows it unreadable, so all that was kept goes.
    startResync(x, BOOK_CAUSE_TRUNCATED);
  }
}

function follows(x: Instrument, first: f64, previous: f64): bool {
  return x.bridgedIds ? previous == x.lastId : first == x.lastId + 1;
}

function brackets(x: Instrument, first: f64, last: f64, previous: f64): bool {
  if (x.bridgedIds) return (first <= x.snapshotId && x.snapshotId <= last) || previous == x.snapshotId;
  return first <= x.snapshotId + 1 && x.snapshotId + 1 <= last;
}

function keep(x: Instrument, r: Record): void {
  memory.copy(pendingOf(x) + <usize>(x.pendingCount * RECORD_BYTES), changetype<usize>(r), RECORD_BYTES);
  x.pendingCount += 1;
}

/** Opens a frame that waits for a snapshot. */
function keepFrame(x: Instrument, r: Record): i32 {
  if (x.pendingCount + 1 + x.frameLeft > x.pendingCapacity) {
    x.overruns += 1;
    x.pendingCount = 0;
    x.bookCause = BOOK_CAUSE_OVERRUN;
    if (1 + x.frameLeft > x.pendingCapacity) return MODE_IGNORE;
  }
  keep(x, r);
  if (!x.requested && x.retryAtNs == 0) request(x, <i32>x.bookCause);
  return MODE_KEEP;
}

/** A diff while a loaded snapshot waits for the one that brackets it. */
function openAfterSnapshot(x: Instrument, r: Record, first: f64, last: f64, previous: f64): i32 {
  if (brackets(x, first, last, previous)) return MODE_APPLY;
  if (last <= x.snapshotId) {
    x.duplicates += 1;
    return MODE_IGNORE;
  }
  x.bookCause = BOOK_CAUSE_SNAPSHOT_TOO_OLD;
  x.snapshotId = -1;
  retryLater(x);
  return keepFrame(x, r);
}

/** Opens a depth frame; returns what is to become of its records. frameLeft is set already. */
export function openDiff(x: Instrument, r: Record): i32 {
  const first = <f64>r.ival;
  const last = <f64>r.orderId;
  const previous = r.fval;
  if (x.bookState == BOOK_STATE_STALE && x.bookCause == BOOK_CAUSE_SILENT && follows(x, first, previous)) {
    setState(x, BOOK_STATE_LIVE, BOOK_CAUSE_SYNCED);
  }
  if (x.bookState == BOOK_STATE_LIVE) {
    if (follows(x, first, previous)) return MODE_APPLY;
    if (last <= x.lastId) {
      x.duplicates += 1;
      return MODE_IGNORE;
    }
    x.gaps += 1;
    startResync(x, BOOK_CAUSE_GAP);
    return keepFrame(x, r);
  }
  if (x.bookState == BOOK_STATE_STALE) {
    // A full book waits for its retry; otherwise diffs are a reason to start.
    if (x.bookCause == BOOK_CAUSE_FULL) return MODE_IGNORE;
    startResync(x, x.bookCause == BOOK_CAUSE_SILENT ? BOOK_CAUSE_GAP : <i32>x.bookCause);
  }
  return x.snapshotId >= 0 ? openAfterSnapshot(x, r, first, last, previous) : keepFrame(x, r);
}

/** Opens a snapshot frame. One that nobody waits for is left alone. */
export function openSnapshot(x: Instrument, r: Record): i32 {
  x.requested = 0;
  if (x.bookState == BOOK_STATE_LIVE) return MODE_IGNORE;
  // An answer from before the connection was lost.
  if (x.bookState == BOOK_STATE_STALE && x.bookCause == BOOK_CAUSE_DISCONNECTED) return MODE_IGNORE;
  if (x.bookState == BOOK_STATE_STALE) startResync(x, BOOK_CAUSE_SUBSCRIBED);
  bookClear(bookOf(x));
  x.snapshotId = <f64>r.orderId;
  return MODE_SNAPSHOT;
}

/** Ticks of a price; counts one that is not on the grid. */
export function toTicks(x: Instrument, px: f64): i32 {
  // The product may miss the quotient by an ulp or two, the nearest whole number is the same.
  const exact = px * x.ticksPerUnit;
  const ticks = nearest(exact);
  if (abs(exact - ticks) > 1e-3) x.offGrid += 1;
  return <i32>ticks;
}
export function toLots(x: Instrument, qty: f64): f64 {
  return nearest(qty * x.lotsPerUnit);
}

/** Said once, however many levels more there are. */
function full(x: Instrument): void {
  if (x.bookState == BOOK_STATE_STALE && x.bookCause == BOOK_CAUSE_FULL) return;
  x.full += 1;
  setState(x, BOOK_STATE_STALE, BOOK_CAUSE_FULL);
  retryLater(x);
}

/** One level of a snapshot or of a kept diff: nobody is told. */
function applySilently(x: Instrument, r: Record): void {
  const side = sideOf(r);
  const ticks = toTicks(x, r.px);
  if (kindOf(r) == KIND_DEPTH_CLEAR) {
    if (side == 0) bookClear(bookOf(x));
    else ladderClearTo(ladderOf(bookOf(x), side), ticks);
    return;
  }
  if (ladderSet(ladderOf(bookOf(x), side), ticks, toLots(x, r.qty)) < 0) full(x);
}

/** A record of the open depth or snapshot frame that is not applied to a live book. */
export function inFrame(x: Instrument, r: Record): void {
  if (x.frameMode == MODE_KEEP) keep(x, r);
  else if (x.frameMode == MODE_SNAPSHOT) applySilently(x, r);
}

/**
 * Applies one level of a diff to the live book. Returns the lots before; -1 where the book is full and therefore stale.
 */
export function applyLevel(x: Instrument, side: i32, ticks: i32, lots: f64): f64 {
  const before = ladderSet(ladderOf(bookOf(x), side), ticks, lots);
  if (before < 0) {
    full(x);
    x.frameMode = MODE_IGNORE;
  }
  return before;
}

/** The diff at hand was applied whole. */
export function closeDiff(x: Instrument): void {
  x.lastId = x.frameLastId;
  if (isCrossed(bookOf(x))) {
    x.crossed += 1;
    clearTouch(x);
    const again = x.bookState == BOOK_STATE_RESYNCING;
    startResync(x, BOOK_CAUSE_CROSSED);
    // A snapshot that leads to a crossed book is not asked for again at once.
    if (again) retryLater(x);
    return;
  }
  if (!bookRecentre(bookOf(x), x.recentreTicks)) return full(x);
  touchFromBook(x);
  if (x.bookState == BOOK_STATE_RESYNCING) {
    x.pendingCount = 0;
    setState(x, BOOK_STATE_LIVE, BOOK_CAUSE_SYNCED);
  }
}

/** The snapshot at hand is loaded: applies the diffs that were kept. */
export function closeSnapshot(x: Instrument): void {
  if (x.bookState == BOOK_STATE_STALE) return;
  const base = pendingOf(x);
  const count = x.pendingCount;
  let bracketed = false;
  let i = 0;
  while (i < count) {
    const f = recordAt(base, i);
    const records = <i32>f.qty;
    const first = <f64>f.ival;
    const last = <f64>f.orderId;
    if (!bracketed) {
      if (brackets(x, first, last, f.fval)) bracketed = true;
      else if (last > x.snapshotId) {
        // The snapshot ends before the oldest diff that we kept: diffs from here on stay, a newer snapshot is needed.
        memory.copy(base, changetype<usize>(f), <usize>((count - i) * RECORD_BYTES));
        x.pendingCount = count - i;
        x.snapshotId = -1;
        x.bookCause = BOOK_CAUSE_SNAPSHOT_TOO_OLD;
        return retryLater(x);
      }
    } else if (!follows(x, first, f.fval)) {
      x.gaps += 1;
      startResync(x, BOOK_CAUSE_GAP);
      return retryLater(x);
    }
    if (bracketed) {
      for (let k = 1; k <= records; k++) applySilently(x, recordAt(base, i + k));
      if (x.bookState == BOOK_STATE_STALE) return;
      x.lastId = last;
    }
    i += records + 1;
  }
  x.pendingCount = 0;
  if (!bracketed) return;
  x.frameLastId = x.lastId;
  closeDiff(x);
}
