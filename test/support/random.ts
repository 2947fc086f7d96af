/**
 * Randomness for property tests: a fresh seed in each run, printed, so that a failure can be repeated with TIDEBOOK_SEED.
 */

/** Prints and returns the seed of this run. */
export function freshSeed(what: string): number {
  const given = process.env.TIDEBOOK_SEED;
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  console.log(`seed of "${what}": ${seed} (repeat with TIDEBOOK_SEED=${seed})`);
  return seed;
}

/** Uniform numbers in [0, 1) from a 32-bit seed (Marsaglia's xorshift on a 32-bit state, whitened by a multiplication). */
export function randomFrom(seed: number): () => number {
  let state = Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (Math.imul(state, 0x2545f491) >>> 0) / 2 ** 32;
  };
}
