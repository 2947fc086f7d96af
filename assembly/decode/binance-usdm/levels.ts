/** Arrays of `["price","quantity"]` to records that carry px and qty; the rest of each record is written later. */
import { readDecimal } from '../../math/decimal';
import { CLOSE_BRACKET, COMMA, OPEN_BRACKET, QUOTE, skipSpace } from '../json';
import { PX, QTY, record } from '../output';
import { ERROR_BAD_VALUE, ERROR_TOO_MANY_RECORDS, MAX_TEXT_BYTES, state } from '../state';
import { readDecimalString, readPositive, refuse } from '../values';

/**
 * Reads the array at `p` as the venue writes it, without white space or escapes, into the records from 1 + `from` on.
 * Returns the address behind it and leaves the number of levels in `levels`; 0 means "read it the careful way".
 */
export function compactLevels(p: usize, from: i32): usize {
  const st = state();
  const scratch = st.decimalScratch;
  const first = record(1 + from);
  const limit = record(st.maxRecords);
  let at = first;
  ++p;
  if (load<u8>(p) == CLOSE_BRACKET) {
    st.levels = 0;
    return p + 1;
  }
  while (true) {
    // [" price "," quantity "]
    if (at >= limit || load<u16>(p) != 0x225b) return 0;
    let start = p + 2;
    p = readDecimal(start, at + PX, scratch);
    if (!p || load<u16>(p) != 0x2c22 || load<u8>(p + 2) != QUOTE || p - start > <usize>MAX_TEXT_BYTES) return 0;
    start = p + 3;
    p = readDecimal(start, at + QTY, scratch);
    if (!p || load<u16>(p) != 0x5d22 || p - start > <usize>MAX_TEXT_BYTES) return 0;
    const px = load<f64>(at + PX);
    if (!(px > 0 && px < Infinity && load<f64>(at + QTY) < Infinity)) return 0;
    at += 64;
    p += 2;
    const next: u32 = load<u8>(p++);
    if (next == COMMA) continue;
    if (next != CLOSE_BRACKET) return 0;
    st.levels = <i32>((at - first) >> 6);
    return p;
  }
}

/** Reads the well-formed value at `p` into the records from `first` on; returns the number of levels, or -1. */
export function readLevels(p: usize, first: i32): i32 {
  const st = state();
  if (load<u8>(p) != OPEN_BRACKET) return refuseLevels(ERROR_BAD_VALUE, p);
  p = skipSpace(p + 1);
  if (load<u8>(p) == CLOSE_BRACKET) return 0;
  let index = first;
  while (true) {
    if (index >= st.maxRecords) return refuseLevels(ERROR_TOO_MANY_RECORDS, p);
    const level = p;
    const at = record(index);
    if (load<u8>(p) != OPEN_BRACKET) return refuseLevels(ERROR_BAD_VALUE, level);
    p = readPositive(skipSpace(p + 1), at + PX);
    if (!p) return -1;
    p = skipSpace(p);
    if (load<u8>(p) != COMMA) return refuseLevels(ERROR_BAD_VALUE, level);
    p = readDecimalString(skipSpace(p + 1), at + QTY, false);
    if (!p) return -1;
    p = skipSpace(p);
    if (load<u8>(p) != CLOSE_BRACKET) return refuseLevels(ERROR_BAD_VALUE, level);
    ++index;
    p = skipSpace(p + 1);
    if (load<u8>(p) == CLOSE_BRACKET) return index - first;
    p = skipSpace(p + 1);
  }
}

function refuseLevels(error: i32, at: usize): i32 {
  refuse(error, at);
  return -1;
}
