/**
 * Prints docs/configuration.md from the schema, the features' registry and the built-in strategies, so that no key is
 * described in two places.
 */
import { writeFileSync } from 'node:fs';
import { FEATURES } from '#generated/features.ts';
import { BUILT_IN_STRATEGIES } from './strategies.ts';
import { configSchema } from './schema.ts';
import { snakeCase } from './resolve.ts';
import { describe, keysOf } from './schema-walk.ts';
import type { SchemaKey } from './schema-walk.ts';

const HEAD = `# The configuration file

Printed from the schema in \`host/cli/config\`; change it there and run \`tidebook doctor --write-docs\`.

The file is TOML. \`tidebook run --config FILE\` checks all of it before anything starts: every problem is named with file,
key, value, what would be valid, and what to do. An unknown key is a problem. Relative paths start at the folder of the file.
\`config/demo.toml\` runs on the bundled recordings, \`config/binance-usdm.toml\` on the live market.

In the tables, a default of "required" means that the key must be given, and "none" that it may be left out.
`;

/** The whole document. */
export function configurationMarkdown(): string {
  const parts = [HEAD, ...sectionsOf(configSchema, '', false)];
  parts.push('## Features\n\nKinds of `[[feature]]`, their parameters and what strategies can read.\n');
  for (const kind of FEATURES) {
    parts.push(`### ${kind.name}\n\n${kind.doc}\n`);
    if (kind.parameter.length > 0) {
      const rows = kind.parameter.map((p) => [
        code(snakeCase(p.name)),
        p.unit,
        code(String(p.default)),
        `${p.minimum} to ${p.maximum}`,
        p.doc,
      ]);
      parts.push(table(['parameter', 'unit', 'default', 'valid', 'meaning'], rows));
    }
    const outputs = kind.output.map((o) => [code(`${kind.name}.${o.name}`), o.unit, o.window, o.validity]);
    parts.push(table(['output', 'unit', 'window', 'valid when'], outputs));
  }
  parts.push('## Strategies\n\nBuilt-in modules of `[strategy]` and their parameters.\n');
  for (const [name, strategy] of BUILT_IN_STRATEGIES) {
    parts.push(`### ${name}\n\n${strategy.doc}\n`);
    const rows = Object.entries(strategy.parameters).map(([key, spec]) => {
      const from = spec.minimum === undefined ? '' : `from ${spec.minimum}`;
      const to = spec.maximum === undefined ? '' : `to ${spec.maximum}`;
      const bounds = [spec.wholeNumber === true ? 'whole' : '', from, to].filter((part) => part !== '').join(' ');
      const valid = spec.oneOf?.map((option) => code(JSON.stringify(option))).join(', ') ?? bounds;
      return [code(key), spec.unit, code(JSON.stringify(spec.default)), valid, spec.doc];
    });
    parts.push(table(['parameter', 'unit', 'default', 'valid', 'meaning'], rows));
  }
  return `${parts.join('\n').trimEnd()}\n`;
}

/** Writes the document; `path` is docs/configuration.md. */
export function writeConfigurationDocs(path: string): void {
  writeFileSync(path, configurationMarkdown());
}

type Table = Parameters<typeof keysOf>[0];

function sectionsOf(schema: Table, path: string, isList: boolean): string[] {
  const keys = keysOf(schema);
  const parts: string[] = [];
  if (path !== '') {
    parts.push(`## \`${isList ? `[[${path}]]` : `[${path}]`}\`\n\n${describe(schema)!.doc}\n`);
    // What an account may override is described where it stands first.
    if (/^account\./.test(path)) {
      const names = keys.map((key) => code(key.name)).join(', ');
      return [...parts, `The keys of \`[${path.slice('account.'.length)}]\`, all of them optional: ${names}.\n`];
    }
    const plain = keys.filter((key) => key.table === undefined);
    parts.push(table(['key', 'type', 'unit', 'default', 'valid', 'meaning'], plain.map(row)));
  }
  for (const key of keys) {
    if (key.table === undefined) continue;
    const name = path === '' ? key.name : `${path}.${key.name}`;
    parts.push(...sectionsOf(key.table, name, key.isList));
  }
  return parts;
}

function row(key: SchemaKey): string[] {
  const { type, unit, valid, doc } = key.description;
  const fallback = key.isRequired ? 'required' : key.default === undefined ? 'none' : code(tomlValue(key.default));
  return [code(key.name), type, unit, fallback, valid, doc];
}

function tomlValue(value: unknown): string {
  return typeof value === 'object' ? '{}' : JSON.stringify(value);
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}
