/**
 * What is said about a configuration that cannot be used: every problem at once, each with its file, key, value, what would
 * be valid, and what to do.
 */

export interface ConfigProblem {
  /** For example `instrument[1].tick_size`; empty: the file as a whole. */
  readonly key: string;
  /** What is wrong, with the value: `is "0,1"`, `is missing`. */
  readonly found: string;
  readonly valid: string;
  /** What to do about it; empty where `valid` says enough. */
  readonly remedy: string;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    super(problems.map((problem) => sentence(file, problem)).join('\n'));
    this.file = file;
    this.problems = problems;
  }
}

function sentence(file: string, problem: ConfigProblem): string {
  const subject = problem.key === '' ? file : `${file}: ${problem.key}`;
  const valid = problem.valid === '' ? '' : `; valid is ${problem.valid}`;
  const remedy = problem.remedy === '' ? '' : `; ${problem.remedy}`;
  return `${subject} ${problem.found}${valid}${remedy}`;
}

/** `['instrument', 1, 'tick_size']` as `instrument[1].tick_size`. */
export function keyText(path: readonly (string | number)[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** Longest value that an error repeats, in characters. */
const SHOWN_CHARACTERS = 60;

/** A value as an error shows it: short, on one line. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (value instanceof Date) return `the date ${value.toISOString()}`;
  if (typeof value === 'object' && value !== null) return 'a table';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}

/** The candidate that is spelled most like `word`; undefined where none is similar. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  // A third of the letters may be wrong.
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (word.length > 2 && (candidate.startsWith(word) || word.startsWith(candidate))) return candidate;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `did you mean "x"?`, or nothing. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const candidate = nearest(word, candidates);
  return candidate === undefined ? '' : `did you mean "${candidate}"?`;
}

/** `"a", "b"`. */
export function quotedList(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(', ');
}

/** Letters to insert, delete, replace, or exchange with the next one. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isExchange = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const exchanged = isExchange ? before[j - 2]! + 1 : Infinity;
      row.push(Math.min(replaced, exchanged, previous[j]! + 1, row[j - 1]! + 1));
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}
