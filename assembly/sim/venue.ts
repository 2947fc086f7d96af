/**
 * The simulated venue: order life, queues and latencies of every account's orders, over one pass of the market. Our orders
 * do not move the market, so accounts do not see each other.
 *
 * Schedule `asReceived`: a market record acts when we received it. A request of ours that reaches the venue at venue time V
 * acts before the first record of its instrument with a later venue time; its answer is never delivered before the record
 * that decided it. Requests and answers are queues: none overtakes.
 *
 * Orders fill only on a live book: while it is resyncing or stale nothing fills, and the first trustworthy touch decides.
 */
import { ladderGet, ladderNext, noLevel, hasBest } from '../book/ladder';
import { ladderOf } from '../book/book';
import { ERROR_ANSWERS_FULL, core, wake } from '../core/outbox';
import { Record, recordAt, sideBits } from '../core/record';
import { bookOf, instrumentAt } from '../core/instrument';
import { root } from '../memory';
import {
  ACCOUNT_BYTES,
  Account,
  AccountConfig,
  Instrument,
  SIM_ORDER_BYTES,
  SIM_REQUEST_BYTES,
  SimOrder,
  SimRequest,
} from '../../build/generated/assembly/layouts';
import {
  BOOK_STATE_LIVE,
  COMMAND_KIND_PLACE,
  DERIVED,
  KIND_CANCEL_REJECTED,
  KIND_ORDER_ACCEPTED,
  KIND_ORDER_CANCELLED,
  KIND_ORDER_EXPIRED,
  KIND_ORDER_FILLED,
  KIND_ORDER_REJECTED,
  ORDER_REASON_DUPLICATE_ID,
  ORDER_REASON_NONE,
  ORDER_REASON_NOT_FILLED,
  ORDER_REASON_NO_MARKET_DATA,
  ORDER_REASON_TOO_MANY_ORDERS,
  ORDER_REASON_UNKNOWN_ORDER,
  ORDER_REASON_WOULD_TAKE,
  RECORD_BYTES,
  TIME_IN_FORCE_FOK,
  TIME_IN_FORCE_GTX,
  TIME_IN_FORCE_IOC,
} from '../../build/generated/assembly/records';
import { QUEUE_RISK_AVERSE, frontAfterChange } from './queue';

/** Which ticks of an instrument hold own orders, so that most records cost one look. Rebuilt from the orders; not state. */
@unmanaged
export class Interest {
  /** When the earliest request for this instrument reaches the venue. */
  nextRequestNs: i64;
  /** No own buy rests above this tick, no own sell below that one; may be too wide until the next look. */
  highestBuy: i32;
  lowestSell: i32;
  live: i32;
  reserved: i32;
}
const INTEREST_HEADER: usize = 24;
const BUCKETS: i32 = 256;
/** Header, then own orders per side and tick modulo 256. */
export const INTEREST_BYTES: i32 = 24 + 2 * 256 * 2;

const NEVER: i64 = i64.MAX_VALUE;

export function interestAt(instrument: i32): Interest {
  return changetype<Interest>(<usize>root().interestTable + <usize>(instrument * INTEREST_BYTES));
}
function bucket(i: Interest, side: i32, tick: i32): usize {
  return changetype<usize>(i) + INTEREST_HEADER + ((<usize>((side > 0 ? 0 : BUCKETS) + (tick & (BUCKETS - 1)))) << 1);
}

export function accountAt(index: i32): Account {
  return changetype<Account>(<usize>load<u32>(<usize>root().accountTable + ((<usize>index) << 2)));
}
/** Last touch at which the account was woken by it: bid and ask of each instrument. */
export function touchMemory(a: Account, instrument: i32): usize {
  return changetype<usize>(a) + <usize>ACCOUNT_BYTES + ((<usize>instrument) << 4);
}
function orders(a: Account): usize {
  return changetype<usize>(a) + <usize>ACCOUNT_BYTES + ((<usize>root().instruments) << 4);
}
function orderAt(a: Account, slot: i32): SimOrder {
  return changetype<SimOrder>(orders(a) + <usize>(slot * SIM_ORDER_BYTES));
}
function requests(a: Account): usize {
  return orders(a) + <usize>(a.maxOrders * SIM_ORDER_BYTES);
}
function requestAt(a: Account, i: i32): SimRequest {
  return changetype<SimRequest>(requests(a) + <usize>(((a.requestHead + i) % a.requestCapacity) * SIM_REQUEST_BYTES));
}
function answers(a: Account): usize {
  return requests(a) + <usize>(a.requestCapacity * SIM_REQUEST_BYTES);
}
export function answerAt(a: Account, i: i32): Record {
  return recordAt(answers(a), (a.answerHead + i) % a.answerCapacity);
}

export function accountBytes(c: AccountConfig, instruments: i32): i32 {
  return (
    ACCOUNT_BYTES +
    instruments * 16 +
    c.maxOrders * SIM_ORDER_BYTES +
    c.requestCapacity * SIM_REQUEST_BYTES +
    c.answerCapacity * RECORD_BYTES
  );
}

export function accountInit(p: usize, c: AccountConfig, bytes: i32, hashStart: u64): void {
  const a = changetype<Account>(p);
  a.commandHash = hashStart;
  a.stepNs = c.stepNs;
  a.touchMoveTicks = c.touchMoveTicks;
  a.minWakeNs = c.minWakeNs;
  a.orderLatencyInNs = c.orderLatencyInNs;
  a.orderLatencyOutNs = c.orderLatencyOutNs;
  a.queuePower = c.queuePower;
  a.instrumentMask = c.instrumentMask;
  a.simulated = c.simulated;
  a.queueModel = c.queueModel;
  a.partialFills = c.partialFills;
  a.maxOrders = c.maxOrders;
  a.requestCapacity = c.requestCapacity;
  a.answerCapacity = c.answerCapacity;
  a.pendingInstrument = -1;
  a.bytes = bytes;
}

// --- interest ------------------------------------------------------------------------------------------------------

/** Makes the interest of every instrument anew from the orders and requests (after a restore). */
export function rebuildInterest(): void {
  const r = root();
  memory.fill(r.interestTable, 0, <usize>(r.instruments * INTEREST_BYTES));
  for (let k = 0; k < r.instruments; k++) {
    const i = interestAt(k);
    i.highestBuy = i32.MIN_VALUE;
    i.lowestSell = i32.MAX_VALUE;
    i.nextRequestNs = NEVER;
  }
  for (let n = 0; n < r.accounts; n++) {
    const a = accountAt(n);
    for (let s = 0; s < a.maxOrders; s++) {
      const o = orderAt(a, s);
      if (o.id != 0) addInterest(o);
    }
    for (let q = 0; q < a.requestCount; q++) noteRequest(requestAt(a, q));
  }
}

function noteRequest(q: SimRequest): void {
  if (q.command == 0) return;
  const i = interestAt(q.instrument);
  if (q.dueNs < i.nextRequestNs) i.nextRequestNs = q.dueNs;
}

function addInterest(o: SimOrder): void {
  const i = interestAt(o.instrument);
  const tick = <i32>o.priceTicks;
  i.live += 1;
  if (o.side > 0) i.highestBuy = max(i.highestBuy, tick);
  else i.lowestSell = min(i.lowestSell, tick);
  const b = bucket(i, o.side, tick);
  store<u16>(b, load<u16>(b) + 1);
}

function removeOrder(a: Account, o: SimOrder): void {
  const i = interestAt(o.instrument);
  i.live -= 1;
  const b = bucket(i, o.side, <i32>o.priceTicks);
  store<u16>(b, load<u16>(b) - 1);
  if (i.live == 0) {
    i.highestBuy = i32.MIN_VALUE;
    i.lowestSell = i32.MAX_VALUE;
  }
  memory.fill(changetype<usize>(o), 0, SIM_ORDER_BYTES);
  a.orders -= 1;
}

/** Narrows the bounds after a look found nothing at them. */
function narrow(instrument: i32): void {
  const i = interestAt(instrument);
  i.highestBuy = i32.MIN_VALUE;
  i.lowestSell = i32.MAX_VALUE;
  for (let n = 0; n < root().accounts; n++) {
    const a = accountAt(n);
    for (let s = 0; s < a.maxOrders; s++) {
      const o = orderAt(a, s);
      if (o.id == 0 || o.instrument != instrument) continue;
      if (o.side > 0) i.highestBuy = max(i.highestBuy, <i32>o.priceTicks);
      else i.lowestSell = min(i.lowestSell, <i32>o.priceTicks);
    }
  }
}

// --- requests and answers ------------------------------------------------------------------------------------------

/** Requests done out of turn leave holes behind one that still waits for its instrument's time; closes them. */
function closeHoles(a: Account): void {
  let kept = 0;
  for (let k = 0; k < a.requestCount; k++) {
    const q = requestAt(a, k);
    if (q.command == 0) continue;
    if (kept != k) memory.copy(changetype<usize>(requestAt(a, kept)), changetype<usize>(q), SIM_REQUEST_BYTES);
    kept += 1;
  }
  a.requestCount = kept;
}

/**
 * Sends a command to the simulated venue at the present time. Returns 0, or -1 where the account's queue of requests is full
 * (the caller then treats the command as denied).
 */
export function submit(
  account: i32,
  command: i32,
  id: f64,
  instrument: i32,
  side: i32,
  priceTicks: f64,
  lots: f64,
  timeInForce: i32,
): i32 {
  const a = accountAt(account);
  if (a.requestCount >= a.requestCapacity) closeHoles(a);
  if (a.requestCount >= a.requestCapacity) return -1;
  const x = instrumentAt(instrument);
  const due = core().nowNs - <i64>x.offsetNs + <i64>a.orderLatencyInNs;
  const q = requestAt(a, a.requestCount);
  a.requestCount += 1;
  q.dueNs = max(due, a.lastDueNs);
  a.lastDueNs = q.dueNs;
  q.command = command;
  q.id = id;
  q.instrument = instrument;
  q.side = side;
  q.priceTicks = priceTicks;
  q.lots = lots;
  q.timeInForce = timeInForce;
  noteRequest(q);
  return 0;
}

/**
 * Queues an own-order event. It reaches us orderLatencyOutNs after venue time `venueNs`, not before the record being
 * processed (`decidedNs`, our time), and not before an earlier answer.
 */
function answer(
  a: Account,
  x: Instrument,
  kind: i32,
  id: f64,
  side: i32,
  px: f64,
  qty: f64,
  ival: i64,
  fval: f64,
  venueNs: i64,
  decidedNs: i64,
): void {
  if (a.answerCount >= a.answerCapacity) {
    wake().error = ERROR_ANSWERS_FULL;
    wake().errorInstrument = x.index;
    return;
  }
  const r = answerAt(a, a.answerCount);
  a.answerCount += 1;
  const arrival = max(venueNs + <i64>x.offsetNs + <i64>a.orderLatencyOutNs, decidedNs);
  r.ev = (<u64>kind) | sideBits(side) | ((<u64>((<u32>x.index) | DERIVED)) << 32);
  r.exchTs = venueNs;
  r.localTs = max(arrival, a.lastAnswerNs);
  a.lastAnswerNs = r.localTs;
  r.px = px;
  r.qty = qty;
  r.orderId = <u64>id;
  r.ival = ival;
  r.fval = fval;
  const top = root();
  if (r.localTs < top.nextDueNs) top.nextDueNs = r.localTs;
}

function answerOrder(a: Account, x: Instrument, o: SimOrder, kind: i32, ival: i64, venueNs: i64, decidedNs: i64): void {
  answer(a, x, kind, o.id, o.side, o.priceTicks * x.tickSize, o.leavesLots * x.lotSize, ival, 0, venueNs, decidedNs);
}

/** Fills `lots` of an order as maker at its own price; removes it when nothing is left. */
function fillMaker(a: Account, x: Instrument, o: SimOrder, lots: f64, venueNs: i64, decidedNs: i64): void {
  const executed = a.partialFills ? min(lots, o.leavesLots) : o.leavesLots;
  o.leavesLots -= executed;
  answer(
    a,
    x,
    KIND_ORDER_FILLED,
    o.id,
    o.side,
    o.priceTicks * x.tickSize,
    executed * x.lotSize,
    1,
    o.leavesLots * x.lotSize,
    venueNs,
    decidedNs,
  );
  if (o.leavesLots <= 0) removeOrder(a, o);
}

function findOrder(a: Account, id: f64): SimOrder | null {
  for (let s = 0; s < a.maxOrders; s++) {
    const o = orderAt(a, s);
    if (o.id == id) return o;
  }
  return null;
}

/** Best price of the side that an order of `side` would take from, or noLevel. */
function oppositeTouch(x: Instrument, side: i32): f64 {
  if (side > 0) return x.askLots > 0 ? x.askTicks : f64.MAX_VALUE;
  return x.bidLots > 0 ? x.bidTicks : -f64.MAX_VALUE;
}

/** Lots that an order could take at once, walking the touch and the book behind it up to its price. */
function takeable(x: Instrument, side: i32, limitTicks: f64, wanted: f64): f64 {
  let sum: f64 = 0;
  const l = ladderOf(bookOf(x), -side);
  let tick = <i32>oppositeTouch(x, side);
  let lots = side > 0 ? x.askLots : x.bidLots;
  while (tick != noLevel(l) && (side > 0 ? <f64>tick <= limitTicks : <f64>tick >= limitTicks) && sum < wanted) {
    sum += lots;
    tick = ladderNext(l, tick);
    lots = ladderGet(l, tick);
  }
  return min(sum, wanted);
}

/** Executes as taker level by level; what each level gives is one fill. Returns the lots left. */
function take(a: Account, x: Instrument, q: SimRequest, decidedNs: i64): f64 {
  const l = ladderOf(bookOf(x), -q.side);
  let left = q.lots;
  let tick = <i32>oppositeTouch(x, q.side);
  let lots = q.side > 0 ? x.askLots : x.bidLots;
  while (left > 0 && tick != noLevel(l) && (q.side > 0 ? <f64>tick <= q.priceTicks : <f64>tick >= q.priceTicks)) {
    // Without partial fills an order takes all it wants at the touch, as the reference does.
    const executed = a.partialFills ? min(left, lots) : left;
    left -= executed;
    answer(
      a,
      x,
      KIND_ORDER_FILLED,
      q.id,
      q.side,
      <f64>tick * x.tickSize,
      executed * x.lotSize,
      0,
      left * x.lotSize,
      q.dueNs,
      decidedNs,
    );
    tick = ladderNext(l, tick);
    lots = ladderGet(l, tick);
  }
  return left;
}

/** Lots displayed at a price, from the touch where that is newer than the book. */
function displayed(x: Instrument, side: i32, tick: i32): f64 {
  const touch = side > 0 ? x.bidTicks : x.askTicks;
  const lots = side > 0 ? x.bidLots : x.askLots;
  if (lots > 0 && <f64>tick == touch) return lots;
  // Better than the touch: whatever the book still shows there is gone.
  if (lots > 0 && (side > 0 ? <f64>tick > touch : <f64>tick < touch)) return 0;
  return ladderGet(ladderOf(bookOf(x), side), tick);
}

/** The end of a request that placed nothing, or of what was left of it. */
function endRequest(a: Account, x: Instrument, q: SimRequest, kind: i32, lots: f64, reason: i32, decidedNs: i64): void {
  const px = q.priceTicks * x.tickSize;
  answer(a, x, kind, q.id, q.side, px, lots * x.lotSize, reason, 0, q.dueNs, decidedNs);
}

function reject(a: Account, x: Instrument, q: SimRequest, reason: i32, decidedNs: i64): void {
  endRequest(a, x, q, KIND_ORDER_REJECTED, q.lots, reason, decidedNs);
}

/** Time in force ends what was not filled. */
function expire(a: Account, x: Instrument, q: SimRequest, lots: f64, decidedNs: i64): void {
  endRequest(a, x, q, KIND_ORDER_EXPIRED, lots, ORDER_REASON_NOT_FILLED, decidedNs);
}

function place(a: Account, x: Instrument, q: SimRequest, decidedNs: i64): void {
  if (x.bookState != BOOK_STATE_LIVE) return reject(a, x, q, ORDER_REASON_NO_MARKET_DATA, decidedNs);
  if (findOrder(a, q.id) !== null) return reject(a, x, q, ORDER_REASON_DUPLICATE_ID, decidedNs);
  const touch = oppositeTouch(x, q.side);
  const takes = q.side > 0 ? q.priceTicks >= touch : q.priceTicks <= touch;
  let left = q.lots;
  if (takes) {
    if (q.timeInForce == TIME_IN_FORCE_GTX) return reject(a, x, q, ORDER_REASON_WOULD_TAKE, decidedNs);
    if (q.timeInForce == TIME_IN_FORCE_FOK && a.partialFills && takeable(x, q.side, q.priceTicks, q.lots) < q.lots) {
      return expire(a, x, q, left, decidedNs);
    }
    left = take(a, x, q, decidedNs);
    if (left <= 0) return;
  }
  if (q.timeInForce == TIME_IN_FORCE_IOC || q.timeInForce == TIME_IN_FORCE_FOK) {
    return expire(a, x, q, left, decidedNs);
  }
  const slot = findOrder(a, 0);
  if (slot === null) return reject(a, x, q, ORDER_REASON_TOO_MANY_ORDERS, decidedNs);
  const o = slot;
  a.orders += 1;
  a.sequence += 1;
  o.id = q.id;
  o.priceTicks = q.priceTicks;
  o.leavesLots = left;
  o.frontLots = displayed(x, q.side, <i32>q.priceTicks);
  o.tradedLots = 0;
  o.sequence = a.sequence;
  o.instrument = q.instrument;
  o.side = q.side;
  addInterest(o);
  answerOrder(a, x, o, KIND_ORDER_ACCEPTED, ORDER_REASON_NONE, q.dueNs, decidedNs);
}

function cancel(a: Account, x: Instrument, q: SimRequest, decidedNs: i64): void {
  const o = findOrder(a, q.id);
  if (o === null) {
    answer(a, x, KIND_CANCEL_REJECTED, q.id, q.side, 0, 0, ORDER_REASON_UNKNOWN_ORDER, 0, q.dueNs, decidedNs);
    return;
  }
  answerOrder(a, x, o, KIND_ORDER_CANCELLED, ORDER_REASON_NONE, q.dueNs, decidedNs);
  removeOrder(a, o);
}

/** Acts on every request for `x` that reaches the venue before venue time `venueNs`. */
export function processRequests(x: Instrument, venueNs: i64, decidedNs: i64): void {
  const i = interestAt(x.index);
  if (i.nextRequestNs >= venueNs) return;
  i.nextRequestNs = NEVER;
  for (let n = 0; n < root().accounts; n++) {
    const a = accountAt(n);
    const count = a.requestCount;
    for (let k = 0; k < count; k++) {
      const q = requestAt(a, k);
      if (q.command == 0 || q.instrument != x.index) continue;
      if (q.dueNs >= venueNs) {
        noteRequest(q);
        continue;
      }
      if (q.command == COMMAND_KIND_PLACE) place(a, x, q, decidedNs);
      else cancel(a, x, q, decidedNs);
      q.command = 0;
    }
    while (a.requestCount > 0 && requestAt(a, 0).command == 0) {
      a.requestHead = (a.requestHead + 1) % a.requestCapacity;
      a.requestCount -= 1;
    }
  }
}

// --- the market acts on our orders ---------------------------------------------------------------------------------

/** The displayed size of a level changed. */
export function onLevel(x: Instrument, side: i32, tick: i32, before: f64, after: f64): void {
  const i = interestAt(x.index);
  if (i.live == 0 || load<u16>(bucket(i, side, tick)) == 0) return;
  for (let n = 0; n < root().accounts; n++) {
    const a = accountAt(n);
    if (a.orders == 0) continue;
    for (let s = 0; s < a.maxOrders; s++) {
      const o = orderAt(a, s);
      if (o.id == 0 || o.instrument != x.index || o.side != side || <i32>o.priceTicks != tick) continue;
      o.frontLots = frontAfterChange(a.queueModel, a.queuePower, o.frontLots, o.tradedLots, before, after);
      o.tradedLots = 0;
    }
  }
}

/** A print: `sign` +1 where the aggressor bought, so that it hits resting sells. */
export function onTrade(x: Instrument, tick: i32, lots: f64, sign: i32, venueNs: i64, decidedNs: i64): void {
  const i = interestAt(x.index);
  if (i.live == 0 || x.bookState != BOOK_STATE_LIVE) return;
  if (sign < 0 ? i.highestBuy < tick : i.lowestSell > tick) return;
  let touched = false;
  for (let n = 0; n < root().accounts; n++) {
    const a = accountAt(n);
    if (a.orders == 0) continue;
    for (let s = 0; s < a.maxOrders; s++) {
      const o = orderAt(a, s);
      if (o.id == 0 || o.instrument != x.index || o.side == sign) continue;
      const price = <i32>o.priceTicks;
      if (price == tick) {
        touched = true;
        o.frontLots -= lots;
        if (a.queueModel != QUEUE_RISK_AVERSE) o.tradedLots += lots;
        const reached = Math.round(-o.frontLots);
        if (reached >= 1) {
          o.frontLots = 0;
          fillMaker(a, x, o, reached, venueNs, decidedNs);
        }
      } else if (o.side > 0 ? price > tick : price < tick) {
        // A print beyond our price means that our price was consumed.
        touched = true;
        fillMaker(a, x, o, o.leavesLots, venueNs, decidedNs);
      }
    }
  }
  if (!touched) narrow(x.index);
}

/** The touch moved: orders of ours at or beyond the opposite side have been executed. */
export function onTouch(x: Instrument, venueNs: i64, decidedNs: i64): void {
  const i = interestAt(x.index);
  if (i.live == 0 || x.bookState != BOOK_STATE_LIVE) return;
  const buysHit = x.askLots > 0 && <f64>i.highestBuy >= x.askTicks;
  const sellsHit = x.bidLots > 0 && <f64>i.lowestSell <= x.bidTicks;
  if (!buysHit && !sellsHit) return;
  let touched = false;
  for (let n = 0; n < root().accounts; n++) {
    const a = accountAt(n);
    if (a.orders == 0) continue;
    for (let s = 0; s < a.maxOrders; s++) {
      const o = orderAt(a, s);
      if (o.id == 0 || o.instrument != x.index) continue;
      const hit =
        o.side > 0 ? x.askLots > 0 && o.priceTicks >= x.askTicks : x.bidLots > 0 && o.priceTicks <= x.bidTicks;
      if (!hit) continue;
      touched = true;
      fillMaker(a, x, o, o.leavesLots, venueNs, decidedNs);
    }
  }
  if (!touched) narrow(x.index);
}

/** After a resync the book shows new sizes: nobody can be further back than what is displayed. */
export function onResync(x: Instrument): void {
  if (interestAt(x.index).live == 0) return;
  for (let n = 0; n < root().accounts; n++) {
    const a = accountAt(n);
    for (let s = 0; s < a.maxOrders; s++) {
      const o = orderAt(a, s);
      if (o.id == 0 || o.instrument != x.index) continue;
      o.frontLots = min(o.frontLots, displayed(x, o.side, <i32>o.priceTicks));
      o.tradedLots = 0;
    }
  }
}

/** Estimated lots ahead of an order; -1 where it is not live here. */
export function orderFront(account: i32, id: f64): f64 {
  const o = id > 0 ? findOrder(accountAt(account), id) : null;
  return o === null ? -1 : o.frontLots;
}
