/** The REST answer with the order book to records: per side a clear down (up) to its last price, then its levels. */
import {
  BUY,
  CHANNEL_DEPTH_SNAPSHOT,
  KIND_DEPTH_CLEAR,
  KIND_DEPTH_SNAPSHOT,
  SELL,
} from '../../../build/generated/assembly/records';
import { BOTH_SIDES, PX, completeLevels, frameRecord, priceRecord, record } from '../output';
import {
  EVENT_DEPTH_SNAPSHOT,
  EVENT_NS,
  EVENT_REFUSAL,
  LAST,
  OTHER_NS,
  OUTER_SLOTS,
  SLOT_ASKS,
  SLOT_BIDS,
  SLOT_CODE,
  SLOT_EVENT_TIME,
  SLOT_SNAPSHOT_ID,
  SLOT_TRANSACTION_TIME,
  slot,
  state,
} from '../state';
import { present, readInteger, readTime } from '../values';
import { readLevels } from './levels';

/** The answer whose keys stand in OUTER_SLOTS; `object` is its place. Returns the number of records, or an error. */
export function snapshotRecords(object: usize): i32 {
  const st = state();
  const id = slot(OUTER_SLOTS, SLOT_SNAPSHOT_ID);
  if (!id && slot(OUTER_SLOTS, SLOT_CODE)) {
    st.eventType = EVENT_REFUSAL;
    return 0;
  }
  st.eventType = EVENT_DEPTH_SNAPSHOT;
  if (!present(id, object) || !readInteger(id, LAST)) return st.error;
  const eventTime = slot(OUTER_SLOTS, SLOT_EVENT_TIME);
  if (!present(eventTime, object) || !readTime(eventTime, EVENT_NS)) return st.error;
  st.exchNs = load<i64>(EVENT_NS);
  const transaction = slot(OUTER_SLOTS, SLOT_TRANSACTION_TIME);
  if (transaction) {
    if (!readTime(transaction, OTHER_NS)) return st.error;
    st.exchNs = load<i64>(OTHER_NS);
  }
  const bids = side(slot(OUTER_SLOTS, SLOT_BIDS), object, 1, BUY);
  if (bids < 0) return st.error;
  const asks = side(slot(OUTER_SLOTS, SLOT_ASKS), object, 1 + bids, SELL);
  if (asks < 0) return st.error;
  const last = load<f64>(LAST);
  frameRecord(CHANNEL_DEPTH_SNAPSHOT, load<i64>(EVENT_NS), bids + asks, last, last, -1);
  return 1 + bids + asks;
}

/** The records of one side from `index` on; returns their number (0 for an empty side), or -1. */
function side(at: usize, object: usize, index: i32, direction: u32): i32 {
  if (!present(at, object)) return -1;
  const levels = readLevels(at, index + 1);
  if (levels <= 0) return levels;
  completeLevels(index + 1, index + 1 + levels, KIND_DEPTH_SNAPSHOT | direction | BOTH_SIDES);
  priceRecord(index, KIND_DEPTH_CLEAR | direction | BOTH_SIDES, load<f64>(record(index + levels) + PX), 0);
  return 1 + levels;
}
