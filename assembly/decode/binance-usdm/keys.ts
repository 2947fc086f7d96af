/**
 * The keys of Binance USD-M frames and the scan of an object that notes, for each of them, where its last value stands
 * (of several equal keys the last one counts, as JSON.parse has it).
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipSpace,
  skipString,
  skipValue,
} from '../json';
import {
  DATA_SLOTS,
  SLOTS_BYTES,
  SLOT_ASK,
  SLOT_ASKS,
  SLOT_BID,
  SLOT_BIDS,
  SLOT_CODE,
  SLOT_DATA,
  SLOT_ERROR,
  SLOT_ID,
  SLOT_PREVIOUS_ID,
  SLOT_RESULT,
  SLOT_SNAPSHOT_ID,
  fail,
  state,
} from '../state';
import { readText } from '../text';
import { compactLevels } from './levels';

/** Slot of each key of one ASCII character, 16 characters a line. */
const SLOT_OF_CHARACTER: usize = memory.data<u8>(
  [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 3, 5, 0, 0, 15, 0, 0, 0, 0, 0, 0, 0, 0, 9, 8, 0, 0, 1, 0, 0, 0, 17, 0, 0, 0, 16, 0, 0, 13, 14,
    18, 4, 12, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  ],
  64,
);

const PU: u16 = 0x7570; // "pu", little-endian, as the words below
const ID: u16 = 0x6469;
const DATA: u32 = 0x61746164;
const CODE: u32 = 0x65646f63;
const BIDS: u32 = 0x73646962;
const ASKS: u32 = 0x736b7361;
const ERRO: u32 = 0x6f727265;
const RESU: u32 = 0x75736572;
const LT: u16 = 0x746c;
const LAST_UPDA: u64 = 0x616470557473616c;
const TE_ID: u32 = 0x64496574;

/** The slot of the key that was read last as text. */
function slotOfText(): i32 {
  const st = state();
  const at = st.textAt;
  switch (st.textLength) {
    case 1: {
      const c = load<u8>(at);
      return c < 0x80 ? <i32>load<u8>(SLOT_OF_CHARACTER + c) : 0;
    }
    case 2:
      if (load<u16>(at) == PU) return SLOT_PREVIOUS_ID;
      if (load<u16>(at) == ID) return SLOT_ID;
      return 0;
    case 4: {
      const word = load<u32>(at);
      if (word == DATA) return SLOT_DATA;
      if (word == CODE) return SLOT_CODE;
      if (word == BIDS) return SLOT_BIDS;
      if (word == ASKS) return SLOT_ASKS;
      return 0;
    }
    case 5:
      return load<u32>(at) == ERRO && load<u8>(at + 4) == 0x72 ? SLOT_ERROR : 0;
    case 6:
      return load<u32>(at) == RESU && load<u16>(at + 4) == LT ? SLOT_RESULT : 0;
    case 12:
      return load<u64>(at) == LAST_UPDA && load<u32>(at + 8) == TE_ID ? SLOT_SNAPSHOT_ID : 0;
    default:
      return 0;
  }
}

/**
 * Behind the object at `p`, which is the `depth`-th from the outside, or 0. An object under the outermost `data` is noted
 * in DATA_SLOTS. Levels under `b` and then `a` become records on the way where they are written as the venue writes them.
 */
export function scanObject(p: usize, slots: usize, depth: i32): usize {
  const st = state();
  // a call of memory.fill costs more than these stores
  for (let offset: usize = 0; offset < SLOTS_BYTES; offset += 16) v128.store(slots + offset, i64x2.splat(0));
  st.bidsAt = 0;
  st.asksAt = 0;
  p = skipSpace(p + 1);
  if (load<u8>(p) == CLOSE_BRACE) return p + 1;
  while (true) {
    if (load<u8>(p) != QUOTE) return fail(p);
    let key = 0;
    const c: u32 = load<u8>(p + 1);
    if (load<u8>(p + 2) == QUOTE && c >= 0x20 && c < 0x80 && c != QUOTE && c != BACKSLASH) {
      key = load<u8>(SLOT_OF_CHARACTER + c);
      p += 3;
    } else {
      const end = skipString(p);
      if (!end) return 0;
      readText(p);
      key = slotOfText();
      p = end;
    }
    p = skipSpace(p);
    if (load<u8>(p) != COLON) return fail(p);
    p = skipSpace(p + 1);
    store<u32>(slots + ((<usize>key) << 2), <u32>p);

    const first: u32 = load<u8>(p);
    let end: usize = 0;
    if (first == QUOTE) {
      end = skipString(p);
      if (!end) return 0;
    } else if (first == OPEN_BRACE && key == SLOT_DATA && depth == 1) {
      end = scanObject(p, DATA_SLOTS, 2);
      if (!end) return 0;
    } else if (first == OPEN_BRACKET && key == SLOT_BID && !st.bidsAt && !st.asksAt) {
      end = compactLevels(p, 0);
      if (end) {
        st.bidsAt = p;
        st.bids = st.levels;
      }
    } else if (first == OPEN_BRACKET && key == SLOT_ASK && st.bidsAt && !st.asksAt) {
      end = compactLevels(p, st.bids);
      if (end) {
        st.asksAt = p;
        st.asks = st.levels;
      }
    }
    if (!end) {
      end = skipValue(p, depth);
      if (!end) return 0;
    }
    p = skipSpace(end);
    const next: u32 = load<u8>(p);
    if (next == CLOSE_BRACE) return p + 1;
    if (next != COMMA) return fail(p);
    p = skipSpace(p + 1);
  }
}
