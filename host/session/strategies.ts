/** A session runs one strategy module, which its accounts share with parameters of their own. */
import type { Strategy } from '../engine/strategy.ts';
import type { SessionConfig } from './config.ts';

/** The module under the name that the accounts give it. Throws where they name several. */
export function strategiesOf(config: SessionConfig, strategy: Strategy): ReadonlyMap<string, Strategy> {
  const names = [...new Set(config.accounts.map((a) => a.strategy))];
  if (names.length > 1) {
    throw new Error(
      `the accounts name several strategies (${names.join(', ')}); a session runs one module, so give each its own session`,
    );
  }
  return new Map(names.map((name) => [name, strategy]));
}
