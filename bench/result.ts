/** What a benchmark reports: the form of build/bench.json. */
import type { Machine, Versions } from './machine.ts';

export type Figure = 'min' | 'p50' | 'p99';

/** The figure that must not be above `atMost`, in the result's unit. */
export interface Budget {
  readonly figure: Figure;
  readonly atMost: number;
}

export interface Result {
  readonly name: string;
  readonly variant: string;
  readonly unit: string;
  /** Events behind the figures: frames, records, decisions. */
  readonly events: number;
  readonly min: number;
  readonly p50: number;
  readonly p99?: number;
  readonly p999?: number;
  /** p50 of `beside` over the p50 of this: above 1 where this is the faster one. */
  readonly ratio?: number;
  /** The variant of the same name that ran in the same process beside it. */
  readonly beside?: string;
  readonly budget?: readonly Budget[];
  /** Present where there is a budget: true where every figure keeps it. */
  readonly met?: boolean;
}

export interface BenchDocument {
  readonly quick: boolean;
  readonly machine: Machine;
  readonly versions: Versions;
  /** Load average over a minute, before and after the run: above the number of cores, others took their share of them. */
  readonly load: { readonly before: number; readonly after: number };
  readonly results: readonly Result[];
}

type Figures = Pick<Result, 'min' | 'p50' | 'p99' | 'p999'>;

/** True where every budgeted figure is there and keeps its budget. */
export function isMet(figures: Figures, budget: readonly Budget[]): boolean {
  return budget.every(({ figure, atMost }) => (figures[figure] ?? Infinity) <= atMost);
}

/** Collects the results of a run. */
export class Results {
  readonly list: Result[] = [];

  add(result: Omit<Result, 'met' | 'ratio'>): void {
    const beside = this.list.find((r) => r.name === result.name && r.variant === result.beside);
    if (result.beside !== undefined && beside === undefined) {
      throw new Error(`${result.name}, ${result.variant}: "${result.beside}" must be measured before it`);
    }
    this.list.push({
      ...result,
      ...(beside === undefined ? {} : { ratio: beside.p50 / result.p50 }),
      ...(result.budget === undefined ? {} : { met: isMet(result, result.budget) }),
    });
  }
}
