/**
 * The strategy that a configuration names, bundled and loaded. What a strategy's own parameters may be is known only once it
 * is loaded, so they are checked here, and an error names the configuration that gave them.
 */
import { resolveParameters } from '../engine/load-strategy.ts';
import { ConfigError, quotedList } from './config/problem.ts';
import type { HostConfig } from './config/resolve.ts';
import { packageFolder, strategyFromSource } from './programs.ts';
import type { LoadedStrategy } from './programs.ts';

/** @throws ConfigError where accounts name several modules, or a parameter is not one that the strategy declares. */
export async function configuredStrategy(config: HostConfig): Promise<LoadedStrategy> {
  const [first, ...others] = config.strategies;
  if (others.length > 0) {
    throw new ConfigError(config.file, [
      {
        key: 'account.strategy.module',
        found: `differs between accounts (${quotedList(config.strategies.map((s) => s.module))})`,
        valid: 'one module for all accounts, each with parameters of its own',
        remedy: 'give each module a configuration and a session of its own',
      },
    ]);
  }
  const loaded = await strategyFromSource(first!.path ?? first!.module, packageFolder());
  for (const account of config.session.accounts) {
    try {
      resolveParameters(loaded.strategy, account.parameters);
    } catch (error) {
      throw new ConfigError(config.file, [
        {
          key: 'strategy.parameters',
          found: `of account ${account.name} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
          valid: '',
          remedy: '',
        },
      ]);
    }
  }
  return loaded;
}
