/** Mutated frames: decoder and twin agree on every one. The seed is fresh in each run and printed. */
import { describe, expect, it } from 'vitest';
import { fuzzDecoder } from './fuzz.ts';

describe('mutated frames', () => {
  it.each([
    ['release', 60_000],
    ['checked', 8_000],
  ] as const)(
    'the %s build agrees with the twin',
    (build, count) => {
      const seed = (Date.now() ^ (process.pid << 16)) >>> 0;
      console.log(`decoder fuzz, ${build} build: seed ${seed}`);
      const result = fuzzDecoder(count, seed, build);
      // the mutations are of use only while a good part of the frames is still accepted
      expect(result.accepted).toBeGreaterThan(count / 20);
      expect(result.refused).toBeGreaterThan(count / 20);
      expect(result.ignored).toBeGreaterThan(0);
    },
    120_000,
  );

  it('one seed gives one run', () => {
    expect(fuzzDecoder(500, 7)).toEqual(fuzzDecoder(500, 7));
  });
});
