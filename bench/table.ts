/** The results as a table: for the terminal, and for docs/benchmarks.md between its two markers. */
import type { BenchDocument, Budget, Result } from './result.ts';

export const TABLE_START = '<!-- bench table: written by `npm run bench -- --docs`, do not edit -->';
export const TABLE_END = '<!-- end of the bench table -->';

const COLUMNS = ['what', 'variant', 'unit', 'events', 'min', 'p50', 'p99', 'p99.9', 'ratio', 'beside', 'budget', 'met'];
const NUMERIC = new Set([3, 4, 5, 6, 7, 8]);

/** Lines that say on what was measured. */
export function conditions(document: BenchDocument): string[] {
  const { machine, versions, load } = document;
  const kind = document.quick ? ['A quick run: rough numbers.'] : [];
  return [
    ...kind,
    `Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.os}; load average ${load.before} before, ${load.after} after.`,
    `Tidebook ${versions.tidebook}, Node ${versions.node} (V8 ${versions.v8}), asc ${versions.asc}, Binaryen ${versions.binaryen}, tinybench ${versions.tinybench}.`,
  ];
}

/** Aligned columns for a terminal. */
export function textTable(document: BenchDocument): string {
  const rows = [COLUMNS, ...document.results.map(cells)];
  const widths = COLUMNS.map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, c) => (NUMERIC.has(c) ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!)))
      .join('  ')
      .trimEnd(),
  );
  return [...conditions(document), '', ...lines].join('\n');
}

/** The same as Markdown. */
export function markdownTable(document: BenchDocument): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  const rule = COLUMNS.map((_, c) => (NUMERIC.has(c) ? '---:' : '---'));
  return [...conditions(document), '', line(COLUMNS), line(rule), ...document.results.map((r) => line(cells(r)))].join(
    '\n',
  );
}

/** The text with what stands between the markers replaced by the table. Throws where it lacks a marker. */
export function withTable(text: string, document: BenchDocument): string {
  const start = text.indexOf(TABLE_START);
  const end = text.indexOf(TABLE_END);
  if (start < 0 || end < start) {
    throw new Error(
      `the text has no "${TABLE_START}" followed by "${TABLE_END}"; put both lines where the table belongs`,
    );
  }
  return `${text.slice(0, start + TABLE_START.length)}\n\n${markdownTable(document)}\n\n${text.slice(end)}`;
}

function cells(r: Result): string[] {
  return [
    r.name,
    r.variant,
    r.unit,
    String(r.events),
    figure(r.min),
    figure(r.p50),
    figure(r.p99),
    figure(r.p999),
    r.ratio === undefined ? '' : `${figure(r.ratio)}x`,
    r.beside ?? '',
    (r.budget ?? []).map(budgetText).join(', '),
    r.met === undefined ? '' : r.met ? 'yes' : 'NO',
  ];
}

function budgetText(b: Budget): string {
  return `${b.figure} <= ${b.atMost}`;
}

/** Three significant digits; whole numbers from 100 on. */
function figure(value: number | undefined): string {
  if (value === undefined) return '';
  if (value === 0 || Math.abs(value) >= 100) return value.toFixed(0);
  return String(Number(value.toPrecision(3)));
}
