/**
 * Decimal text to the nearest f64, ties to even: what Number() gives, bit for bit.
 *
 * Up to 19 digits with a mantissa of at most 2^53 and at most 22 decimals are one exact division (both operands are exact
 * and IEEE division rounds once). Everything else is divided in big integers that live in a fixed scratch area.
 */

/** 10^0 .. 10^22: the powers of ten that a f64 holds exactly. */
const POWERS: usize = memory.data<f64>([
  1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
]);
const EXACT_POWER: i32 = 22;
const EXACT_MANTISSA: u64 = 9007199254740992;
/** Any 19 digits fit into 64 bits. */
const WORD_DIGITS: i32 = 19;
/** Digits kept of a longer number; a halfway point has at most 767, so one further digit that says "more" decides. */
const KEPT_DIGITS: i32 = 800;
/** 32-bit limbs of a big integer: 10^1125 needs 117, and the division one bit more. */
const LIMBS: usize = 128;
const BIG_BYTES: usize = 4 + LIMBS * 4;
/** Bytes of the scratch area that the exact way works in: two big integers. */
export const DECIMAL_SCRATCH_BYTES: usize = 2 * BIG_BYTES;

/**
 * Reads `digits[.digits]` at `p` and stores the value at `out`. Returns the address after the last character that
 * belongs to it, or 0 if no such text stands there. The byte after the text must be readable and no digit.
 */
export function readDecimal(p: usize, out: usize, scratch: usize): usize {
  const start = p;
  let mantissa: u64 = 0;
  let digit: u32 = <u32>load<u8>(p) - 48;
  if (digit > 9) return 0;
  do {
    mantissa = mantissa * 10 + digit;
    digit = <u32>load<u8>(++p) - 48;
  } while (digit <= 9);
  let digits = <i32>(p - start);
  let decimals = 0;
  if (digit == <u32>(46 - 48)) {
    const first = ++p;
    digit = <u32>load<u8>(p) - 48;
    if (digit > 9) return 0;
    do {
      mantissa = mantissa * 10 + digit;
      digit = <u32>load<u8>(++p) - 48;
    } while (digit <= 9);
    decimals = <i32>(p - first);
    digits += decimals;
  }
  if (digits <= WORD_DIGITS && mantissa <= EXACT_MANTISSA && decimals <= EXACT_POWER) {
    store<f64>(out, <f64>(<i64>mantissa) / load<f64>(POWERS + ((<usize>decimals) << 3)));
  } else {
    store<f64>(out, exactDecimal(start, p, 0, scratch));
  }
  return p;
}

/** Whether all eight bytes of a word are digits: each is 3x, and still is when 6 is added. */
function areDigits(word: u64): bool {
  return (
    ((word & 0xf0f0f0f0f0f0f0f0) | (((word + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4)) == 0x3333333333333333
  );
}

/** The number that eight digits give, the first in the lowest byte: pairs, then fours, then all. */
function eightDigits(word: u64): u64 {
  word -= 0x3030303030303030;
  word = (word * 10 + (word >> 8)) & 0x00ff00ff00ff00ff;
  word = (word * 100 + (word >> 16)) & 0x0000ffff0000ffff;
  return (word * 10000 + (word >> 32)) & 0xffffffff;
}

/** The value of the JSON number that stands at `p`; its grammar must have been checked. */
export function readJsonNumber(p: usize, scratch: usize): f64 {
  const negative = load<u8>(p) == 45;
  if (negative) ++p;
  const start = p;
  let mantissa: u64 = 0;
  for (let word = load<u64>(p); areDigits(word); word = load<u64>(p)) {
    mantissa = mantissa * 100000000 + eightDigits(word);
    p += 8;
  }
  let c: u32 = load<u8>(p);
  while (c - 48 <= 9) {
    mantissa = mantissa * 10 + (c - 48);
    c = load<u8>(++p);
  }
  let value: f64;
  if (c != 46 && (c | 32) != 101 && <i32>(p - start) <= WORD_DIGITS && mantissa <= EXACT_MANTISSA) {
    value = <f64>(<i64>mantissa);
  } else {
    if (c == 46) {
      do c = load<u8>(++p);
      while (c - 48 <= 9);
    }
    const end = p;
    let exponent = 0;
    if ((c | 32) == 101) {
      c = load<u8>(++p);
      const minus = c == 45;
      if (minus || c == 43) c = load<u8>(++p);
      while (c - 48 <= 9) {
        // far beyond what any frame's digits can make up for, and far from the end of 32 bits
        if (exponent < 100000000) exponent = exponent * 10 + <i32>(c - 48);
        c = load<u8>(++p);
      }
      if (minus) exponent = -exponent;
    }
    value = exactDecimal(start, end, exponent, scratch);
  }
  return negative ? -value : value;
}

/** The f64 nearest to the digits in [start, end), one `.` among them, times 10^exponent. */
export function exactDecimal(start: usize, end: usize, exponent: i32, scratch: usize): f64 {
  const numerator = scratch;
  const denominator = scratch + BIG_BYTES;
  bigSet(numerator, 0);
  let kept = 0;
  let chunk: u32 = 0;
  let chunkScale: u32 = 1;
  let more = false;
  let afterPoint = false;
  for (let p = start; p < end; ++p) {
    const c: u32 = load<u8>(p);
    if (c == 46) {
      afterPoint = true;
      continue;
    }
    if (afterPoint) --exponent;
    const digit = c - 48;
    if (kept == 0 && digit == 0) continue;
    if (kept >= KEPT_DIGITS) {
      if (digit != 0) more = true;
      ++exponent;
      continue;
    }
    ++kept;
    chunk = chunk * 10 + digit;
    chunkScale *= 10;
    if (chunkScale == 1000000000) {
      bigMultiplyAdd(numerator, chunkScale, chunk);
      chunk = 0;
      chunkScale = 1;
    }
  }
  if (kept == 0) return 0;
  if (more) {
    // one digit more stands for all that were left out: it can only break a tie upwards
    ++kept;
    --exponent;
    chunk = chunk * 10 + 1;
    chunkScale *= 10;
  }
  if (chunkScale > 1) bigMultiplyAdd(numerator, chunkScale, chunk);
  // 10^(magnitude - 1) <= value < 10^magnitude
  const magnitude = kept + exponent;
  if (magnitude > 310) return Infinity;
  if (magnitude < -323) return 0;
  bigSet(denominator, 1);
  if (exponent > 0) bigTimesPowerOfTen(numerator, exponent);
  else if (exponent < 0) bigTimesPowerOfTen(denominator, -exponent);
  return quotient(numerator, denominator);
}

/** numerator / denominator rounded to f64; both are used up. */
function quotient(numerator: usize, denominator: usize): f64 {
  const shift = bigBits(denominator) - bigBits(numerator);
  if (shift > 0) bigShiftLeft(numerator, shift);
  else if (shift < 0) bigShiftLeft(denominator, -shift);
  // the quotient lies in (1/2, 2): 64 steps of long division give its first 63 or 64 significant bits
  let bits: u64 = 0;
  for (let i = 0; i < 64; ++i) {
    bits <<= 1;
    if (bigCompare(numerator, denominator) >= 0) {
      bigSubtract(numerator, denominator);
      bits |= 1;
    }
    bigShiftLeft(numerator, 1);
  }
  const sticky = load<u32>(numerator) != 0;
  let binaryExponent = -63 - shift;
  if (!(bits >> 63)) {
    bits <<= 1;
    --binaryExponent;
  }
  let drop = 11;
  if (binaryExponent + drop < -1074) drop = -1074 - binaryExponent;
  if (drop > 64) return 0;
  let mantissa: u64 = drop == 64 ? 0 : bits >> (<u64>drop);
  const rest: u64 = drop == 64 ? bits : bits & (((<u64>1) << (<u64>drop)) - 1);
  const half: u64 = (<u64>1) << u64(drop - 1);
  if (rest > half || (rest == half && (sticky || (mantissa & 1) != 0))) ++mantissa;
  binaryExponent += drop;
  if (mantissa >> 53) {
    mantissa >>= 1;
    ++binaryExponent;
  }
  if (!(mantissa >> 52)) return reinterpret<f64>(mantissa);
  if (binaryExponent > 971) return Infinity;
  return reinterpret<f64>((u64(binaryExponent + 1075) << 52) | (mantissa & 0xfffffffffffff));
}

// A big integer: the number of its limbs (the highest is not 0), then the limbs, lowest first.

function bigSet(big: usize, value: u32): void {
  store<u32>(big, value ? 1 : 0);
  store<u32>(big + 4, value);
}

function bigMultiplyAdd(big: usize, factor: u32, addend: u32): void {
  const limbs = load<u32>(big);
  let carry: u64 = addend;
  for (let i: u32 = 0; i < limbs; ++i) {
    const at = big + 4 + ((<usize>i) << 2);
    carry += <u64>load<u32>(at) * factor;
    store<u32>(at, <u32>carry);
    carry >>= 32;
  }
  if (carry) {
    store<u32>(big + 4 + ((<usize>limbs) << 2), <u32>carry);
    store<u32>(big, limbs + 1);
  }
}

function bigTimesPowerOfTen(big: usize, power: i32): void {
  for (; power >= 9; power -= 9) bigMultiplyAdd(big, 1000000000, 0);
  let factor: u32 = 1;
  for (; power > 0; --power) factor *= 10;
  bigMultiplyAdd(big, factor, 0);
}

function bigBits(big: usize): i32 {
  const limbs = load<u32>(big);
  return <i32>(limbs << 5) - <i32>clz(load<u32>(big + ((<usize>limbs) << 2)));
}

function bigShiftLeft(big: usize, bits: i32): void {
  const limbs = <i32>load<u32>(big);
  if (limbs == 0) return;
  const words = bits >> 5;
  const rest: u64 = <u64>(bits & 31);
  const base = big + 4;
  let high: u64 = 0;
  // from the top down, so that nothing is overwritten before it was read
  for (let i = limbs; i >= 0; --i) {
    const low: u64 = i > 0 ? load<u32>(base + ((<usize>(i - 1)) << 2)) : 0;
    const pair = (high << 32) | low;
    store<u32>(base + ((<usize>(i + words)) << 2), <u32>((pair << rest) >> 32));
    high = low;
  }
  for (let i = 0; i < words; ++i) store<u32>(base + ((<usize>i) << 2), 0);
  let length = limbs + words + 1;
  if (load<u32>(base + ((<usize>(length - 1)) << 2)) == 0) --length;
  store<u32>(big, length);
}

function bigCompare(a: usize, b: usize): i32 {
  const limbs = load<u32>(a);
  const others = load<u32>(b);
  if (limbs != others) return limbs > others ? 1 : -1;
  for (let at = (<usize>limbs) << 2; at > 0; at -= 4) {
    const x = load<u32>(a + at);
    const y = load<u32>(b + at);
    if (x != y) return x > y ? 1 : -1;
  }
  return 0;
}

/** a -= b, where a >= b. */
function bigSubtract(a: usize, b: usize): void {
  const limbs = load<u32>(a);
  const others = load<u32>(b);
  let borrow: i64 = 0;
  let length: u32 = 0;
  for (let i: u32 = 0; i < limbs; ++i) {
    const at: usize = 4 + ((<usize>i) << 2);
    const difference = <i64>load<u32>(a + at) - (i < others ? <i64>load<u32>(b + at) : 0) + borrow;
    store<u32>(a + at, <u32>difference);
    borrow = difference >> 32;
    if (<u32>difference) length = i + 1;
  }
  store<u32>(a, length);
}
