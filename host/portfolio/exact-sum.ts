/**
 * Sums of whole numbers that stay exact past 2^53: two slots, `high * 2^50 + low`. Exact while each term is below 2^52 in
 * size and the sum below 2^102; the value is rounded once, when it is read.
 */

/** Slots of one sum. */
export const EXACT_SUM_SLOTS = 2;

const UNIT = 1125899906842624;

/** Adds a whole number to the sum at `at`. */
export function addExact(memory: Float64Array, at: number, term: number): void {
  const low = memory[at]! + term;
  const carry = Math.trunc(low / UNIT);
  memory[at] = low - carry * UNIT;
  memory[at + 1]! += carry;
}

/** The sum, correctly rounded. */
export function exactValue(memory: Float64Array, at: number): number {
  return memory[at + 1]! * UNIT + memory[at]!;
}
