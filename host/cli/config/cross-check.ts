/**
 * What one key of a configuration means for another: names that must exist, things that exclude each other, limits that
 * belong together. Each check adds its problems; none stops the others.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { FEATURES } from '#generated/features.ts';
import { initStrategy, resolveParameters } from '../../engine/load-strategy.ts';
import { MAX_INSTRUMENTS } from '../../kernels/core.ts';
import { featureIndex } from '../../session/config.ts';
import { VENUES } from '../../venues/registry.ts';
import { streamNames } from '../../venues/binance-usdm/streams.ts';
import { mergeAccounts } from './accounts.ts';
import type { MergedAccount } from './accounts.ts';
import { quotedList, shown, suggestion } from './problem.ts';
import type { ConfigProblem } from './problem.ts';
import { resolveFeatures, resolveInstruments, snakeCase } from './resolve.ts';
import type { ConfigFile } from './schema.ts';
import { BUILT_IN_STRATEGIES, isPath, parameterProblems } from './strategies.ts';

/** Accounts that records can tell apart. */
const MAX_ACCOUNTS = 256;

type Report = (key: string, found: string, valid: string, remedy?: string) => void;

/** `folder`: of the configuration file. */
export function crossCheck(sections: ConfigFile, folder: string): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const report: Report = (key, found, valid, remedy = '') => problems.push({ key, found, valid, remedy });
  checkHost(sections, folder, report);
  checkVenues(sections, report);
  checkInstruments(sections, report);
  checkFeatures(sections, report);
  const names = sections.account.map((account) => account.name);
  if (names.length > MAX_ACCOUNTS) report('account', `has ${names.length} entries`, `at most ${MAX_ACCOUNTS}`);
  checkUnique('account', 'name', names, report);
  checkRiskInstruments('risk.instrument', sections.risk.instrument, sections, report);
  sections.account.forEach((account, i) => {
    checkRiskInstruments(`account[${i}].risk.instrument`, account.risk?.instrument ?? [], sections, report);
  });
  for (const account of mergeAccounts(sections)) checkAccount(sections, account, folder, report);
  // A strategy is tried only with sections that hold together.
  if (problems.length === 0) {
    for (const account of mergeAccounts(sections)) problems.push(...strategyProblems(sections, account));
  }
  // What accounts take over is wrong in each of them, and said once.
  const texts = problems.map((problem) => JSON.stringify(problem));
  return problems.filter((_, i) => texts.indexOf(texts[i]!) === i);
}

/** Loopback addresses: no other machine can reach them. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address);
}

function checkHost(sections: ConfigFile, folder: string, report: Report): void {
  const { host, clock, recording } = sections;
  if (!isLoopback(host.address) && host.token === undefined) {
    report('host.token', 'is missing', '', `others can reach ${host.address}: add a token, or use 127.0.0.1`);
  }
  if (recording === undefined) return;
  recording.files.forEach((path, i) => {
    const full = resolve(folder, path);
    if (!existsSync(full)) {
      report(
        `recording.files[${i}]`,
        `is ${shown(path)}, and ${full} does not exist`,
        'a recording',
        'paths are relative to the configuration file',
      );
    }
  });
  const isShifted = recording.speed !== 1 || recording.fast_forward_seconds > 0;
  if (clock.source === 'wall' && isShifted) {
    const key = recording.speed !== 1 ? 'speed' : 'fast_forward_seconds';
    report(
      `recording.${key}`,
      `is ${shown(recording[key])} while clock.source is "wall"`,
      key === 'speed' ? '1' : '0',
      'set clock.source = "venue": then time runs with the recording',
    );
  }
}

function checkVenues(sections: ConfigFile, report: Report): void {
  const ids = sections.venue.map((venue) => venue.id ?? venue.name);
  if (ids.length === 0) report('venue', 'is an empty list', 'at least one [[venue]]');
  checkUnique('venue', 'id', ids, report);
  sections.venue.forEach((venue, i) => {
    const known = [...VENUES.keys()];
    if (!VENUES.has(venue.name)) {
      report(
        `venue[${i}].name`,
        `is ${shown(venue.name)}`,
        `one of ${quotedList(known)}`,
        suggestion(venue.name, known),
      );
    } else if (venue.channels !== undefined) {
      try {
        streamNames(['SYMBOL'], venue.channels);
      } catch (error) {
        report(`venue[${i}].channels`, `is not right: ${(error as Error).message}`, '');
      }
    }
    if (sections.recording !== undefined) return;
    for (const key of ['websocket_url', 'rest_url'] as const) {
      if (venue[key] !== undefined) continue;
      report(
        `venue[${i}].${key}`,
        'is missing',
        "the venue's address",
        'config/binance-usdm.toml has it; it is not needed where there is a [recording]',
      );
    }
  });
}

function checkInstruments(sections: ConfigFile, report: Report): void {
  const list = sections.instrument;
  if (list.length === 0 || list.length > MAX_INSTRUMENTS) {
    report('instrument', `has ${list.length} entries`, `1 to ${MAX_INSTRUMENTS} [[instrument]] sections`);
  }
  const ids = sections.venue.map((venue) => venue.id ?? venue.name);
  checkUnique(
    'instrument',
    'symbol',
    list.map((x) => x.symbol),
    report,
  );
  list.forEach((x, i) => {
    if (!ids.includes(x.venue)) {
      report(`instrument[${i}].venue`, `is ${shown(x.venue)}`, `one of ${quotedList(ids)}`, suggestion(x.venue, ids));
    }
    const settle = x.kind === 'inverse' ? x.base : x.quote;
    if (x.settle !== settle) {
      report(`instrument[${i}].settle`, `is ${shown(x.settle)} for kind "${x.kind}"`, `"${settle}"`);
    }
    if (x.kind !== 'inverse' && x.multiplier !== 1) {
      report(`instrument[${i}].multiplier`, `is ${x.multiplier} for kind "${x.kind}"`, '1');
    }
    if (x.book.recentre_ticks > x.book.window_ticks / 2) {
      report(
        `instrument[${i}].book.recentre_ticks`,
        `is ${x.book.recentre_ticks} with window_ticks = ${x.book.window_ticks}`,
        `at most ${x.book.window_ticks / 2}, half the window`,
      );
    }
  });
}

function checkFeatures(sections: ConfigFile, report: Report): void {
  const symbols = sections.instrument.map((x) => x.symbol);
  const kinds = FEATURES.map((kind) => kind.name);
  const taken = new Set<string>();
  sections.feature.forEach((f, i) => {
    const key = `feature[${i}]`;
    if (f.instrument !== undefined) checkSymbol(`${key}.instrument`, f.instrument, symbols, report);
    for (const symbol of f.instrument === undefined ? symbols : [f.instrument]) {
      const name = f.name ?? f.kind;
      if (taken.has(`${symbol}:${name}`)) {
        report(
          `${key}.name`,
          `is ${shown(name)}, which ${symbol} has already`,
          'another name',
          'give each instance of a kind a name of its own',
        );
        break;
      }
      taken.add(`${symbol}:${name}`);
    }
    const kind = FEATURES.find((x) => x.name === f.kind);
    if (kind === undefined) {
      report(`${key}.kind`, `is ${shown(f.kind)}`, `one of ${quotedList(kinds)}`, suggestion(f.kind, kinds));
      return;
    }
    const names = kind.parameter.map((p) => snakeCase(p.name));
    for (const [name, value] of Object.entries(f.parameters)) {
      const spec = kind.parameter[names.indexOf(name)];
      if (spec === undefined) {
        report(
          `${key}.parameters.${name}`,
          `is not a parameter of ${kind.name} (its value is ${shown(value)})`,
          names.length === 0 ? 'none' : `one of ${quotedList(names)}`,
          suggestion(name, names),
        );
      } else if (typeof value !== 'number' || !(value >= spec.minimum && value <= spec.maximum)) {
        report(
          `${key}.parameters.${name}`,
          `is ${shown(value)}`,
          `a number from ${spec.minimum} to ${spec.maximum} (${spec.unit})`,
        );
      }
    }
  });
}

function checkRiskInstruments(
  key: string,
  limits: readonly { readonly symbol: string }[],
  sections: ConfigFile,
  report: Report,
): void {
  const symbols = sections.instrument.map((x) => x.symbol);
  const named = limits.map((x) => x.symbol);
  named.forEach((symbol, i) => {
    checkSymbol(`${key}[${i}].symbol`, symbol, symbols, report);
  });
  checkUnique(key, 'symbol', named, report);
}

function checkAccount(sections: ConfigFile, account: MergedAccount, folder: string, report: Report): void {
  const symbols = sections.instrument.map((x) => x.symbol);
  const { strategy, risk } = account;
  strategy.instruments.forEach((symbol, i) => {
    checkSymbol(`${account.place('strategy.instruments')}[${i}]`, symbol, symbols, report);
  });
  if (new Set(strategy.instruments).size !== strategy.instruments.length) {
    report(account.place('strategy.instruments'), 'names an instrument twice', 'each symbol once');
  }
  const builtIn = [...BUILT_IN_STRATEGIES.keys()];
  const isFile = isPath(strategy.module);
  if (!BUILT_IN_STRATEGIES.has(strategy.module) && !(isFile && existsSync(resolve(folder, strategy.module)))) {
    report(
      account.place('strategy.module'),
      isFile
        ? `is ${shown(strategy.module)}, and ${resolve(folder, strategy.module)} does not exist`
        : `is ${shown(strategy.module)}`,
      `one of ${quotedList(builtIn)}, or a path that starts with ./`,
      isFile ? 'paths are relative to the configuration file' : suggestion(strategy.module, builtIn),
    );
  }
  for (const symbol of strategy.instruments) {
    if (!symbols.includes(symbol) || risk.instrument.some((x) => x.symbol === symbol)) continue;
    report(
      account.place('risk.instrument'),
      `has no limits for ${symbol}, which the strategy trades`,
      `a section [[risk.instrument]] with symbol = "${symbol}"`,
      'set max_order_lots and max_position_lots there',
    );
  }
  if (risk.max_open_orders > strategy.order_capacity) {
    report(
      account.place('strategy.order_capacity'),
      `is ${strategy.order_capacity} with risk.max_open_orders = ${risk.max_open_orders}`,
      `at least ${risk.max_open_orders}`,
    );
  }
  const currencies = [...new Set(sections.instrument.map((x) => x.settle))];
  for (const currency of Object.keys(risk.loss_limit)) {
    if (currencies.includes(currency)) continue;
    report(
      account.place(`risk.loss_limit.${currency}`),
      'is not a settlement currency of the instruments',
      `one of ${quotedList(currencies)}`,
      suggestion(currency, currencies),
    );
  }
}

/** What a built-in strategy says against its parameters, one by one and together. */
function strategyProblems(sections: ConfigFile, account: MergedAccount): ConfigProblem[] {
  const strategy = BUILT_IN_STRATEGIES.get(account.strategy.module);
  if (strategy === undefined) return [];
  const problems = parameterProblems(account, strategy);
  if (problems.length > 0) return problems;
  const instruments = resolveInstruments(sections);
  const outputs = featureIndex({
    epochNs: '0',
    checkpointRecords: 0,
    instruments,
    features: resolveFeatures(sections),
    accounts: [],
  });
  const traded = account.strategy.instruments.map((symbol) => instruments.find((x) => x.symbol === symbol)!);
  try {
    // The arithmetic decides nothing here, so the engine's own Math will do.
    initStrategy(strategy, resolveParameters(strategy, account.strategy.parameters), traded, {
      math: Math,
      feature: (name) => {
        const full = name.includes(':') ? name : `${traded[0]!.symbol}:${name}`;
        const index = outputs.get(full);
        if (index === undefined) {
          throw new Error(`no feature has the output "${full}"; there are: ${[...outputs.keys()].join(', ')}`);
        }
        return index;
      },
    });
  } catch (error) {
    const found = `do not work: ${(error as Error).message}`;
    return [{ key: account.place('strategy.parameters'), found, valid: '', remedy: '' }];
  }
  return [];
}

function checkSymbol(key: string, symbol: string, symbols: readonly string[], report: Report): void {
  if (symbols.includes(symbol)) return;
  const remedy = suggestion(symbol, symbols) || 'add an [[instrument]] with that symbol';
  report(key, `is ${shown(symbol)}, which no [[instrument]] has`, `one of ${quotedList(symbols)}`, remedy);
}

function checkUnique(list: string, key: string, names: readonly string[], report: Report): void {
  names.forEach((name, i) => {
    const first = names.indexOf(name);
    if (first !== i) report(`${list}[${i}].${key}`, `is ${shown(name)}, as in ${list}[${first}]`, 'another one');
  });
}
