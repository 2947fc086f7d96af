/**
 * Strict scanning of JSON bytes (RFC 8259 and UTF-8, what JSON.parse accepts after a fatal UTF-8 decode).
 *
 * Every function takes the address of a value's first byte and returns the address behind it, or 0 if it is malformed.
 * No end is passed: behind the frame stands a NUL, which no rule accepts, so no scan gets past it.
 */
import { MAX_NESTING, fail } from './state';

export const QUOTE: u32 = 0x22;
export const COMMA: u32 = 0x2c;
export const MINUS: u32 = 0x2d;
export const COLON: u32 = 0x3a;
export const OPEN_BRACKET: u32 = 0x5b;
export const BACKSLASH: u32 = 0x5c;
export const CLOSE_BRACKET: u32 = 0x5d;
export const OPEN_BRACE: u32 = 0x7b;
export const CLOSE_BRACE: u32 = 0x7d;

const TRUE_WORD: u32 = 0x65757274; // "true", little-endian
const ALSE_WORD: u32 = 0x65736c61;
const NULL_WORD: u32 = 0x6c6c756e;

/** The address of the first byte from `p` on that is no white space. */
export function skipSpace(p: usize): usize {
  let c: u32 = load<u8>(p);
  while (c <= 0x20 && (c == 0x20 || c == 0x0a || c == 0x0d || c == 0x09)) c = load<u8>(++p);
  return p;
}

export function isTrue(p: usize): bool {
  return load<u32>(p) == TRUE_WORD;
}

export function isFalse(p: usize): bool {
  return load<u8>(p) == 0x66 && load<u32>(p + 1) == ALSE_WORD;
}

/** Whether a number can begin with the byte at `p`. */
export function startsNumber(p: usize): bool {
  const c: u32 = load<u8>(p);
  return c - 48 <= 9 || c == MINUS;
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(c: u32): i32 {
  if (c - 48 <= 9) return <i32>(c - 48);
  const letter = (c | 32) - 97;
  return letter <= 5 ? <i32>(letter + 10) : -1;
}

/** Behind the string whose opening quote stands at `p`. */
export function skipString(p: usize): usize {
  ++p;
  while (true) {
    // 16 bytes at a time up to the first that is no plain character: a quote, a backslash, a control, part of a longer one
    const bytes = v128.load(p);
    const special = v128.or(
      v128.or(i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)), i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH))),
      i8x16.lt_s(bytes, i8x16.splat(0x20)),
    );
    const mask = i8x16.bitmask(special);
    if (mask == 0) {
      p += 16;
      continue;
    }
    p += <usize>ctz(mask);
    const c: u32 = load<u8>(p);
    if (c == QUOTE) return p + 1;
    if (c < 0x20) return fail(p);
    p = c == BACKSLASH ? skipEscape(p) : skipMultibyte(p, c);
    if (!p) return 0;
  }
}

/** The address of the first byte from `p` on that is no digit. */
function skipDigits(p: usize): usize {
  while (true) {
    const digits = i8x16.sub(v128.load(p), i8x16.splat(48));
    const mask = i8x16.bitmask(i8x16.gt_u(digits, i8x16.splat(9)));
    if (mask != 0) return p + <usize>ctz(mask);
    p += 16;
  }
}

function skipEscape(p: usize): usize {
  const c: u32 = load<u8>(p + 1);
  switch (c) {
    case 0x22:
    case 0x5c:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return p + 2;
    case 0x75: {
      for (let i: usize = 2; i < 6; ++i) if (hexDigit(load<u8>(p + i)) < 0) return fail(p + i);
      return p + 6;
    }
    default:
      return fail(p + 1);
  }
}

/** Behind one character of two to four bytes: no overlong form, no surrogate, nothing above U+10FFFF. */
function skipMultibyte(p: usize, lead: u32): usize {
  const second: u32 = load<u8>(p + 1);
  if (lead < 0xc2 || lead > 0xf4) return fail(p);
  if (lead < 0xe0) return second - 0x80 <= 0x3f ? p + 2 : fail(p);
  let lowest: u32 = 0x80;
  let highest: u32 = 0xbf;
  if (lead == 0xe0) lowest = 0xa0;
  else if (lead == 0xed) highest = 0x9f;
  else if (lead == 0xf0) lowest = 0x90;
  else if (lead == 0xf4) highest = 0x8f;
  if (second < lowest || second > highest) return fail(p);
  if (<u32>load<u8>(p + 2) - 0x80 > 0x3f) return fail(p);
  if (lead < 0xf0) return p + 3;
  return <u32>load<u8>(p + 3) - 0x80 <= 0x3f ? p + 4 : fail(p);
}

export function skipNumber(p: usize): usize {
  let c: u32 = load<u8>(p);
  if (c == MINUS) c = load<u8>(++p);
  if (c == 48) {
    c = load<u8>(++p);
  } else {
    if (c - 48 > 9) return fail(p);
    p = skipDigits(p);
    c = load<u8>(p);
  }
  if (c == 46) {
    c = load<u8>(++p);
    if (c - 48 > 9) return fail(p);
    p = skipDigits(p);
    c = load<u8>(p);
  }
  if ((c | 32) == 101) {
    c = load<u8>(++p);
    if (c == 43 || c == MINUS) c = load<u8>(++p);
    if (c - 48 > 9) return fail(p);
    p = skipDigits(p);
    c = load<u8>(p);
  }
  return p;
}

/** Behind the value at `p`, which stands inside `depth` open objects and arrays. */
export function skipValue(p: usize, depth: i32): usize {
  let level = depth;
  // bit n: the container that is number n + 1 from the outside is an object
  let objects: u64 = 0;
  while (true) {
    let c: u32 = load<u8>(p);
    if (c == QUOTE) {
      p = skipString(p);
      if (!p) return 0;
    } else if (c == OPEN_BRACE || c == OPEN_BRACKET) {
      if (level >= MAX_NESTING) return fail(p);
      const bit = (<u64>1) << (<u64>level);
      ++level;
      p = skipSpace(p + 1);
      if (c == OPEN_BRACE) {
        objects |= bit;
        if (load<u8>(p) != CLOSE_BRACE) {
          p = skipKey(p);
          if (!p) return 0;
          continue;
        }
      } else {
        objects &= ~bit;
        if (load<u8>(p) != CLOSE_BRACKET) continue;
      }
      ++p;
      --level;
    } else if (c - 48 <= 9 || c == MINUS) {
      p = skipNumber(p);
      if (!p) return 0;
    } else if (load<u32>(p) == TRUE_WORD || load<u32>(p) == NULL_WORD) {
      p += 4;
    } else if (isFalse(p)) {
      p += 5;
    } else {
      return fail(p);
    }
    // a value is complete: go on in the container around it, or leave it
    while (true) {
      if (level == depth) return p;
      const inObject = ((objects >> (<u64>(level - 1))) & 1) != 0;
      p = skipSpace(p);
      c = load<u8>(p);
      if (c == COMMA) {
        p = skipSpace(p + 1);
        if (inObject) {
          p = skipKey(p);
          if (!p) return 0;
        }
        break;
      }
      if (c != (inObject ? CLOSE_BRACE : CLOSE_BRACKET)) return fail(p);
      ++p;
      --level;
    }
  }
}

/** From a key to the value behind its colon. */
function skipKey(p: usize): usize {
  if (load<u8>(p) != QUOTE) return fail(p);
  p = skipString(p);
  if (!p) return 0;
  p = skipSpace(p);
  if (load<u8>(p) != COLON) return fail(p);
  return skipSpace(p + 1);
}
