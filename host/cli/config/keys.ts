/**
 * The kinds of keys that a configuration has. Each is a valibot schema that carries its own description, so that the check,
 * the error and docs/configuration.md come from one place.
 */
import * as v from 'valibot';

/** What a key's schema says of it. */
export interface KeyDescription {
  readonly type: string;
  /** Empty where there is none. */
  readonly unit: string;
  readonly valid: string;
  readonly doc: string;
}

interface NumberBounds {
  readonly unit: string;
  readonly doc: string;
  /** The least valid value. */
  readonly minimum?: number;
  /** The value must be above this one. */
  readonly above?: number;
  readonly maximum?: number;
  /** The value must be below this one. */
  readonly below?: number;
}

function range(bounds: NumberBounds): string {
  const parts: string[] = [];
  if (bounds.minimum !== undefined) parts.push(`from ${bounds.minimum}`);
  if (bounds.above !== undefined) parts.push(`above ${bounds.above}`);
  if (bounds.maximum !== undefined) parts.push(`to ${bounds.maximum}`);
  if (bounds.below !== undefined) parts.push(`to below ${bounds.below}`);
  return parts.length === 0 ? '' : ` ${parts.join(' ')}`;
}

function within(value: number, bounds: NumberBounds): boolean {
  return (
    Number.isFinite(value) &&
    value >= (bounds.minimum ?? -Infinity) &&
    value > (bounds.above ?? -Infinity) &&
    value <= (bounds.maximum ?? Infinity) &&
    value < (bounds.below ?? Infinity)
  );
}

export function real(bounds: NumberBounds) {
  return v.pipe(
    v.number(),
    v.check((value) => within(value, bounds)),
    v.metadata({ type: 'number', unit: bounds.unit, valid: `a number${range(bounds)}`, doc: bounds.doc }),
  );
}

export function whole(bounds: NumberBounds) {
  return v.pipe(
    v.number(),
    v.check((value) => Number.isSafeInteger(value) && within(value, bounds)),
    v.metadata({ type: 'whole number', unit: bounds.unit, valid: `a whole number${range(bounds)}`, doc: bounds.doc }),
  );
}

export function powerOfTwo(bounds: NumberBounds & { readonly minimum: number; readonly maximum: number }) {
  return v.pipe(
    v.number(),
    v.check((value) => within(value, bounds) && Number.isInteger(Math.log2(value))),
    v.metadata({ type: 'whole number', unit: bounds.unit, valid: `a power of two${range(bounds)}`, doc: bounds.doc }),
  );
}

export function text(doc: string, valid = 'a text that is not empty') {
  return v.pipe(v.string(), v.nonEmpty(), v.metadata({ type: 'text', unit: '', valid, doc }));
}

export function url(schemes: readonly string[], doc: string) {
  return v.pipe(
    v.string(),
    v.check((value) => URL.canParse(value) && schemes.some((s) => value.startsWith(`${s}://`)) && !value.endsWith('/')),
    v.metadata({
      type: 'text',
      unit: '',
      valid: `an address that starts with ${schemes.map((s) => `${s}://`).join(' or ')} and does not end with /`,
      doc,
    }),
  );
}

export function flag(doc: string) {
  return v.pipe(v.boolean(), v.metadata({ type: 'true or false', unit: '', valid: 'true or false', doc }));
}

export function choice<const T extends readonly [string, ...string[]]>(options: T, doc: string) {
  const valid = options.map((option) => `"${option}"`).join(', ');
  return v.pipe(
    v.picklist(options),
    v.metadata({ type: 'text', unit: '', valid: options.length === 1 ? valid : `one of ${valid}`, doc }),
  );
}

export function texts(doc: string, valid = 'a list of at least one text') {
  return v.pipe(
    v.array(v.pipe(v.string(), v.nonEmpty())),
    v.nonEmpty(),
    v.metadata({ type: 'list of texts', unit: '', valid, doc }),
  );
}

/** A number, or one word instead of it. */
export function realOr<const W extends string>(word: W, bounds: NumberBounds) {
  return v.pipe(
    v.union([v.number(), v.literal(word)]),
    v.check((value) => typeof value === 'string' || within(value, bounds)),
    v.metadata({
      type: 'number or text',
      unit: bounds.unit,
      valid: `a number${range(bounds)}, or "${word}"`,
      doc: bounds.doc,
    }),
  );
}

/** Keys that are not known here: those of a strategy or a feature. */
export function parameters(doc: string) {
  const value = v.pipe(
    v.union([v.number(), v.string(), v.boolean()]),
    v.metadata({ type: '', unit: '', valid: 'a number, a text, true or false', doc: '' }),
  );
  return v.pipe(
    v.record(v.string(), value),
    v.metadata({ type: 'table', unit: '', valid: 'a table of numbers, texts, true or false', doc }),
  );
}

/** Numbers above 0 by a name of the user's choice. */
export function amounts(unit: string, doc: string) {
  return v.pipe(
    v.record(v.string(), real({ unit, doc: '', above: 0 })),
    v.metadata({ type: 'table', unit, valid: 'a table of numbers above 0', doc }),
  );
}
