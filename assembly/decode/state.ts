/**
 * The decoder's whole state: one structure at a fixed address below the static data, so that no variable of the module
 * is mutable and a copy of the memory is a copy of the decoder.
 */
import { DECIMAL_SCRATCH_BYTES } from '../math/decimal';

/** Why a frame was refused; what the exported functions return. The host's table is `DecodeError`. */
export const ERROR_UNREADABLE: i32 = -1;
export const ERROR_NO_EVENT: i32 = -2;
export const ERROR_MISSING_KEY: i32 = -3;
export const ERROR_BAD_VALUE: i32 = -4;
export const ERROR_UNKNOWN_SYMBOL: i32 = -5;
export const ERROR_TOO_MANY_RECORDS: i32 = -6;
export const ERROR_TOO_LONG: i32 = -7;
export const ERROR_NOT_READY: i32 = -8;

/** What a frame was; the host's table is `EventType`. */
export const EVENT_NONE: i32 = 0;
export const EVENT_DEPTH_UPDATE: i32 = 1;
export const EVENT_BOOK_TICKER: i32 = 2;
export const EVENT_TRADE: i32 = 3;
export const EVENT_MARK_PRICE: i32 = 4;
export const EVENT_DEPTH_SNAPSHOT: i32 = 5;
export const EVENT_OTHER: i32 = 6;
export const EVENT_REFUSAL: i32 = 7;

/** Objects and arrays that may be open at once; deeper is unreadable. */
export const MAX_NESTING: i32 = 64;
/** Longest string value that is looked at, bytes: a longer decimal is a bad value, a longer symbol an unknown one. */
export const MAX_TEXT_BYTES: i32 = 1024;
/** Longest symbol, bytes. */
export const MAX_SYMBOL_BYTES: i32 = 32;
export const MAX_SYMBOLS: i32 = 256;
/** An entry of the symbol table: bytes padded with zeros, length, instrument index. */
export const SYMBOL_ENTRY_BYTES: i32 = 40;
/** Largest time that is taken, ms since 1970: the year 2255, so that nanoseconds fit into 63 bits. */
export const MAX_TIME_MS: f64 = 9000000000000;
/** Readable bytes behind the longest frame; the first of them is a NUL, at which every scan stops. */
export const INPUT_PADDING_BYTES: usize = 64;

/** Keys that mean something; 0 stands for all others. A slot holds the address of the key's last value, or 0. */
export const SLOT_EVENT: i32 = 1; // e
export const SLOT_EVENT_TIME: i32 = 2; // E
export const SLOT_TRANSACTION_TIME: i32 = 3; // T
export const SLOT_SYMBOL: i32 = 4; // s
export const SLOT_FIRST_ID: i32 = 5; // U
export const SLOT_LAST_ID: i32 = 6; // u
export const SLOT_PREVIOUS_ID: i32 = 7; // pu
export const SLOT_BID: i32 = 8; // b
export const SLOT_ASK: i32 = 9; // a
export const SLOT_BID_QUANTITY: i32 = 10; // B
export const SLOT_ASK_QUANTITY: i32 = 11; // A
export const SLOT_TRADE_ID: i32 = 12; // t
export const SLOT_PRICE: i32 = 13; // p
export const SLOT_QUANTITY: i32 = 14; // q
export const SLOT_PRINT_TYPE: i32 = 15; // X
export const SLOT_BUYER_IS_MAKER: i32 = 16; // m
export const SLOT_INDEX_PRICE: i32 = 17; // i
export const SLOT_FUNDING_RATE: i32 = 18; // r
export const SLOT_DATA: i32 = 19; // data
export const SLOT_CODE: i32 = 20; // code
export const SLOT_ERROR: i32 = 21; // error
export const SLOT_RESULT: i32 = 22; // result
export const SLOT_ID: i32 = 23; // id
export const SLOT_SNAPSHOT_ID: i32 = 24; // lastUpdateId
export const SLOT_BIDS: i32 = 25; // bids
export const SLOT_ASKS: i32 = 26; // asks
export const SLOT_COUNT: i32 = 27;
/** Bytes of one set of slots, cleared 16 at a time. */
export const SLOTS_BYTES: usize = (4 * <usize>SLOT_COUNT + 15) & ~(<usize>15);

@unmanaged
export class State {
  /** What the host reads after a call, in this order (see `STATUS_*` in host/kernels/decoders.ts). */
  error: i32;
  /** Where in the frame, bytes from its start. */
  errorOffset: i32;
  eventType: i32;
  mayCarryDepth: i32;
  /** The instrument that the frame names, if it is known. */
  instrument: i32;

  sealed: i32;
  maxFrameBytes: i32;
  maxRecords: i32;
  symbols: i32;
  /** Addresses of the areas that init laid out. */
  input: usize;
  output: usize;
  symbolTable: usize;
  textScratch: usize;
  decimalScratch: usize;

  epochNs: i64;
  /** Times of the frame in hand, ns since 1970. */
  localNs: i64;
  exchNs: i64;

  /** Where the last scan failed. */
  errorAt: usize;
  /** The last text read: where its characters stand, how many there are (-1: too long), where the value ends. */
  textAt: usize;
  textLength: i32;
  textEnd: usize;

  /** Level arrays that were turned into records while scanning: addresses of the values and numbers of levels. */
  bidsAt: usize;
  asksAt: usize;
  bids: i32;
  asks: i32;
  levels: i32;
}

const STATE: usize = 16;
/** Slots of the outermost object and of the object under `data`; 128 bytes are kept for each. */
export const OUTER_SLOTS: usize = 256;
export const DATA_SLOTS: usize = 384;
/** Where ids and times of the frame in hand are put: 8-byte words between the slots and the static data at 1024. */
export const FIRST: usize = 512;
export const LAST: usize = 520;
export const PREVIOUS: usize = 528;
export const EVENT_NS: usize = 536;
export const OTHER_NS: usize = 544;
export const NUMBER: usize = 552;

export function state(): State {
  return changetype<State>(STATE);
}

export function slot(slots: usize, index: i32): usize {
  return load<u32>(slots + ((<usize>index) << 2));
}

/** Remembers where a scan failed; returns 0, which is "failed" to every caller. */
export function fail(p: usize): usize {
  state().errorAt = p;
  return 0;
}

function align(address: usize): usize {
  return (address + 63) & ~(<usize>63);
}

/** Lays out the areas behind the static data and seals; returns 0 or an error. */
export function layOut(maxFrameBytes: i32, maxRecords: i32): i32 {
  const st = state();
  if (st.sealed) return ERROR_NOT_READY;
  if (maxFrameBytes < 1 || maxFrameBytes > 0x4000000 || maxRecords < 1 || maxRecords > 0x100000) return ERROR_NOT_READY;
  let at = align(__heap_base);
  st.decimalScratch = at;
  at = align(at + DECIMAL_SCRATCH_BYTES);
  st.textScratch = at;
  at = align(at + MAX_TEXT_BYTES + 16);
  st.symbolTable = at;
  at = align(at + MAX_SYMBOLS * SYMBOL_ENTRY_BYTES);
  st.output = at;
  at = align(at + ((<usize>maxRecords) << 6));
  st.input = at;
  at = align(at + maxFrameBytes + INPUT_PADDING_BYTES);
  const pages = <i32>((at + 0xffff) >> 16) - memory.size();
  if (pages > 0 && memory.grow(pages) < 0) return ERROR_NOT_READY;
  st.maxFrameBytes = maxFrameBytes;
  st.maxRecords = maxRecords;
  st.sealed = 1;
  return 0;
}
