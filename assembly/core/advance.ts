/**
 * The market core's one loop: everything that happens once per record. It returns when the block is consumed or when there
 * is a reason to wake the engine or the host. When it wakes depends on the records alone, never on how they were cut into
 * blocks.
 *
 * Order at one moment T: records that arrived at T, then answers due at T, then steps due at T. So whatever is due at T acts,
 * with time T, before the first record later than T.
 */
import { onTimerMask } from '../../build/generated/assembly/features';
import { root } from '../memory';
import { hashWords } from '../math/hash';
import { Account, Instrument, Wake } from '../../build/generated/assembly/layouts';
import {
  CHANNEL_BOOK_TICKER,
  CHANNEL_DEPTH_DIFF,
  CHANNEL_DEPTH_SNAPSHOT,
  CHANNEL_UNREADABLE,
  KIND_BEST_ASK,
  KIND_BEST_BID,
  KIND_CLOCK,
  KIND_CLOCK_OFFSET,
  KIND_CONNECTION,
  KIND_CONTEXT,
  KIND_DEPTH,
  KIND_DEPTH_CLEAR,
  KIND_DEPTH_SNAPSHOT,
  KIND_FRAME,
  KIND_FUNDING_RATE,
  KIND_INDEX_PRICE,
  KIND_INSTRUMENT,
  KIND_MARK_PRICE,
  KIND_MODEL_OUTPUT,
  KIND_OFF_MARKET_TRADE,
  KIND_OPERATOR,
  KIND_ORDER_ACCEPTED,
  KIND_ORDER_EXPIRED,
  KIND_REQUEST_FAILED,
  KIND_TRADE,
  NO_INSTRUMENT,
  RECORD_BYTES,
  REPEATED,
  WAKE_REASON_CHECKPOINT,
  WAKE_REASON_OPERATOR,
  WAKE_REASON_OWN_ORDER,
  WAKE_REASON_STEP,
} from '../../build/generated/assembly/records';
import { accountAt, answerAt, interestAt, onLevel, onTouch, onTrade, processRequests } from '../sim/venue';
import {
  MODE_APPLY,
  MODE_FEED,
  MODE_SNAPSHOT,
  applyLevel,
  closeDiff,
  closeSnapshot,
  inFrame,
  onConnected,
  onDisconnected,
  onInstrumentTimer,
  onRequestFailed,
  onTruncated,
  onUnreadable,
  openDiff,
  openSnapshot,
  toLots,
  toTicks,
} from './continuity';
import { featureFrameEnd, featureLevel, featureTimer, featureTrade } from './features';
import { instrumentAt } from './instrument';
import { core, wake } from './outbox';
import { Record, instrumentOf, kindOf, recordAt, sideOf } from './record';
import { touchFromTicker } from './touch';
import { collectWakes, outboxCount, outboxOf, wakeAccount, wakeByTouch } from './wakes';

const NEVER: i64 = i64.MAX_VALUE;
/** Features that follow the time are called on multiples of this since the journal's epoch. */
const TIMER_NS: i64 = 100_000_000;

/** The earliest moment at which something is due without a record. */
export function findNextDue(): void {
  const r = root();
  const timer = core().nextTimerNs;
  let due = timer != 0 ? timer : NEVER;
  for (let k = 0; k < r.instruments; k++) {
    const x = instrumentAt(k);
    if (x.retryAtNs != 0 && x.retryAtNs < due) due = x.retryAtNs;
    if (x.watchAtNs != 0 && x.watchAtNs < due) due = x.watchAtNs;
  }
  for (let n = 0; n < r.accounts; n++) {
    const a = accountAt(n);
    if (a.nextStepNs != 0 && a.nextStepNs < due) due = a.nextStepNs;
    if (a.answerCount > 0) {
      const answer = answerAt(a, 0).localTs;
      if (answer < due) due = answer;
    }
  }
  r.nextDueNs = due;
}

/** Hands an own-order event or an operator's action to an account's outbox, with the account's number on it. */
function deliver(account: i32, r: Record): void {
  const box = outboxOf(account);
  const count = outboxCount(account);
  const copy = recordAt(box + 64, count);
  memory.copy(changetype<usize>(copy), changetype<usize>(r), RECORD_BYTES);
  copy.ev = (copy.ev & ~((<u64>0xff) << 56)) | ((<u64>account) << 56);
  store<i32>(box, count + 1);
}

function deliverAnswers(account: i32, a: Account, nowNs: i64): void {
  while (a.answerCount > 0 && answerAt(a, 0).localTs <= nowNs) {
    deliver(account, answerAt(a, 0));
    a.answerHead = (a.answerHead + 1) % a.answerCapacity;
    a.answerCount -= 1;
    wakeAccount(a, WAKE_REASON_OWN_ORDER, -1);
  }
}

/** Everything that is due at `nowNs`. */
function fire(nowNs: i64): void {
  const r = root();
  const c = core();
  setNow(nowNs);
  const features = c.nextTimerNs != 0 && c.nextTimerNs <= nowNs;
  if (features) c.nextTimerNs += TIMER_NS;
  for (let k = 0; k < r.instruments; k++) {
    const x = instrumentAt(k);
    onInstrumentTimer(x, nowNs);
    if (features) featureTimer(x, c.nowRelNs);
  }
  for (let n = 0; n < r.accounts; n++) {
    const a = accountAt(n);
    deliverAnswers(n, a, nowNs);
    if (a.nextStepNs != 0 && a.nextStepNs <= nowNs) {
      a.nextStepNs += <i64>a.stepNs;
      wakeAccount(a, WAKE_REASON_STEP, -1);
    }
  }
}

function setNow(nowNs: i64): void {
  const c = core();
  c.nowNs = nowNs;
  c.nowRelNs = <f64>(nowNs - epochNs());
}

function epochNs(): i64 {
  return load<i64>(<usize>root().config);
}

/** Timers lie on multiples of their period since the journal's epoch, whoever runs and whenever he starts. */
function startTimers(nowNs: i64): void {
  if (onTimerMask) core().nextTimerNs = epochNs() + ((nowNs - epochNs()) / TIMER_NS + 1) * TIMER_NS;
  for (let n = 0; n < root().accounts; n++) {
    const a = accountAt(n);
    if (a.stepNs <= 0) continue;
    const step = <i64>a.stepNs;
    a.nextStepNs = epochNs() + ((nowNs - epochNs()) / step + 1) * step;
  }
}

function openFrame(x: Instrument, r: Record): void {
  if (x.frameLeft > 0) onTruncated(x);
  x.frameLeft = <i32>r.qty;
  x.frameChannel = <i32>r.px;
  x.frameLastId = <f64>r.orderId;
  core().frames += 1;
  if (x.frameChannel == CHANNEL_DEPTH_DIFF) {
    x.depthFrames += 1;
    x.depthRelNs = core().nowRelNs;
    if (x.staleAfterNs > 0) {
      const first = x.watchAtNs == 0;
      x.watchAtNs = core().nowNs + <i64>x.staleAfterNs;
      if (first && x.watchAtNs < root().nextDueNs) root().nextDueNs = x.watchAtNs;
    }
    x.frameMode = openDiff(x, r);
  } else if (x.frameChannel == CHANNEL_DEPTH_SNAPSHOT) {
    x.frameMode = openSnapshot(x, r);
  } else {
    x.frameMode = MODE_FEED;
    if (x.frameChannel == CHANNEL_BOOK_TICKER) x.tickerFrames += 1;
  }
  if (x.frameLeft == 0) closeFrame(x, r.exchTs);
}

function closeFrame(x: Instrument, venueNs: i64): void {
  if (x.frameMode == MODE_APPLY) {
    closeDiff(x);
    moved(x, venueNs);
  } else if (x.frameMode == MODE_SNAPSHOT) {
    closeSnapshot(x);
    moved(x, venueNs);
  } else if (x.frameMode == MODE_FEED) {
    if (x.frameChannel == CHANNEL_BOOK_TICKER) moved(x, venueNs);
    else featureFrameEnd(x, x.frameChannel);
  }
}

/** Book or touch may have moved. */
function moved(x: Instrument, venueNs: i64): void {
  onTouch(x, venueNs, core().nowNs);
  featureFrameEnd(x, x.frameChannel);
  wakeByTouch(x);
}

function onDepth(x: Instrument, r: Record): void {
  const side = sideOf(r);
  const ticks = toTicks(x, r.px);
  const lots = toLots(x, r.qty);
  const before = applyLevel(x, side, ticks, lots);
  if (before < 0 || before == lots) return;
  onLevel(x, side, ticks, before, lots);
  featureLevel(x, side, ticks, before, lots);
}

function onPrint(x: Instrument, r: Record): void {
  const sign = sideOf(r);
  const ticks = toTicks(x, r.px);
  const lots = toLots(x, r.qty);
  x.trades += 1;
  x.tradeTicks = ticks;
  x.tradeLots = lots;
  x.tradeSign = sign;
  onTrade(x, ticks, lots, sign, r.exchTs, r.localTs);
  featureTrade(x, ticks, lots, sign);
}

/** A record of one instrument that is not a frame. */
function onMarket(x: Instrument, r: Record, kind: i32): void {
  if (kind == KIND_DEPTH && x.frameMode == MODE_APPLY && x.frameLeft > 0) onDepth(x, r);
  else if (kind == KIND_DEPTH || kind == KIND_DEPTH_SNAPSHOT || kind == KIND_DEPTH_CLEAR) inFrame(x, r);
  else if (kind == KIND_TRADE) {
    if ((<u32>(r.ev >> 32)) & REPEATED) x.repeatedTrades += 1;
    else onPrint(x, r);
  } else if (kind == KIND_BEST_BID) {
    x.tickerBidTicks = toTicks(x, r.px);
    x.tickerBidLots = toLots(x, r.qty);
  } else if (kind == KIND_BEST_ASK) touchFromTicker(x, x.frameLastId, toTicks(x, r.px), toLots(x, r.qty));
  else if (kind == KIND_MARK_PRICE) x.markPrice = r.px;
  else if (kind == KIND_INDEX_PRICE) x.indexPrice = r.px;
  else if (kind == KIND_FUNDING_RATE) {
    x.fundingRate = r.px;
    x.nextFundingRelNs = <f64>(r.ival - epochNs());
  } else if (kind == KIND_OFF_MARKET_TRADE) x.offMarketTrades += 1;
  if (x.frameLeft > 0) {
    x.frameLeft -= 1;
    if (x.frameLeft == 0) closeFrame(x, r.exchTs);
  }
}

function onConnection(r: Record): void {
  for (let k = 0; k < root().instruments; k++) {
    const x = instrumentAt(k);
    if (x.venue != <i32>r.qty) continue;
    if (r.px == 1) onConnected(x);
    else onDisconnected(x);
  }
}

/** An unreadable frame without an instrument may have concerned any of its venue's. */
function onUnreadableFrame(r: Record, instrument: i32): void {
  for (let k = 0; k < root().instruments; k++) {
    const x = instrumentAt(k);
    if (instrument == NO_INSTRUMENT ? x.venue == <i32>r.fval : k == instrument) {
      if (r.ival) onUnreadable(x);
      else x.unreadable += 1;
    }
  }
}

function isMarketData(kind: i32): bool {
  return kind == KIND_DEPTH || kind == KIND_TRADE || kind == KIND_BEST_BID || kind == KIND_BEST_ASK;
}

/** A record of market data proper: what waits at the venue for its time comes first. */
function onMarketData(x: Instrument, r: Record, kind: i32): void {
  x.localRelNs = core().nowRelNs;
  const venueRelNs = <f64>(r.exchTs - epochNs());
  if (venueRelNs > x.venueRelNs) x.venueRelNs = venueRelNs;
  processRequests(x, r.exchTs, r.localTs);
  onMarket(x, r, kind);
}

function apply(r: Record): void {
  const kind = kindOf(r);
  const index = instrumentOf(r);
  // Half of all records are depth; the rest takes the long way.
  if (kind == KIND_DEPTH && index < root().instruments) return onMarketData(instrumentAt(index), r, kind);
  if (kind == KIND_FRAME && <i32>r.px == CHANNEL_UNREADABLE) return onUnreadableFrame(r, index);
  if (kind == KIND_CONNECTION) return onConnection(r);
  if (kind == KIND_CLOCK) {
    for (let k = 0; k < root().instruments; k++) {
      const x = instrumentAt(k);
      // The venue time of a frame that would arrive now.
      processRequests(x, r.localTs - <i64>x.offsetNs - <i64>x.feedLatencyNs, r.localTs);
    }
    return;
  }
  if (kind == KIND_CLOCK_OFFSET) {
    for (let k = 0; k < root().instruments; k++) {
      const x = instrumentAt(k);
      if (x.venue == <i32>r.qty) x.offsetNs = <f64>r.ival;
    }
    return;
  }
  if (kind == KIND_OPERATOR) {
    for (let n = 0; n < root().accounts; n++) {
      deliver(n, r);
      wakeAccount(accountAt(n), WAKE_REASON_OPERATOR, -1);
    }
    return;
  }
  if (kind >= KIND_ORDER_ACCEPTED && kind <= KIND_ORDER_EXPIRED) {
    // An own-order event of a real venue: the account stands in the upper byte of ev.
    const n = <i32>(r.ev >> 56);
    if (n < root().accounts) {
      deliver(n, r);
      wakeAccount(accountAt(n), WAKE_REASON_OWN_ORDER, -1);
    }
    return;
  }
  if (kind == KIND_CONTEXT || kind == KIND_MODEL_OUTPUT || kind == KIND_INSTRUMENT) return;
  if (index >= root().instruments) {
    core().unknownRecords += 1;
    return;
  }
  const x = instrumentAt(index);
  if (kind == KIND_REQUEST_FAILED) return onRequestFailed(x);
  if (kind == KIND_FRAME) return openFrame(x, r);
  if (isMarketData(kind)) return onMarketData(x, r, kind);
  x.localRelNs = core().nowRelNs;
  onMarket(x, r, kind);
}

/**
 * The inner records of a diff that is being applied: they share arrival, instrument and mode, so what is checked for every
 * record is checked once for all of them. Does what the long way would do, in its order. The diff's last record, one that
 * ends at a checkpoint, and one before which a request of ours reaches the venue take the long way. Returns how many
 * records were consumed.
 */
function applyRun(base: usize, from: i32, count: i32, hashInputs: i32): i32 {
  const first = recordAt(base, from);
  const index = instrumentOf(first);
  if (index >= root().instruments) return 0;
  const x = instrumentAt(index);
  if (x.frameMode != MODE_APPLY || x.frameLeft <= 1) return 0;
  const c = core();
  let limit = min(count - from, x.frameLeft - 1);
  if (root().checkpointRecords > 0) limit = min(limit, <i32>(c.nextCheckpoint - c.records) - 1);
  const nextRequestNs = interestAt(index).nextRequestNs;
  const local = first.localTs;
  const high = <u32>(first.ev >> 32);
  let exchTs: i64 = i64.MIN_VALUE;
  let run = 0;
  while (run < limit) {
    const r = recordAt(base, from + run);
    if (kindOf(r) != KIND_DEPTH || r.localTs != local || <u32>(r.ev >> 32) != high) break;
    if (r.exchTs != exchTs) {
      exchTs = r.exchTs;
      if (exchTs > nextRequestNs) break;
      const venueRelNs = <f64>(exchTs - epochNs());
      if (venueRelNs > x.venueRelNs) x.venueRelNs = venueRelNs;
    }
    onDepth(x, r);
    run += 1;
    if (x.frameMode != MODE_APPLY) break;
  }
  if (run == 0) return 0;
  x.localRelNs = c.nowRelNs;
  x.frameLeft -= run;
  c.records += <f64>run;
  if (hashInputs) c.inputHash = hashWords(changetype<usize>(first), run << 3, c.inputHash);
  return run;
}

/**
 * Consumes input records of the staging area from `from` on, at most `count`. Returns how many were consumed; Wake says why
 * it stopped before the end. `hashInputs`: 1 to chain inputHash here, 0 where the caller knows it from the journal.
 */
export function advance(from: i32, count: i32, hashInputs: i32): i32 {
  const r = root();
  const c = core();
  const w = wake();
  memory.fill(changetype<usize>(w), 0, 24);
  const base = <usize>r.staging + ((<usize>from) << 6);
  for (let i = 0; i < count; i++) {
    const record = recordAt(base, i);
    const local = record.localTs;
    if (c.records == 0) {
      setNow(local);
      startTimers(local);
      findNextDue();
    }
    while (r.nextDueNs < local) {
      const due = r.nextDueNs;
      findNextDue();
      if (r.nextDueNs > due) continue;
      fire(due);
      findNextDue();
      if (stopped(w)) return i;
    }
    if (local > c.nowNs) setNow(local);
    if (kindOf(record) == KIND_DEPTH) {
      const run = applyRun(base, i, count, hashInputs);
      if (run > 0) {
        i += run - 1;
        if (stopped(w)) return i + 1;
        continue;
      }
    }
    if (hashInputs) c.inputHash = hashWords(changetype<usize>(record), 8, c.inputHash);
    c.records += 1;
    apply(record);
    if (c.records == c.nextCheckpoint) {
      c.nextCheckpoint += <f64>r.checkpointRecords;
      w.hostReasons |= WAKE_REASON_CHECKPOINT;
    }
    if (stopped(w)) return i + 1;
  }
  return count;
}

function stopped(w: Wake): bool {
  if (w.reserved) collectWakes();
  return w.error != 0 || w.hostReasons != 0 || w.accounts != 0 || w.events != 0;
}
