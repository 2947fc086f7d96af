/**
 * From a file's text to checked sections: TOML's syntax, then every key by itself. Nothing is read from disk here.
 */
import { TomlError, parse } from 'smol-toml';
import * as v from 'valibot';
import { ConfigError, keyText, shown } from './problem.ts';
import type { ConfigProblem } from './problem.ts';
import { configSchema } from './schema.ts';
import type { ConfigFile } from './schema.ts';
import { describe, schemaAt, unknownKeys } from './schema-walk.ts';

/** @throws ConfigError with every problem that was found; `file` is the name that it gives. */
export function parseConfig(file: string, toml: string): ConfigFile {
  const value = parseToml(file, toml);
  const result = v.safeParse(configSchema, value);
  const problems = unknownKeys(configSchema, value);
  const seen = new Set(problems.map((problem) => problem.key));
  for (const issue of result.issues ?? []) {
    const problem = problemOf(issue);
    // A number may break several bounds, and where a list stands for a table all of its keys are missing: one problem.
    const isTold = seen.has(problem.key) || [...seen].some((key) => problem.key.startsWith(`${key}.`));
    if (!isTold) problems.push(problem);
    seen.add(problem.key);
  }
  if (problems.length > 0) throw new ConfigError(file, problems);
  return result.output as ConfigFile;
}

function parseToml(file: string, toml: string): Record<string, unknown> {
  try {
    return parse(toml);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason = ''] = error.message.split('\n');
    throw new ConfigError(file, [
      {
        key: '',
        found: `is not TOML at line ${error.line}, column ${error.column} (${reason.replace('Invalid TOML document: ', '')})`,
        valid: '',
        remedy: `that line reads: ${toml.split(/\r?\n/)[error.line - 1]?.trim() ?? ''}`,
      },
    ]);
  }
}

function problemOf(issue: v.BaseIssue<unknown>): ConfigProblem {
  const path = (issue.path ?? []).map((item) => item.key as string | number);
  const schema = schemaAt(configSchema, path);
  const description = schema === undefined ? undefined : describe(schema);
  const unit = description === undefined || description.unit === '' ? '' : ` (${description.unit})`;
  const valid = description === undefined ? (issue.expected ?? '') : `${description.valid}${unit}`;
  const type = description?.type ?? '';
  if (issue.input === undefined) {
    return {
      key: keyText(path),
      found: 'is missing',
      valid,
      remedy: missingRemedy(path, type, description?.doc ?? ''),
    };
  }
  return { key: keyText(path), found: `is ${shown(issue.input)}`, valid, remedy: typeRemedy(path, type, issue.input) };
}

function missingRemedy(path: readonly (string | number)[], type: string, doc: string): string {
  const name = keyText(path.filter((part) => typeof part === 'string'));
  if (type === 'table') return `add a section [${name}]; config/demo.toml has one`;
  if (type === 'list of tables') return `add a section [[${name}]]; config/demo.toml has one`;
  return doc === '' ? '' : `it says: ${doc}`;
}

function typeRemedy(path: readonly (string | number)[], type: string, value: unknown): string {
  const name = keyText(path.filter((part) => typeof part === 'string'));
  const isTable = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (type === 'list of tables' && isTable) return `write [[${name}]] with two brackets`;
  if (type.includes('number') && typeof value === 'string' && value !== '' && Number.isFinite(Number(value))) {
    return `write ${value} without quotes`;
  }
  if (type === 'true or false' && (value === 'true' || value === 'false')) return `write ${value} without quotes`;
  if (type === 'list of texts' && typeof value === 'string') return `write [${shown(value)}]`;
  if (type === 'whole number' && typeof value === 'number' && Number.isFinite(value)) {
    const power = 2 ** Math.max(0, Math.round(Math.log2(Math.abs(value) || 1)));
    return path.at(-1) === 'window_ticks' ? `the nearest power of two is ${power}` : '';
  }
  return '';
}
