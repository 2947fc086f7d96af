/**
 * Events of the streams to records: a frame record, then the event's own. Which keys an event needs and what their
 * values may be is defined by the plain twin, host/reference/binance-decoder.ts; the order of the checks is the same.
 */
import {
  BUY,
  CHANNEL_BOOK_TICKER,
  CHANNEL_DEPTH_DIFF,
  CHANNEL_MARK_PRICE,
  CHANNEL_TRADE,
  KIND_BEST_ASK,
  KIND_BEST_BID,
  KIND_DEPTH,
  KIND_FUNDING_RATE,
  KIND_INDEX_PRICE,
  KIND_MARK_PRICE,
  KIND_OFF_MARKET_TRADE,
  KIND_TRADE,
  SELL,
} from '../../../build/generated/assembly/records';
import { QUOTE, isFalse, isTrue } from '../json';
import { BOTH_SIDES, PX, QTY, completeLevels, completeRecord, frameRecord, priceRecord, record } from '../output';
import {
  ERROR_BAD_VALUE,
  ERROR_TOO_MANY_RECORDS,
  ERROR_UNKNOWN_SYMBOL,
  EVENT_BOOK_TICKER,
  EVENT_DEPTH_UPDATE,
  EVENT_MARK_PRICE,
  EVENT_NS,
  EVENT_OTHER,
  EVENT_TRADE,
  FIRST,
  LAST,
  NUMBER,
  OTHER_NS,
  PREVIOUS,
  SLOT_ASK,
  SLOT_ASK_QUANTITY,
  SLOT_BID,
  SLOT_BID_QUANTITY,
  SLOT_BUYER_IS_MAKER,
  SLOT_EVENT,
  SLOT_EVENT_TIME,
  SLOT_FIRST_ID,
  SLOT_FUNDING_RATE,
  SLOT_INDEX_PRICE,
  SLOT_LAST_ID,
  SLOT_PREVIOUS_ID,
  SLOT_PRICE,
  SLOT_PRINT_TYPE,
  SLOT_QUANTITY,
  SLOT_SYMBOL,
  SLOT_TRADE_ID,
  SLOT_TRANSACTION_TIME,
  slot,
  state,
} from '../state';
import { instrumentOfText } from '../symbols';
import { readText, textEquals } from '../text';
import { present, readDecimalString, readInteger, readPositive, readTime, refuse } from '../values';
import { readLevels } from './levels';

const DEPTH_UPDATE: usize = memory.data<u8>([0x64, 0x65, 0x70, 0x74, 0x68, 0x55, 0x70, 0x64, 0x61, 0x74, 0x65]);
const BOOK_TICKER: usize = memory.data<u8>([0x62, 0x6f, 0x6f, 0x6b, 0x54, 0x69, 0x63, 0x6b, 0x65, 0x72]);
const TRADE: usize = memory.data<u8>([0x74, 0x72, 0x61, 0x64, 0x65]);
const MARK_PRICE_UPDATE: usize = memory.data<u8>([
  0x6d, 0x61, 0x72, 0x6b, 0x50, 0x72, 0x69, 0x63, 0x65, 0x55, 0x70, 0x64, 0x61, 0x74, 0x65,
]);
const MARKET: usize = memory.data<u8>([0x4d, 0x41, 0x52, 0x4b, 0x45, 0x54]);

/** The event whose keys stand in `slots`; `object` is its place. Returns the number of records, or an error. */
export function decodeEvent(slots: usize, object: usize): i32 {
  const st = state();
  const name = slot(slots, SLOT_EVENT);
  if (!present(name, object)) return st.error;
  if (load<u8>(name) != QUOTE) return bad(name);
  readText(name);
  let type = EVENT_OTHER;
  if (textEquals(BOOK_TICKER, 10)) type = EVENT_BOOK_TICKER;
  else if (textEquals(TRADE, 5)) type = EVENT_TRADE;
  else if (textEquals(DEPTH_UPDATE, 11)) type = EVENT_DEPTH_UPDATE;
  else if (textEquals(MARK_PRICE_UPDATE, 15)) type = EVENT_MARK_PRICE;
  st.eventType = type;
  if (type == EVENT_OTHER) return 0;

  const symbol = slot(slots, SLOT_SYMBOL);
  if (!present(symbol, object)) return st.error;
  if (load<u8>(symbol) != QUOTE) return bad(symbol);
  readText(symbol);
  const instrument = instrumentOfText();
  if (instrument < 0) {
    refuse(ERROR_UNKNOWN_SYMBOL, symbol);
    return st.error;
  }
  st.instrument = instrument;

  if (!time(slots, SLOT_EVENT_TIME, object, EVENT_NS)) return st.error;
  st.exchNs = load<i64>(EVENT_NS);
  if (type == EVENT_MARK_PRICE) return markPriceUpdate(slots, object);
  const transaction = slot(slots, SLOT_TRANSACTION_TIME);
  if (transaction) {
    if (!readTime(transaction, OTHER_NS)) return st.error;
    st.exchNs = load<i64>(OTHER_NS);
  }
  if (type == EVENT_BOOK_TICKER) return bookTicker(slots, object);
  if (type == EVENT_TRADE) return trade(slots, object);
  return depthUpdate(slots, object);
}

function depthUpdate(slots: usize, object: usize): i32 {
  const st = state();
  if (!integer(slots, SLOT_FIRST_ID, object, FIRST)) return st.error;
  if (!integer(slots, SLOT_LAST_ID, object, LAST)) return st.error;
  if (!integer(slots, SLOT_PREVIOUS_ID, object, PREVIOUS)) return st.error;
  const bidsAt = slot(slots, SLOT_BID);
  const asksAt = slot(slots, SLOT_ASK);
  let bids = st.bids;
  let asks = st.asks;
  if (!bidsAt || !asksAt || bidsAt != st.bidsAt || asksAt != st.asksAt) {
    if (!present(bidsAt, object)) return st.error;
    bids = readLevels(bidsAt, 1);
    if (bids < 0) return st.error;
    if (!present(asksAt, object)) return st.error;
    asks = readLevels(asksAt, 1 + bids);
    if (asks < 0) return st.error;
  }
  const count = bids + asks;
  completeLevels(1, 1 + bids, KIND_DEPTH | BUY | BOTH_SIDES);
  completeLevels(1 + bids, 1 + count, KIND_DEPTH | SELL | BOTH_SIDES);
  return frame(CHANNEL_DEPTH_DIFF, count, load<f64>(PREVIOUS));
}

function bookTicker(slots: usize, object: usize): i32 {
  const st = state();
  if (!integer(slots, SLOT_LAST_ID, object, LAST)) return st.error;
  store<f64>(FIRST, load<f64>(LAST));
  if (st.maxRecords < 3) return tooMany(object);
  const bid = record(1);
  const ask = record(2);
  if (!positive(slots, SLOT_BID, object, bid + PX)) return st.error;
  if (!decimal(slots, SLOT_BID_QUANTITY, object, bid + QTY, false)) return st.error;
  if (!positive(slots, SLOT_ASK, object, ask + PX)) return st.error;
  if (!decimal(slots, SLOT_ASK_QUANTITY, object, ask + QTY, false)) return st.error;
  completeRecord(1, KIND_BEST_BID | BUY | BOTH_SIDES, 0);
  completeRecord(2, KIND_BEST_ASK | SELL | BOTH_SIDES, 0);
  return frame(CHANNEL_BOOK_TICKER, 2, -1);
}

function trade(slots: usize, object: usize): i32 {
  const st = state();
  if (!integer(slots, SLOT_TRADE_ID, object, LAST)) return st.error;
  store<f64>(FIRST, load<f64>(LAST));
  const buyerIsMaker = slot(slots, SLOT_BUYER_IS_MAKER);
  if (!present(buyerIsMaker, object)) return st.error;
  let low: u32 = isTrue(buyerIsMaker) ? SELL : BUY;
  if (low == BUY && !isFalse(buyerIsMaker)) return bad(buyerIsMaker);
  const printType = slot(slots, SLOT_PRINT_TYPE);
  let market = true;
  if (printType) {
    if (load<u8>(printType) != QUOTE) return bad(printType);
    readText(printType);
    market = textEquals(MARKET, 6);
  }
  if (st.maxRecords < 2) return tooMany(object);
  const at = record(1);
  if (market) {
    if (!positive(slots, SLOT_PRICE, object, at + PX)) return st.error;
    if (!positive(slots, SLOT_QUANTITY, object, at + QTY)) return st.error;
    low |= KIND_TRADE | BOTH_SIDES;
  } else {
    if (!decimal(slots, SLOT_PRICE, object, at + PX, false)) return st.error;
    if (!decimal(slots, SLOT_QUANTITY, object, at + QTY, false)) return st.error;
    low |= KIND_OFF_MARKET_TRADE;
  }
  completeRecord(1, low, <i64>load<f64>(LAST));
  return frame(CHANNEL_TRADE, 1, -1);
}

function markPriceUpdate(slots: usize, object: usize): i32 {
  const st = state();
  if (st.maxRecords < 4) return tooMany(object);
  if (!decimal(slots, SLOT_INDEX_PRICE, object, NUMBER, true)) return st.error;
  priceRecord(1, KIND_INDEX_PRICE | BOTH_SIDES, load<f64>(NUMBER), 0);
  if (!positive(slots, SLOT_PRICE, object, NUMBER)) return st.error;
  priceRecord(2, KIND_MARK_PRICE | BOTH_SIDES, load<f64>(NUMBER), 0);
  const rate = slot(slots, SLOT_FUNDING_RATE);
  if (!present(rate, object)) return st.error;
  let count = 2;
  // a contract without funding has an empty rate
  if (load<u16>(rate) != 0x2222) {
    if (!readDecimalString(rate, NUMBER, true)) return st.error;
    count = 3;
  }
  if (!time(slots, SLOT_TRANSACTION_TIME, object, OTHER_NS)) return st.error;
  if (count == 3) priceRecord(3, KIND_FUNDING_RATE | BOTH_SIDES, load<f64>(NUMBER), load<i64>(OTHER_NS));
  store<f64>(FIRST, 0);
  store<f64>(LAST, 0);
  return frame(CHANNEL_MARK_PRICE, count, -1);
}

function frame(channel: i32, count: i32, previous: f64): i32 {
  frameRecord(channel, load<i64>(EVENT_NS), count, load<f64>(FIRST), load<f64>(LAST), previous);
  return 1 + count;
}

function bad(at: usize): i32 {
  refuse(ERROR_BAD_VALUE, at);
  return ERROR_BAD_VALUE;
}

function tooMany(at: usize): i32 {
  refuse(ERROR_TOO_MANY_RECORDS, at);
  return ERROR_TOO_MANY_RECORDS;
}

function integer(slots: usize, key: i32, object: usize, out: usize): bool {
  const at = slot(slots, key);
  return present(at, object) && readInteger(at, out);
}

function time(slots: usize, key: i32, object: usize, out: usize): bool {
  const at = slot(slots, key);
  return present(at, object) && readTime(at, out);
}

function positive(slots: usize, key: i32, object: usize, out: usize): bool {
  const at = slot(slots, key);
  return present(at, object) && readPositive(at, out) != 0;
}

function decimal(slots: usize, key: i32, object: usize, out: usize, signed: bool): bool {
  const at = slot(slots, key);
  return present(at, object) && readDecimalString(at, out, signed) != 0;
}
