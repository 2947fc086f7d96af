/**
 * How far an order has advanced in the queue of its price, estimated from prints and changes of the displayed size.
 * Semantics of hftbacktest's queue models (its documentation "Order Fill"): our own size is not part of
 * the displayed size.
 *
 *   front  estimated lots ahead of us; below zero it says how much of us a print has reached
 *   traded prints at our price since the level last changed, so that the change which they cause is not counted twice
 */
import { pow } from '../math/inexact';

export const QUEUE_RISK_AVERSE: i32 = 0;
export const QUEUE_POWER: i32 = 1;
export const QUEUE_POWER2: i32 = 2;
export const QUEUE_POWER3: i32 = 3;
export const QUEUE_LOG: i32 = 4;
export const QUEUE_LOG2: i32 = 5;

/**
 * Probability that a decrease of the level happened behind us, given the lots in front and behind.
 * An infinite value counts as 1, and so does 0/0 (nobody in front, nobody behind).
 */
export function probabilityBehind(model: i32, n: f64, front: f64, back: f64): f64 {
  let p: f64;
  if (model == QUEUE_POWER) {
    const b = pow(back, n);
    p = b / (b + pow(front, n));
  } else if (model == QUEUE_POWER2) {
    p = pow(back, n) / pow(back + front, n);
  } else if (model == QUEUE_POWER3) {
    p = 1 - pow(front / (front + back), n);
  } else if (model == QUEUE_LOG) {
    const b = Math.log(1 + back);
    p = b / (b + Math.log(1 + front));
  } else {
    p = Math.log(1 + back) / Math.log(1 + back + front);
  }
  return isFinite(p) ? p : 1;
}

/** New front after the displayed size of our price went from `before` to `after` lots, `traded` of which are known prints. */
export function frontAfterChange(model: i32, n: f64, front: f64, traded: f64, before: f64, after: f64): f64 {
  if (model == QUEUE_RISK_AVERSE) return min(front, after);
  const decrease = before - after - traded;
  if (decrease < 0) return min(front, after);
  // `back` is what was behind us before, taken from the size before the change although prints have already reduced
  // `front`: that is the reference's arithmetic.
  const back = before - front;
  const p = probabilityBehind(model, n, front, back);
  return min(front - (1 - p) * decrease + min(back - p * decrease, 0), after);
}
