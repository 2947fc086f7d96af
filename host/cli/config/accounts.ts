/**
 * The accounts of a configuration: each with the sections that it takes over from the file and the keys that it has of its
 * own.
 */
import type { ConfigFile } from './schema.ts';

export interface MergedAccount {
  readonly name: string;
  /** Where its own keys stand: `account[1].`; empty for the account that the file as a whole describes. */
  readonly keyPrefix: string;
  readonly strategy: ConfigFile['strategy'];
  readonly risk: ConfigFile['risk'];
  readonly simulation: ConfigFile['simulation'];
}

export const DEFAULT_ACCOUNT = 'main';

export function mergeAccounts(sections: ConfigFile): MergedAccount[] {
  const { strategy, risk, simulation } = sections;
  if (sections.account.length === 0) {
    return [{ name: DEFAULT_ACCOUNT, keyPrefix: '', strategy, risk, simulation }];
  }
  return sections.account.map((account, i) => {
    const isOtherModule = account.strategy?.module !== undefined && account.strategy.module !== strategy.module;
    const own = account.risk?.instrument ?? [];
    return {
      name: account.name,
      keyPrefix: `account[${i}].`,
      strategy: {
        ...strategy,
        ...defined(account.strategy),
        parameters: { ...(isOtherModule ? {} : strategy.parameters), ...account.strategy?.parameters },
      },
      risk: {
        ...risk,
        ...defined(account.risk),
        loss_limit: { ...risk.loss_limit, ...account.risk?.loss_limit },
        instrument: [...own, ...risk.instrument.filter((x) => !own.some((y) => y.symbol === x.symbol))],
      },
      simulation: { ...simulation, ...defined(account.simulation) },
    };
  });
}

/** The table without the keys that have no value, so that they do not hide those below. */
function defined<T extends object>(table: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(table ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
