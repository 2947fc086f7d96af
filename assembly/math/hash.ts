/**
 * The chain behind inputHash, commandHash and stateHash: for each little-endian 64-bit word w,
 * h = (h xor w) * 0x9E3779B97F4A7C15, h = h xor (h >> 32), modulo 2^64. Each step is a bijection of h for a given w, so two
 * sequences of equal length that differ in one word never end equal. It tells whether two runs are the same; it is no
 * protection against somebody who wants a collision. About 1.5 ns a word.
 */
export const INPUT_HASH_START: u64 = 0x74696465626f6f6b;
export const COMMAND_HASH_START: u64 = 0x636f6d6d616e6473;
export const STATE_HASH_START: u64 = 0x7374617465686173;

const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;

/** Chains `words` 64-bit words at p (a multiple of 8). */
export function hashWords(p: usize, words: i32, start: u64): u64 {
  let h = start;
  const end = p + ((<usize>words) << 3);
  for (; p < end; p += 8) {
    h = (h ^ load<u64>(p)) * MULTIPLIER;
    h ^= h >> 32;
  }
  return h;
}
