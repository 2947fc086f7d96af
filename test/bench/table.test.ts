/** The results' form, the table made of them, and that docs/benchmarks.md is what the generator writes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Results, isMet } from '../../bench/result.ts';
import { TABLE_END, TABLE_START, markdownTable, textTable, withTable } from '../../bench/table.ts';
import { ROOT } from '../support/modules.ts';
import { sampleDocument } from './sample.ts';

describe('results', () => {
  it('have their ratio to what ran beside them, and say whether budgets are met', () => {
    const [twin, wasm] = sampleDocument().results;
    expect(twin).not.toHaveProperty('ratio');
    expect(twin).not.toHaveProperty('met');
    expect(wasm).toMatchObject({ ratio: 10, met: false });
  });
  it('keep a budget at its limit, and not with a figure that is missing', () => {
    const figures = { min: 1, p50: 2 };
    expect(isMet(figures, [{ figure: 'p50', atMost: 2 }])).toBe(true);
    expect(isMet(figures, [{ figure: 'p50', atMost: 1.99 }])).toBe(false);
    expect(isMet(figures, [{ figure: 'p99', atMost: 100 }])).toBe(false);
  });
  it('refuse a comparison with what has not been measured', () => {
    const results = new Results();
    const add = () => results.add({ name: 'a', variant: 'b', unit: 'ns', events: 1, min: 1, p50: 1, beside: 'c' });
    expect(add).toThrow('a, b: "c" must be measured before it');
  });
});

describe('table', () => {
  it('is this Markdown for these results', () => {
    expect(markdownTable(sampleDocument())).toBe(
      [
        'Machine: A CPU, 2 cores, 24 GiB, An OS 1; load average 0.5 before, 1.25 after.',
        'Tidebook 0.1.0, Node 20.0.0 (V8 11.3), asc 0.28, Binaryen 131, tinybench 6.2.',
        '',
        '| what | variant | unit | events | min | p50 | p99 | p99.9 | ratio | beside | budget | met |',
        '| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- | --- |',
        '| decode trade | twin | ns/frame | 100 | 4000 | 5000 |  |  |  |  |  |  |',
        '| decode trade | wasm | ns/frame | 100 | 401 | 500 | 61.3 | 0.123 | 10x | twin | p50 <= 500, p99 <= 61.2 | NO |',
      ].join('\n'),
    );
  });
  it('says in the terminal that a quick run is one', () => {
    const [first] = textTable(sampleDocument(true)).split('\n');
    expect(first).toBe('A quick run: rough numbers.');
    expect(textTable(sampleDocument())).not.toContain('quick');
  });
  it('replaces what stands between the markers and nothing else', () => {
    const page = `before\n${TABLE_START}\nold\n${TABLE_END}\nafter\n`;
    const once = withTable(page, sampleDocument());
    expect(once).toBe(`before\n${TABLE_START}\n\n${markdownTable(sampleDocument())}\n\n${TABLE_END}\nafter\n`);
    expect(withTable(once, sampleDocument())).toBe(once);
    expect(() => withTable(`${TABLE_END}${TABLE_START}`, sampleDocument())).toThrow('has no');
  });
});

describe('docs/benchmarks.md', () => {
  const page = readFileSync(`${ROOT}docs/benchmarks.md`, 'utf8');
  const table = page.slice(page.indexOf(TABLE_START), page.indexOf(TABLE_END));

  it('takes a table, with the columns that the generator writes', () => {
    expect(withTable(page, sampleDocument())).toContain('| decode trade | wasm |');
    const header = (text: string) => text.split('\n').find((line) => line.startsWith('| what'));
    expect(header(table)).toBe(header(markdownTable(sampleDocument())));
  });
  it('holds a whole run with every budget judged', () => {
    expect(table).not.toContain('quick run');
    const rows = table
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2);
    expect(rows.length).toBeGreaterThan(40);
    for (const row of rows) {
      const cells = row
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.trim());
      expect(cells[11] === '', row).toBe(cells[10] === '');
    }
  });
});
