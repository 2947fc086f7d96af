/**
 * The characters of a JSON string: in place where nothing is escaped, else unescaped as UTF-8 into a scratch area of
 * MAX_TEXT_BYTES. The string must have been checked by `skipString`.
 */
import { BACKSLASH, QUOTE, hexDigit } from './json';
import { MAX_TEXT_BYTES, state } from './state';

/** Reads the string whose opening quote stands at `p` into textAt, textLength (-1: too long) and textEnd. */
export function readText(p: usize): void {
  const st = state();
  const start = ++p;
  let c: u32 = load<u8>(p);
  while (c != QUOTE && c != BACKSLASH) c = load<u8>(++p);
  if (c == QUOTE) {
    const length = p - start;
    st.textAt = start;
    st.textLength = length > <usize>MAX_TEXT_BYTES ? -1 : <i32>length;
    st.textEnd = p + 1;
    return;
  }
  unescape(start);
}

/** Unescapes up to the closing quote; continues to count, but writes no more, when the scratch area is full. */
function unescape(p: usize): void {
  const st = state();
  const base = st.textScratch;
  let length = 0;
  let c: u32 = load<u8>(p);
  while (c != QUOTE) {
    let point = c;
    let width: usize = 1;
    if (c == BACKSLASH) {
      c = load<u8>(p + 1);
      width = 2;
      switch (c) {
        case 0x62:
          point = 0x08;
          break;
        case 0x66:
          point = 0x0c;
          break;
        case 0x6e:
          point = 0x0a;
          break;
        case 0x72:
          point = 0x0d;
          break;
        case 0x74:
          point = 0x09;
          break;
        case 0x75:
          point = codeUnit(p);
          width = 6;
          if ((point & 0xfc00) == 0xd800 && load<u8>(p + 6) == BACKSLASH && load<u8>(p + 7) == 0x75) {
            const low = codeUnit(p + 6);
            if ((low & 0xfc00) == 0xdc00) {
              point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
              width = 12;
            }
          }
          break;
        default:
          point = c;
      }
      if (length <= MAX_TEXT_BYTES) length = writePoint(base, length, point);
    } else if (length <= MAX_TEXT_BYTES) {
      // a byte of a longer character goes over as it is
      store<u8>(base + length, c);
      ++length;
    }
    p += width;
    c = load<u8>(p);
  }
  store<u8>(base + length, 0);
  st.textAt = base;
  st.textLength = length > MAX_TEXT_BYTES ? -1 : length;
  st.textEnd = p + 1;
}

function codeUnit(p: usize): u32 {
  let unit = 0;
  for (let i: usize = 2; i < 6; ++i) unit = (unit << 4) | hexDigit(load<u8>(p + i));
  return unit;
}

/** Appends a code point as UTF-8; a lone surrogate gives three bytes that no valid text has. Returns the new length. */
function writePoint(base: usize, length: i32, point: u32): i32 {
  const at = base + length;
  if (point < 0x80) {
    store<u8>(at, point);
    return length + 1;
  }
  if (point < 0x800) {
    store<u8>(at, 0xc0 | (point >> 6));
    store<u8>(at + 1, 0x80 | (point & 0x3f));
    return length + 2;
  }
  if (point < 0x10000) {
    store<u8>(at, 0xe0 | (point >> 12));
    store<u8>(at + 1, 0x80 | ((point >> 6) & 0x3f));
    store<u8>(at + 2, 0x80 | (point & 0x3f));
    return length + 3;
  }
  store<u8>(at, 0xf0 | (point >> 18));
  store<u8>(at + 1, 0x80 | ((point >> 12) & 0x3f));
  store<u8>(at + 2, 0x80 | ((point >> 6) & 0x3f));
  store<u8>(at + 3, 0x80 | (point & 0x3f));
  return length + 4;
}

/** Whether the last text read is the `length` bytes at `other`. */
export function textEquals(other: usize, length: i32): bool {
  const st = state();
  if (st.textLength != length) return false;
  const at = st.textAt;
  for (let i = 0; i < length; ++i) if (load<u8>(at + i) != load<u8>(other + i)) return false;
  return true;
}
