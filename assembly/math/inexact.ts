/**
 * The functions whose last bit differs between engines. Here they are our own compiled code (AssemblyScript's port of musl),
 * so that Node, its later versions and browsers agree to the last bit. Errors below 1 ulp for exp, log, log1p, expm1; below
 * 2 ulp for tanh.
 */
export function exp(x: f64): f64 {
  return Math.exp(x);
}
export function log(x: f64): f64 {
  return Math.log(x);
}
export function log1p(x: f64): f64 {
  return Math.log1p(x);
}
export function expm1(x: f64): f64 {
  return Math.expm1(x);
}

/** Largest whole exponent that is worked out by multiplication. */
const WHOLE_EXPONENT: f64 = 64;

/**
 * x^y for x >= 0 (NaN below). Whole |y| <= 64 by repeated squaring, error below |y| ulp; else exp(y ln x), error below
 * 1 + |y ln x| ulp. The library's pow would be closer, but keeps an intermediate in a mutable global.
 */
export function pow(x: f64, y: f64): f64 {
  if (abs(y) <= WHOLE_EXPONENT && nearest(y) == y) {
    let n = <i32>abs(y);
    let base = x;
    let result: f64 = 1;
    while (n > 0) {
      if (n & 1) result *= base;
      base *= base;
      n >>= 1;
    }
    return y < 0 ? 1 / result : result;
  }
  if (x == 0) return y > 0 ? 0 : Infinity;
  return Math.exp(y * Math.log(x));
}

export function tanh(x: f64): f64 {
  return Math.tanh(x);
}
