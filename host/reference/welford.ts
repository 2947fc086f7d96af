/** Mean and variance of a list of numbers in two passes: the plain twin of assembly/math/welford.ts. */

/** Mean, computed about the first value so that a large offset costs no digits; 0 of nothing. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const first = values[0]!;
  return first + values.reduce((sum, x) => sum + (x - first), 0) / values.length;
}

/** Sum of the squared deviations over n - 1; 0 with fewer than two values. */
export function variance(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const first = values[0]!;
  const shifted = values.map((x) => x - first);
  const middle = shifted.reduce((sum, x) => sum + x, 0) / shifted.length;
  return shifted.reduce((sum, x) => sum + (x - middle) ** 2, 0) / (shifted.length - 1);
}

/** The last `capacity` values. */
export class PlainWindow {
  readonly values: number[] = [];
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }
  push(value: number): void {
    this.values.push(value);
    if (this.values.length > this.capacity) this.values.shift();
  }
  get isFull(): boolean {
    return this.values.length === this.capacity;
  }
}
