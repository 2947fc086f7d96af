/**
 * Going through the schema by key: what may stand in a table, what is said of a key, and which keys of a file are not known.
 */
import * as v from 'valibot';
import type { KeyDescription } from './keys.ts';
import { keyText, quotedList, shown, suggestion } from './problem.ts';
import type { ConfigProblem } from './problem.ts';

/** The parts of valibot's schemas that are walked. */
interface Walkable {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Walkable>>;
  readonly item?: Walkable;
  readonly value?: Walkable;
  readonly wrapped?: Walkable;
  readonly default?: unknown;
}

export interface SchemaKey {
  readonly name: string;
  readonly isRequired: boolean;
  /** Undefined where there is none. */
  readonly default: unknown;
  readonly description: KeyDescription;
  /** The key's own table, or the table of each of its entries; undefined for a plain value. */
  readonly table: Walkable | undefined;
  readonly isList: boolean;
}

function unwrapped(schema: Walkable): Walkable {
  let inner = schema;
  while (inner.wrapped !== undefined) inner = inner.wrapped;
  return inner;
}

/** What the schema says of itself; undefined where it is not a key's (the value of a union, say). */
export function describe(schema: Walkable): KeyDescription | undefined {
  const metadata = v.getMetadata(unwrapped(schema) as unknown as v.GenericSchema) as Partial<KeyDescription>;
  return metadata.valid === undefined ? undefined : (metadata as KeyDescription);
}

/** The keys of a table, in the order in which the schema has them; throws where a key lacks its description. */
export function keysOf(table: Walkable): SchemaKey[] {
  return Object.entries(unwrapped(table).entries ?? {}).map(([name, schema]) => {
    const inner = unwrapped(schema);
    const description = describe(schema);
    if (description === undefined) throw new Error(`the configuration's key ${name} has no description`);
    const element = inner.item === undefined ? inner : unwrapped(inner.item);
    const isTable = element.entries !== undefined;
    return {
      name,
      isRequired: schema.type !== 'optional',
      default: schema.type === 'optional' ? schema.default : undefined,
      description,
      table: isTable ? element : undefined,
      isList: inner.item !== undefined && isTable,
    };
  });
}

/** The schema of the value at a path; undefined where the path leaves the schema. */
export function schemaAt(schema: Walkable, path: readonly (string | number)[]): Walkable | undefined {
  let at: Walkable | undefined = schema;
  for (const part of path) {
    if (at === undefined) return undefined;
    const inner: Walkable = unwrapped(at);
    at = typeof part === 'number' ? inner.item : (inner.entries?.[part] ?? inner.value);
  }
  return at;
}

/** A problem for every key of the file that the schema does not have, and for every list in the place of a table. */
export function unknownKeys(
  schema: Walkable,
  value: unknown,
  path: readonly (string | number)[] = [],
): ConfigProblem[] {
  const inner = unwrapped(schema);
  if (inner.item !== undefined && Array.isArray(value)) {
    return value.flatMap((entry, i) => unknownKeys(inner.item!, entry, [...path, i]));
  }
  const entries = inner.entries;
  if (entries === undefined || typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) {
    // valibot takes a list for a table without keys.
    const remedy = `write [${keyText(path)}] with one bracket, once`;
    return [{ key: keyText(path), found: `is ${shown(value)}`, valid: 'a table', remedy }];
  }
  const known = Object.keys(entries);
  return Object.entries(value).flatMap(([key, entry]) => {
    const next = Object.hasOwn(entries, key) ? entries[key] : undefined;
    if (next !== undefined) return unknownKeys(next, entry, [...path, key]);
    const where = path.length === 0 ? 'of the file' : `of ${keyText(path)}`;
    return [
      {
        key: keyText([...path, key]),
        found: `is not a key ${where} (its value is ${shown(entry)})`,
        valid: `one of ${quotedList(known)}`,
        remedy: suggestion(key, known),
      },
    ];
  });
}
