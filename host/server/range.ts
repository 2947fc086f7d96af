/** The `Range` header, as far as a journal needs it: one range of bytes. */
import { Problem } from './problem.ts';

export interface ByteRange {
  readonly start: number;
  /** Not included. */
  readonly end: number;
  /** False where the whole is meant. */
  readonly isPartial: boolean;
}

/**
 * The bytes asked for of `size` bytes. No header, another unit, or several ranges give the whole, as HTTP allows.
 * Throws a Problem (416) where the range starts behind the end.
 */
export function parseRange(header: string | undefined, size: number): ByteRange {
  const whole: ByteRange = { start: 0, end: size, isPartial: false };
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null) return whole;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return whole;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  if (start >= size || end <= start) {
    throw new Problem(
      416,
      `range ${header} lies outside the ${size} bytes there are`,
      `ask for a range that starts before byte ${size}`,
    );
  }
  return { start, end, isPartial: true };
}
