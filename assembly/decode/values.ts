/**
 * Values of a frame that a scan has found well-formed. A function that fails stores the error with its place and returns
 * false (or 0); the callers only pass it on.
 */
import { readDecimal, readJsonNumber } from '../math/decimal';
import { MINUS, QUOTE, startsNumber } from './json';
import { ERROR_BAD_VALUE, ERROR_MISSING_KEY, MAX_TEXT_BYTES, MAX_TIME_MS, state } from './state';
import { readText } from './text';

const MAX_SAFE_INTEGER: f64 = 9007199254740991;
const MS: i64 = 1000000;

/** Stores an error and its place; returns 0. */
export function refuse(error: i32, at: usize): usize {
  const st = state();
  st.error = error;
  st.errorAt = at;
  return 0;
}

/** Whether a key was there (`at` is not 0); `object` is the place to report. */
export function present(at: usize, object: usize): bool {
  if (at) return true;
  refuse(ERROR_MISSING_KEY, object);
  return false;
}

/** Stores at `out` the safe non-negative integer at `p`. */
export function readInteger(p: usize, out: usize): bool {
  if (startsNumber(p)) {
    const value = readJsonNumber(p, state().decimalScratch);
    if (value >= 0 && value <= MAX_SAFE_INTEGER && value == Math.trunc(value)) {
      store<f64>(out, value);
      return true;
    }
  }
  refuse(ERROR_BAD_VALUE, p);
  return false;
}

/** Stores at `out` (i64) the time at `p`, ms since 1970, as ns. */
export function readTime(p: usize, out: usize): bool {
  if (!readInteger(p, out)) return false;
  const ms = load<f64>(out);
  if (ms > MAX_TIME_MS) {
    refuse(ERROR_BAD_VALUE, p);
    return false;
  }
  store<i64>(out, <i64>ms * MS);
  return true;
}

/** Stores at `out` the decimal in the string at `p`; returns the address behind the string, or 0. */
export function readDecimalString(p: usize, out: usize, signed: bool): usize {
  const st = state();
  if (load<u8>(p) != QUOTE) return refuse(ERROR_BAD_VALUE, p);
  const plain = readDecimal(p + 1, out, st.decimalScratch);
  if (plain && load<u8>(plain) == QUOTE && plain - p - 1 <= <usize>MAX_TEXT_BYTES) {
    return load<f64>(out) < Infinity ? plain + 1 : refuse(ERROR_BAD_VALUE, p);
  }
  readText(p);
  if (st.textLength < 0) return refuse(ERROR_BAD_VALUE, p);
  const negative = signed && load<u8>(st.textAt) == MINUS;
  const end = readDecimal(st.textAt + <usize>negative, out, st.decimalScratch);
  if (end != st.textAt + st.textLength || !(load<f64>(out) < Infinity)) return refuse(ERROR_BAD_VALUE, p);
  if (negative) store<f64>(out, -load<f64>(out));
  return st.textEnd;
}

/** As readDecimalString, for a value above 0. */
export function readPositive(p: usize, out: usize): usize {
  const end = readDecimalString(p, out, false);
  if (!end) return 0;
  return load<f64>(out) > 0 ? end : refuse(ERROR_BAD_VALUE, p);
}
