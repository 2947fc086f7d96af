/**
 * decoders.wasm: hostile bytes of venues to 64-byte records, in a memory of its own.
 *
 * The host copies a frame into the input area and calls; what comes back is the number of records in the output area, or
 * a negative error whose details stand at `status()`. No bytes make a call trap, grow the memory or read beyond the frame.
 */
import { readDecimal, readJsonNumber } from './math/decimal';
import { scanObject } from './decode/binance-usdm/keys';
import { decodeEvent } from './decode/binance-usdm/events';
import { snapshotRecords } from './decode/binance-usdm/snapshot';
import { OPEN_BRACE, skipNumber, skipSpace, skipValue, startsNumber } from './decode/json';
import {
  DATA_SLOTS,
  ERROR_NOT_READY,
  ERROR_NO_EVENT,
  ERROR_TOO_LONG,
  ERROR_UNREADABLE,
  EVENT_BOOK_TICKER,
  EVENT_MARK_PRICE,
  EVENT_NONE,
  EVENT_OTHER,
  EVENT_REFUSAL,
  EVENT_TRADE,
  NUMBER,
  OUTER_SLOTS,
  SLOT_CODE,
  SLOT_DATA,
  SLOT_ERROR,
  SLOT_EVENT,
  SLOT_ID,
  SLOT_RESULT,
  layOut,
  slot,
  state,
} from './decode/state';
import { addSymbolEntry } from './decode/symbols';
import { NO_INSTRUMENT } from '../build/generated/assembly/records';
import { refuse } from './decode/values';

/** Lays out the memory for frames of at most `maxFrameBytes` and `maxRecords` records a frame; 0, or an error. Once. */
export function init(maxFrameBytes: i32, maxRecords: i32): i32 {
  return layOut(maxFrameBytes, maxRecords);
}

/** Where the host puts a frame's bytes. */
export function inputArea(): usize {
  return state().input;
}

/** Where the records of the last frame stand. */
export function outputArea(): usize {
  return state().output;
}

/** Where the five i32 error, errorOffset, eventType, mayCarryDepth, instrument stand. */
export function status(): usize {
  return changetype<usize>(state());
}

/** The journal's epoch, ns since 1970, in two halves. */
export function setEpoch(low: u32, high: u32): void {
  state().epochNs = <i64>(((<u64>high) << 32) | (<u64>low));
}

/** Makes a symbol known; its `length` bytes stand at `at` inside the input area. 0, or an error. */
export function addSymbol(at: usize, length: i32, instrument: i32): i32 {
  return addSymbolEntry(at, length, instrument);
}

/** A frame of the streams: `{"stream":..,"data":{..}}`, a bare event, or an answer to a request. */
export function decodeStream(length: i32, localRelNs: f64): i32 {
  if (!begin(length, localRelNs, NO_INSTRUMENT)) return finish(state().error, length);
  const object = scanFrame(length);
  if (!object) return finish(state().error, length);
  const data = slot(OUTER_SLOTS, SLOT_DATA);
  if (data) {
    if (load<u8>(data) != OPEN_BRACE) {
      refuse(ERROR_NO_EVENT, data);
      return finish(ERROR_NO_EVENT, length);
    }
    return finish(decodeEvent(DATA_SLOTS, data), length);
  }
  if (!slot(OUTER_SLOTS, SLOT_EVENT)) {
    const st = state();
    if (slot(OUTER_SLOTS, SLOT_CODE) || slot(OUTER_SLOTS, SLOT_ERROR)) st.eventType = EVENT_REFUSAL;
    else if (slot(OUTER_SLOTS, SLOT_RESULT) || slot(OUTER_SLOTS, SLOT_ID)) st.eventType = EVENT_OTHER;
    if (st.eventType != EVENT_NONE) return finish(0, length);
  }
  return finish(decodeEvent(OUTER_SLOTS, object), length);
}

/** The answer to a depth request for `instrument`. */
export function decodeSnapshot(length: i32, instrument: i32, localRelNs: f64): i32 {
  if (!begin(length, localRelNs, instrument)) return finish(state().error, length);
  const object = scanFrame(length);
  if (!object) return finish(state().error, length);
  return finish(snapshotRecords(object), length);
}

/** The decimal that fills the first `length` bytes of the input area; NaN if they are none. For tests of the parser. */
export function parseDecimal(length: i32): f64 {
  const st = state();
  if (!st.sealed || length < 1 || length > st.maxFrameBytes) return NaN;
  store<u8>(st.input + length, 0);
  const end = readDecimal(st.input, NUMBER, st.decimalScratch);
  return end == st.input + length ? load<f64>(NUMBER) : NaN;
}

/** The same for a JSON number. */
export function parseNumber(length: i32): f64 {
  const st = state();
  if (!st.sealed || length < 1 || length > st.maxFrameBytes) return NaN;
  store<u8>(st.input + length, 0);
  if (!startsNumber(st.input) || skipNumber(st.input) != st.input + length) return NaN;
  return readJsonNumber(st.input, st.decimalScratch);
}

function begin(length: i32, localRelNs: f64, instrument: i32): bool {
  const st = state();
  st.error = 0;
  st.eventType = EVENT_NONE;
  st.instrument = instrument;
  st.errorAt = st.input;
  if (!st.sealed) {
    st.error = ERROR_NOT_READY;
    return false;
  }
  if (length < 0 || length > st.maxFrameBytes) {
    st.error = ERROR_TOO_LONG;
    return false;
  }
  st.localNs = st.epochNs + <i64>localRelNs;
  store<u8>(st.input + length, 0);
  return true;
}

/** Scans the whole frame, which must be one JSON object; returns the object's address, or 0. */
function scanFrame(length: i32): usize {
  const st = state();
  const object = skipSpace(st.input);
  const isObject = load<u8>(object) == OPEN_BRACE;
  const end = isObject ? scanObject(object, OUTER_SLOTS, 1) : skipValue(object, 0);
  if (!end) return refuse(ERROR_UNREADABLE, st.errorAt);
  const rest = skipSpace(end);
  if (rest != st.input + length) return refuse(ERROR_UNREADABLE, rest);
  return isObject ? object : refuse(ERROR_NO_EVENT, object);
}

/** Completes the status; `result` is the number of records or the error. */
function finish(result: i32, length: i32): i32 {
  const st = state();
  if (result >= 0) return result;
  st.errorOffset = <i32>(st.errorAt - st.input);
  const type = st.eventType;
  const named = type == EVENT_BOOK_TICKER || type == EVENT_TRADE || type == EVENT_MARK_PRICE;
  st.mayCarryDepth = <i32>(!named || result == ERROR_TOO_LONG || containsDepth(length));
  return result;
}

/** Whether the bytes of the frame contain `depth`. */
function containsDepth(length: i32): bool {
  const end = state().input + length;
  for (let p = state().input; p + 5 <= end; ++p) {
    if (load<u32>(p) == 0x74706564 && load<u8>(p + 4) == 0x68) return true;
  }
  return false;
}
