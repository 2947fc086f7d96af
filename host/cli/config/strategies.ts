/**
 * The strategies that come with the host, and the check of parameters against what a strategy declares. A strategy of the
 * user's own is checked the same way once it has been bundled and loaded.
 */
import { resolveParameters } from '../../engine/load-strategy.ts';
import type { Strategy } from '../../engine/strategy.ts';
import glft from '../../engine/strategies/glft.ts';
import grid from '../../engine/strategies/grid.ts';

import type { MergedAccount } from './accounts.ts';
import { shown, suggestion } from './problem.ts';
import type { ConfigProblem } from './problem.ts';

export const BUILT_IN_STRATEGIES: ReadonlyMap<string, Strategy> = new Map([
  ['glft', glft],
  ['grid', grid],
]);

export function isBuiltIn(module: string): boolean {
  return BUILT_IN_STRATEGIES.has(module);
}

/** Whether the module is meant as a file. */
export function isPath(module: string): boolean {
  return /^(\.{1,2}\/|\/)/.test(module);
}

/** A problem for each parameter of an account that `strategy` does not take, each by itself. */
export function parameterProblems(account: MergedAccount, strategy: Strategy): ConfigProblem[] {
  return Object.entries(account.strategy.parameters).flatMap(([name, value]) => {
    const key = account.place(`strategy.parameters.${name}`);
    const spec = Object.hasOwn(strategy.parameters, name) ? strategy.parameters[name] : undefined;
    if (spec === undefined) {
      const known = Object.keys(strategy.parameters);
      return [
        {
          key,
          found: `is not a parameter of ${strategy.name} (its value is ${shown(value)})`,
          valid: known.length === 0 ? 'none' : `one of ${known.join(', ')}`,
          remedy: suggestion(name, known),
        },
      ];
    }
    try {
      resolveParameters(strategy, { [name]: value });
      return [];
    } catch (error) {
      const [, valid = ''] = (error as Error).message.split('; valid is ');
      return [{ key, found: `is ${shown(value)}`, valid, remedy: '' }];
    }
  });
}
