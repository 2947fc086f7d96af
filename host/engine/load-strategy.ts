/**
 * From a bundle's bytes to a strategy that can run: the module is loaded by a function that the caller gives (a data: URL in
 * Node, a blob: in the page), its default export is checked, and parameters are checked against what it declares.
 */
import type { Decider, InstrumentInfo, Parameters, ParameterSpec, Strategy, StrategyContext } from './strategy.ts';

/** Rows that a ladder may have. */
export const MAX_LADDER_ROWS = 16;
/** Slots of memory that a strategy may ask for. */
export const MAX_MEMORY_SLOTS = 4096;

/** Loads a bundle. Throws, naming what is wrong, where the module is not a strategy. */
export async function loadStrategy(
  code: Uint8Array<ArrayBuffer>,
  importer: (code: Uint8Array<ArrayBuffer>) => Promise<unknown>,
): Promise<Strategy> {
  const loaded = await importer(code);
  return checkStrategy(isObject(loaded) ? loaded['default'] : undefined);
}

/** The value as a strategy; throws at the first thing that is missing or of the wrong form. */
export function checkStrategy(value: unknown): Strategy {
  if (!isObject(value)) fail('default export', value, 'an object that follows the interface Strategy');
  for (const key of ['name', 'doc']) {
    if (typeof value[key] !== 'string' || value[key] === '') fail(key, value[key], 'a text');
  }
  for (const key of ['ladder', 'reasons']) {
    const list = value[key];
    if (!Array.isArray(list) || list.some((entry) => typeof entry !== 'string') || new Set(list).size !== list.length) {
      fail(key, list, 'a list of different names');
    }
  }
  const rows = (value['ladder'] as string[]).length;
  if (rows > MAX_LADDER_ROWS) fail('ladder', `${rows} rows`, `at most ${MAX_LADDER_ROWS} rows`);
  if (!isObject(value['parameters'])) fail('parameters', value['parameters'], 'an object of ParameterSpec');
  for (const [key, spec] of Object.entries(value['parameters'])) {
    if (!isObject(spec)) fail(`parameters.${key}`, spec, 'a ParameterSpec: default, unit, doc');
    if (typeof spec['unit'] !== 'string') fail(`parameters.${key}.unit`, spec['unit'], 'a text');
    if (typeof spec['doc'] !== 'string') fail(`parameters.${key}.doc`, spec['doc'], 'a text');
    const wrong = whatIsWrong(spec['default'], spec as unknown as ParameterSpec);
    if (wrong !== undefined) fail(`parameters.${key}.default`, spec['default'], wrong);
  }
  if (typeof value['init'] !== 'function') fail('init', value['init'], 'a function (parameters, instruments, context)');
  return value as unknown as Strategy;
}

/**
 * Defaults with `given` over them. Throws where a key is not declared or a value is not valid; the error names the key, the
 * value and what is valid.
 */
export function resolveParameters(strategy: Strategy, given: Readonly<Record<string, unknown>>): Parameters {
  const resolved: Record<string, number | string | boolean> = {};
  for (const [key, spec] of Object.entries(strategy.parameters)) resolved[key] = spec.default;
  for (const [key, value] of Object.entries(given)) {
    const spec = Object.hasOwn(strategy.parameters, key) ? strategy.parameters[key] : undefined;
    if (spec === undefined) {
      const keys = Object.keys(strategy.parameters).join(', ') || 'none';
      throw new Error(`strategy ${strategy.name} has no parameter "${key}" (given: ${show(value)}); it has: ${keys}`);
    }
    const wrong = whatIsWrong(value, spec);
    if (wrong !== undefined) {
      throw new Error(
        `parameter ${key} of strategy ${strategy.name} is ${show(value)}; valid is ${wrong}: ${spec.doc}`,
      );
    }
    resolved[key] = value as number | string | boolean;
  }
  return Object.freeze(resolved);
}

/** init() with its answer checked. */
export function initStrategy(
  strategy: Strategy,
  parameters: Parameters,
  instruments: readonly InstrumentInfo[],
  context: StrategyContext,
): Decider {
  const decider = strategy.init(parameters, instruments, context) as unknown;
  if (!isObject(decider)) fail('init()', decider, 'a Decider: memory and decide', strategy.name);
  const slots = decider['memory'];
  if (!Number.isSafeInteger(slots) || (slots as number) < 0 || (slots as number) > MAX_MEMORY_SLOTS) {
    fail('init().memory', slots, `a whole number of slots from 0 to ${MAX_MEMORY_SLOTS}`, strategy.name);
  }
  if (typeof decider['decide'] !== 'function') {
    fail('init().decide', decider['decide'], 'a function (wake, view, out)', strategy.name);
  }
  return decider as unknown as Decider;
}

/** What would be valid, where the value is not; undefined where it is. */
function whatIsWrong(value: unknown, spec: ParameterSpec): string | undefined {
  const type = typeof spec.default;
  if (type !== 'number' && type !== 'string' && type !== 'boolean') return 'a number, a text or a boolean';
  if (typeof value !== type) return article(type, spec);
  if (spec.oneOf !== undefined && !spec.oneOf.includes(value as string)) return article(type, spec);
  if (typeof value === 'number') {
    const inRange = value >= (spec.minimum ?? -Infinity) && value <= (spec.maximum ?? Infinity);
    const isWhole = spec.wholeNumber !== true || Number.isSafeInteger(value);
    if (!Number.isFinite(value) || !inRange || !isWhole) return article(type, spec);
  }
  return undefined;
}

function article(type: string, spec: ParameterSpec): string {
  if (spec.oneOf !== undefined) return `one of ${spec.oneOf.map((name) => `"${name}"`).join(', ')}`;
  if (type === 'boolean') return 'true or false';
  if (type === 'string') return 'a text';
  const from = spec.minimum === undefined ? '' : ` from ${spec.minimum}`;
  const to = spec.maximum === undefined ? '' : ` up to ${spec.maximum}`;
  return `a ${spec.wholeNumber === true ? 'whole' : 'finite'} number${from}${to} (${spec.unit})`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function show(value: unknown): string {
  return typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value));
}

function fail(key: string, value: unknown, valid: string, name = 'the module'): never {
  throw new Error(`${name} is not a strategy: ${key} is ${show(value)}; valid is ${valid}`);
}
