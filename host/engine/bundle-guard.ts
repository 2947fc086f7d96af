/**
 * The guard around a bundled strategy. The strategy's code becomes the body of a function whose parameters bear the names of
 * clock, chance, timers, network and inexact Math; each use of one ends in an error that names it and what to use instead.
 * It is there against mistakes that would make a replay differ, not against hostile code.
 */

/** Global name that the bundler gives to the strategy's exports. */
export const BUNDLE_NAME = '__tidebookStrategy';

/** Functions of Math whose last bit differs between engines, and what a strategy has in their place. */
const IN_KERNELS = ['exp', 'log', 'log1p', 'expm1', 'pow', 'tanh'];
const INEXACT =
  'acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh';

/** Everything of Math that every engine computes to the same bit. */
export const EXACT_MATH =
  'abs min max floor ceil round trunc sign sqrt fround imul clz32 E LN2 LN10 LOG2E LOG10E PI SQRT1_2 SQRT2';

const CLOCK = 'a decision has no clock; use wake.timeNs';
const TIMER = 'a decision cannot wait; keep the time in view.memory and compare it with wake.timeNs at the next step';
const OUTSIDE = 'a decision reads only its view and its parameters';

/** Shadowed globals, each with what to do instead. */
export const GUARDED_GLOBALS: readonly (readonly [name: string, instead: string])[] = [
  ['Date', CLOCK],
  ['performance', CLOCK],
  ['Intl', 'locales differ between machines; write numbers into the ladder and leave words to the display'],
  ['setTimeout', TIMER],
  ['setInterval', TIMER],
  ['setImmediate', TIMER],
  ['queueMicrotask', TIMER],
  ['requestAnimationFrame', TIMER],
  ['crypto', 'a decision has no chance; derive what should vary from wake.decision or a parameter'],
  ['fetch', OUTSIDE],
  ['WebSocket', OUTSIDE],
  ['XMLHttpRequest', OUTSIDE],
  ['Worker', OUTSIDE],
  ['process', OUTSIDE],
  ['require', OUTSIDE],
  ['globalThis', OUTSIDE],
  ['global', OUTSIDE],
  ['window', OUTSIDE],
  ['self', OUTSIDE],
  ['WeakRef', 'when memory is collected differs between runs; keep what must last in view.memory'],
  ['FinalizationRegistry', 'when memory is collected differs between runs; keep what must last in view.memory'],
  ['Function', 'code made from text escapes the guard; write the function out'],
];

/** What the error says of an inexact function of Math. */
function insteadOf(name: string): string {
  const replacement = IN_KERNELS.includes(name)
    ? `use ctx.math.${name}`
    : `express it through + - * / Math.sqrt and ctx.math (${IN_KERNELS.join(', ')})`;
  return `Math.${name} differs between engines: ${replacement}${name === 'pow' ? ' (** is Math.pow too)' : ''}`;
}

/** The text that comes before the strategy's code. Math is one literal: built up key by key it would be a slow object. */
function prelude(): string {
  const exact = EXACT_MATH.split(' ').map((name) => `  ${name}: Math.${name},`);
  const inexact = INEXACT.split(' ').map((name) => `  ${name}: () => stop(${JSON.stringify(insteadOf(name))}),`);
  const random = 'Math.random is not repeatable: derive what should vary from wake.decision or a parameter';
  const globals = GUARDED_GLOBALS.map(([name, instead]) => `  [${JSON.stringify(name)}, ${JSON.stringify(instead)}],`);
  return `// A strategy in its guard: what would make a replay differ ends in an error that says what to use instead.
const stop = (text) => {
  throw new Error(text);
};
const guard = (text) => {
  const trap = () => stop(text);
  const traps = { apply: trap, construct: trap, get: trap, set: trap, has: trap, getOwnPropertyDescriptor: trap, defineProperty: trap };
  return new Proxy(function () {}, traps);
};
const math = {
${exact.join('\n')}
${inexact.join('\n')}
  random: () => stop(${JSON.stringify(random)}),
};
const guarded = [
${globals.join('\n')}
].map(([name, instead]) => guard(name + ' is not for strategies: ' + instead));
`;
}

/** The whole module: `code` is a script that assigns the strategy's exports to `var __tidebookStrategy`. */
export function guardedModule(code: string): string {
  const names = ['Math', ...GUARDED_GLOBALS.map(([name]) => name)].join(', ');
  return `${prelude()}const strategyModule = ((${names}) => {
${code.trimEnd()}
return ${BUNDLE_NAME};
})(Object.freeze(math), ...guarded);
export default strategyModule.default;
`;
}
