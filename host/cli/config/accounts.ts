/**
 * The accounts of a configuration: each with the sections that it takes over from the file and the keys that it has of its
 * own.
 */
import type { ConfigFile } from './schema.ts';

export interface MergedAccount {
  readonly name: string;
  /** The key as the file has it: the account's own one where it has it, else the one that it takes over. */
  place(key: string): string;
  readonly strategy: ConfigFile['strategy'];
  readonly risk: ConfigFile['risk'];
  readonly simulation: ConfigFile['simulation'];
}

export const DEFAULT_ACCOUNT = 'main';

export function mergeAccounts(sections: ConfigFile): MergedAccount[] {
  const { strategy, risk, simulation } = sections;
  if (sections.account.length === 0) {
    return [{ name: DEFAULT_ACCOUNT, place: (key) => key, strategy, risk, simulation }];
  }
  return sections.account.map((account, i) => {
    const isOtherModule = account.strategy?.module !== undefined && account.strategy.module !== strategy.module;
    const own = account.risk?.instrument ?? [];
    return {
      name: account.name,
      place: (key) => (has(account, key) ? `account[${i}].${key}` : key),
      strategy: {
        ...strategy,
        ...defined(account.strategy),
        parameters: { ...(isOtherModule ? {} : strategy.parameters), ...account.strategy?.parameters },
      },
      risk: {
        ...risk,
        ...defined(account.risk),
        loss_limit: { ...risk.loss_limit, ...account.risk?.loss_limit },
        instrument: [...risk.instrument.filter((x) => !own.some((y) => y.symbol === x.symbol)), ...own],
      },
      simulation: { ...simulation, ...defined(account.simulation) },
    };
  });
}

/** Whether a value stands at `strategy.parameters.gamma` and the like. */
function has(table: unknown, key: string): boolean {
  let at = table;
  for (const part of key.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return false;
    at = (at as Record<string, unknown>)[part];
  }
  return true;
}

/** The table without the keys that have no value, so that they do not hide those below. */
function defined<T extends object>(table: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(table ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
