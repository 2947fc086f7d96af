/** The flags of `npm run bench -- ...`. */

/** What can be measured, in the order in which it runs. */
export const SUBJECTS = ['decode', 'core', 'decision', 'tick', 'backtest'] as const;
export type Subject = (typeof SUBJECTS)[number];

export interface BenchOptions {
  /** Small samples and short times: shows that everything runs, gives rough numbers. */
  readonly quick: boolean;
  readonly subjects: readonly Subject[];
  /** Where the results go; null: build/bench.json. */
  readonly out: string | null;
  /** Also write the table into docs/benchmarks.md. */
  readonly docs: boolean;
}

export const USAGE = `flags: --quick (short run), --only ${SUBJECTS.join('|')} (comma-separated), --out FILE (default build/bench.json), --docs (write docs/benchmarks.md)`;

/** Throws, naming the flag and the valid ones, where a flag or its value is not known. */
export function parseOptions(args: readonly string[]): BenchOptions {
  let quick = false;
  let docs = false;
  let out: string | null = null;
  let subjects: readonly Subject[] = SUBJECTS;
  for (let i = 0; i < args.length; i++) {
    const flag = args[i]!;
    if (flag === '--quick') quick = true;
    else if (flag === '--docs') docs = true;
    else if (flag === '--out') out = valueOf(flag, args[++i]);
    else if (flag === '--only') subjects = parseSubjects(valueOf(flag, args[++i]));
    else throw new Error(`unknown flag "${flag}"; valid ${USAGE}`);
  }
  if (docs && (quick || subjects.length < SUBJECTS.length)) {
    throw new Error('--docs publishes a whole run; leave out --quick and --only');
  }
  return { quick, subjects, out, docs };
}

function valueOf(flag: string, value: string | undefined): string {
  if (value === undefined || value.startsWith('--')) throw new Error(`${flag} needs a value; valid ${USAGE}`);
  return value;
}

function parseSubjects(text: string): Subject[] {
  return text.split(',').map((name) => {
    const subject = SUBJECTS.find((s) => s === name);
    if (subject === undefined) throw new Error(`--only "${name}" is not known; valid are: ${SUBJECTS.join(', ')}`);
    return subject;
  });
}
