/** docs/configuration.md is what the schema says, and leaves out no key. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FEATURES } from '#generated/features.ts';
import { configurationMarkdown } from '../../host/cli/config/document.ts';
import { snakeCase } from '../../host/cli/config/resolve.ts';
import { configSchema } from '../../host/cli/config/schema.ts';
import { keysOf } from '../../host/cli/config/schema-walk.ts';
import { BUILT_IN_STRATEGIES } from '../../host/cli/config/strategies.ts';

/** The rows of the part of a document that follows a heading, by their first cell. */
function rowsUnder(document: string, heading: string): Map<string, string[]> {
  const start = document.indexOf(`\n${heading}\n`);
  expect(start, `there is no ${heading}`).toBeGreaterThanOrEqual(0);
  const rest = document.slice(start + heading.length + 1);
  const part = rest.slice(0, rest.search(/\n##/) < 0 ? undefined : rest.search(/\n##/));
  const rows = part.split('\n').filter((line) => line.startsWith('| `'));
  return new Map(
    rows.map((line) => line.slice(2, -2).split(' | ')).map((cells) => [cells[0]!.replaceAll('`', ''), cells]),
  );
}

describe('docs/configuration.md', () => {
  const document = readFileSync('docs/configuration.md', 'utf8');

  it('is what the schema says (else: npm run build && node build/host/tidebook.js doctor --write-docs)', () => {
    expect(document).toBe(configurationMarkdown());
  });

  it('has every key of every section, with its meaning', () => {
    let keys = 0;
    const visit = (table: Parameters<typeof keysOf>[0], path: string): void => {
      for (const key of keysOf(table)) {
        const name = path === '' ? key.name : `${path}.${key.name}`;
        if (key.table !== undefined) {
          expect(document).toContain(`\n## \`${key.isList ? `[[${name}]]` : `[${name}]`}\`\n`);
          // An account's keys stand with the sections that they override.
          if (!name.startsWith('account.')) visit(key.table, name);
          continue;
        }
        keys++;
        const heading = [`## \`[${path}]\``, `## \`[[${path}]]\``].find((text) => document.includes(`\n${text}\n`))!;
        const cells = rowsUnder(document, heading).get(key.name);
        expect(cells, name).toHaveLength(6);
        expect(cells![1]!.length * cells![3]!.length * cells![4]!.length, name).toBeGreaterThan(0);
        expect(cells![5], name).toBe(key.description.doc);
        expect(key.description.doc.length, name).toBeGreaterThan(5);
      }
    };
    visit(configSchema, '');
    expect(keys).toBeGreaterThan(60);
  });

  it('has every parameter of every feature and strategy', () => {
    for (const kind of FEATURES) {
      const rows = rowsUnder(document, `### ${kind.name}`);
      for (const parameter of kind.parameter) expect(rows.has(snakeCase(parameter.name))).toBe(true);
      for (const output of kind.output) expect(rows.has(`${kind.name}.${output.name}`)).toBe(true);
    }
    for (const [name, strategy] of BUILT_IN_STRATEGIES) {
      const rows = rowsUnder(document, `### ${name}`);
      for (const parameter of Object.keys(strategy.parameters)) expect(rows.has(parameter)).toBe(true);
    }
  });
});
