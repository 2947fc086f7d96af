/**
 * `tidebook doctor`: what of the machine and of the installation is fit, and what to do where it is not.
 */
import { judge } from './doctor/checks.ts';
import type { Check } from './doctor/checks.ts';
import { gatherFacts } from './doctor/facts.ts';
import type { FactPlaces, Facts } from './doctor/facts.ts';

export interface DoctorReport {
  readonly checks: readonly Check[];
  /** Every check is. */
  readonly ok: boolean;
}

export interface DoctorOptions extends FactPlaces {
  /** Facts to judge instead of this machine's. */
  readonly facts?: Facts;
}

/** Looks for about half a second; changes nothing but a trial file that is removed again. */
export async function runDoctor(options: DoctorOptions): Promise<DoctorReport> {
  const checks = judge(options.facts ?? (await gatherFacts(options)));
  return { checks, ok: checks.every((check) => check.ok) };
}

/** The report for a person: a line a check, the remedy below a failed one. */
export function doctorText(report: DoctorReport): string {
  const width = Math.max(...report.checks.map((check) => check.name.length));
  const lines = report.checks.flatMap((check) => {
    const line = `${check.ok ? 'ok  ' : 'FAIL'}  ${check.name.padEnd(width)}  ${check.found}`;
    return check.ok ? [line] : [line, `${' '.repeat(width + 8)}-> ${check.remedy}`];
  });
  const failed = report.checks.filter((check) => !check.ok).length;
  const summary = report.ok ? 'everything is fit' : `${failed} of ${report.checks.length} checks failed`;
  return `${[...lines, summary].join('\n')}\n`;
}
