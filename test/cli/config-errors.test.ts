/** A wrong configuration: each problem is named with file, key, value, what would be valid, and the remedy. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configFrom, loadConfig } from '../../host/cli/config/load.ts';
import { MINIMAL, changed, errorOf, problemsOf } from './config-support.ts';

/** What is changed, the key that the error must name, and words that it must have. */
const CASES: [string, string, string, RegExp][] = [
  [
    'an unknown key',
    changed('lot_size = 0.001', 'lot_sise = 0.001', 'lot_size = 1'),
    'instrument[0].lot_sise',
    /not a key of instrument\[0\].*did you mean "lot_size"/,
  ],
  ['an unknown section', `${MINIMAL}[strateggy]\n`, 'strateggy', /not a key of the file.*did you mean "strategy"/],
  [
    'a key of a nested section',
    `${MINIMAL}[simulation]\nqueue_modell = "power"\n`,
    'simulation.queue_modell',
    /did you mean "queue_model"/,
  ],
  [
    'a missing key',
    changed('tick_size = 0.1'),
    'instrument[0].tick_size',
    /is missing; valid is a number above 0 \(quote currency\)/,
  ],
  ['a missing section', MINIMAL.replace(/\[risk\][^]*/, ''), 'risk', /is missing.*add a section \[risk\]/],
  [
    'a missing list of sections',
    MINIMAL.replace(/\[\[venue\]\][^]*?(?=\[\[instrument)/, ''),
    'venue',
    /is missing.*\[\[venue\]\]/,
  ],
  [
    'a number in quotes',
    changed('tick_size = 0.1', 'tick_size = "0.1"'),
    'instrument[0].tick_size',
    /is "0\.1"; valid is a number above 0.*write 0\.1 without quotes/,
  ],
  [
    'a tick of nothing',
    changed('tick_size = 0.1', 'tick_size = 0'),
    'instrument[0].tick_size',
    /is 0; valid is a number above 0/,
  ],
  ['an endless tick', changed('tick_size = 0.1', 'tick_size = inf'), 'instrument[0].tick_size', /is Infinity/],
  [
    'half a lot',
    changed('max_order_lots = 10', 'max_order_lots = 0.5'),
    'risk.instrument[0].max_order_lots',
    /is 0\.5; valid is a whole number from 1/,
  ],
  [
    'a window of another size',
    `${changed('[strategy]', '[instrument.book]', 'window_ticks = 10000', '[strategy]')}`,
    'instrument[0].book.window_ticks',
    /is 10000; valid is a power of two from 128.*nearest power of two is 8192/,
  ],
  [
    'a port out of range',
    `${MINIMAL}[host]\nport = 70000\n`,
    'host.port',
    /is 70000; valid is a whole number from 0 to 65535/,
  ],
  [
    'an unknown choice',
    `${MINIMAL}[clock]\nsource = "atomic"\n`,
    'clock.source',
    /is "atomic"; valid is one of "wall", "venue"/,
  ],
  [
    'single brackets',
    MINIMAL.replace('[[venue]]', '[venue]'),
    'venue',
    /is a table.*write \[\[venue\]\] with two brackets/,
  ],
  ['double brackets', MINIMAL.replace('[strategy]', '[[strategy]]'), 'strategy', /write \[strategy\] with one bracket/],
  [
    'a text for a list',
    changed('instruments = ["BTCUSDT"]', 'instruments = "BTCUSDT"'),
    'strategy.instruments',
    /write \["BTCUSDT"\]/,
  ],
  [
    'an address with a slash',
    changed('rest_url = "https://venue.example"', 'rest_url = "https://venue.example/"'),
    'venue[0].rest_url',
    /does not end with \//,
  ],
  [
    'an address of another kind',
    changed('rest_url = "https://venue.example"', 'rest_url = "wss://venue.example"'),
    'venue[0].rest_url',
    /https:\/\//,
  ],
  [
    'an unknown venue',
    changed('name = "binance-usdm"', 'name = "binance-usdn"', 'id = "binance-usdm"'),
    'venue[0].name',
    /did you mean "binance-usdm"/,
  ],
  [
    'a venue without addresses',
    changed('websocket_url = "wss://venue.example"'),
    'venue[0].websocket_url',
    /is missing.*config\/binance-usdm\.toml/,
  ],
  [
    'an unknown channel',
    changed('name = "binance-usdm"', 'name = "binance-usdm"', 'channels = ["deapth"]'),
    'venue[0].channels',
    /deapth.*bookTicker/,
  ],
  [
    'an instrument at no venue',
    changed('venue = "binance-usdm"', 'venue = "binanse-usdm"'),
    'instrument[0].venue',
    /did you mean "binance-usdm"/,
  ],
  [
    'an instrument settled elsewhere',
    changed('settle = "USDT"', 'settle = "BTC"'),
    'instrument[0].settle',
    /valid is "USDT"/,
  ],
  [
    'a symbol that is no instrument',
    changed('instruments = ["BTCUSDT"]', 'instruments = ["BTCUSD"]'),
    'strategy.instruments[0]',
    /no \[\[instrument\]\] has.*did you mean "BTCUSDT"/,
  ],
  ['an unknown strategy', changed('module = "glft"', 'module = "glfd"'), 'strategy.module', /did you mean "glft"/],
  [
    'a strategy file that is not there',
    changed('module = "glft"', 'module = "./mine.ts"'),
    'strategy.module',
    /\/somewhere\/mine\.ts does not exist/,
  ],
  [
    'an unknown parameter',
    changed('[risk]', '[strategy.parameters]', 'gama = 1', '[risk]'),
    'strategy.parameters.gama',
    /did you mean "gamma"/,
  ],
  [
    'a parameter out of range',
    changed('[risk]', '[strategy.parameters]', 'order_lots = 0.5', '[risk]'),
    'strategy.parameters.order_lots',
    /is 0\.5; valid is a whole number from 1/,
  ],
  [
    'a feature output that nobody computes',
    changed('[risk]', '[strategy.parameters]', 'sigma_feature = "ofi.sigma"', '[risk]'),
    'strategy.parameters',
    /ofi\.sigma.*realisedVolatility\.sigmaRelPerSqrtSecond/,
  ],
  [
    'parameters that contradict each other',
    changed('[risk]', '[strategy.parameters]', 'min_half_spread_bps = 60', '[risk]'),
    'strategy.parameters',
    /above max_half_spread_bps/,
  ],
  ['an unknown feature', `${MINIMAL}[[feature]]\nkind = "oif"\n`, 'feature[0].kind', /did you mean "ofi"/],
  [
    'an unknown feature parameter',
    `${MINIMAL}[[feature]]\nkind = "ofi"\nparameters.windowms = 1\n`,
    'feature[0].parameters.windowms',
    /did you mean "window_ms"/,
  ],
  [
    'a feature parameter out of range',
    `${MINIMAL}[[feature]]\nkind = "ofi"\nparameters.window_ms = 1\n`,
    'feature[0].parameters.window_ms',
    /is 1; valid is a number from 100 to 3600000 \(ms\)/,
  ],
  [
    'two features of one name',
    `${MINIMAL}[[feature]]\nkind = "ofi"\n[[feature]]\nkind = "ofi"\n`,
    'feature[1].name',
    /which BTCUSDT has already/,
  ],
  [
    'a traded instrument without limits',
    changed('symbol = "BTCUSDT"', 'symbol = "BTCUSDT"').replace(/\[\[risk\.instrument\]\][^]*/, ''),
    'risk.instrument',
    /has no limits for BTCUSDT/,
  ],
  [
    'a loss limit in a foreign currency',
    `${MINIMAL}[risk.loss_limit]\nUSDC = 5\n`,
    'risk.loss_limit.USDC',
    /did you mean "USDT"/,
  ],
  [
    'a loss limit of nothing',
    `${MINIMAL}[risk.loss_limit]\nUSDT = 0\n`,
    'risk.loss_limit.USDT',
    /is 0; valid is a number above 0/,
  ],
  [
    'room for fewer orders than risk lets through',
    changed('module = "glft"', 'module = "glft"', 'order_capacity = 4'),
    'strategy.order_capacity',
    /valid is at least 8/,
  ],
  ['a server open to others', `${MINIMAL}[host]\naddress = "0.0.0.0"\n`, 'host.token', /others can reach 0\.0\.0\.0/],
  [
    'a recording that is not there',
    `${MINIMAL}[recording]\nfiles = ["none.gz"]\n`,
    'recording.files[0]',
    /\/somewhere\/none\.gz does not exist.*relative to the configuration file/,
  ],
  [
    'a fast recording by the wall clock',
    `${MINIMAL}[recording]\nfiles = ["/dev/null"]\nspeed = "full"\n`,
    'recording.speed',
    /set clock\.source = "venue"/,
  ],
  [
    'two accounts of one name',
    `${MINIMAL}[[account]]\nname = "a"\n[[account]]\nname = "a"\n`,
    'account[1].name',
    /as in account\[0\]/,
  ],
  [
    'an account with a wrong key',
    `${MINIMAL}[[account]]\nname = "a"\n[account.strategy]\nstep = 1\n`,
    'account[0].strategy.step',
    /did you mean "step_ms"/,
  ],
  [
    'an account with a wrong parameter',
    `${MINIMAL}[[account]]\nname = "a"\n[account.strategy.parameters]\ngamma = -1\n`,
    'account[0].strategy.parameters.gamma',
    /is -1; valid is a finite number from/,
  ],
];

describe('a wrong configuration', () => {
  it('is compared with one that is right', () => {
    expect(() => configFrom('/somewhere/host.toml', MINIMAL)).not.toThrow();
  });

  it.each(CASES)('names %s', (_what, toml, key, words) => {
    const error = errorOf(toml);
    expect(error.problems.map((problem) => problem.key)).toEqual([key]);
    expect(error.message).toMatch(words);
    expect(error.message.startsWith(`/somewhere/host.toml: ${key} `)).toBe(true);
  });

  it('has all its problems named at once', () => {
    const toml = changed('lot_size = 0.001', 'lot_size = -1', 'tick = 1').replace('base = "BTC"', 'base = 5');
    expect(problemsOf(toml).map((problem) => problem.key)).toEqual([
      'instrument[0].tick',
      'instrument[0].base',
      'instrument[0].lot_size',
    ]);
  });

  it('that accounts share is named once, where it stands', () => {
    const shared = changed('[risk]', '[strategy.parameters]', 'gamma = -1', '[risk]');
    const toml = `${shared}[[account]]\nname = "a"\n[[account]]\nname = "b"\n[account.strategy.parameters]\nk = -1\n`;
    expect(problemsOf(toml).map((problem) => problem.key)).toEqual([
      'strategy.parameters.gamma',
      'account[1].strategy.parameters.k',
    ]);
  });

  it('that is not TOML has its line and column named', () => {
    const { message } = errorOf('[host]\nport = 1\nport = = 2\n');
    expect(message).toMatch(
      /^\/somewhere\/host\.toml is not TOML at line 3, column \d+ \(.+\); that line reads: port = = 2$/,
    );
  });

  it('that cannot be read has the reason named', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidebook-config-'));
    try {
      expect(() => loadConfig(join(folder, 'none.toml'))).toThrow(/none\.toml does not exist; check the path/);
      expect(() => loadConfig(folder)).toThrow(/is a directory/);
      const file = join(folder, 'closed.toml');
      writeFileSync(file, MINIMAL);
      chmodSync(file, 0o000);
      // The superuser reads it all the same.
      if (process.getuid?.() !== 0) expect(() => loadConfig(file)).toThrow(/cannot be read \(EACCES\)/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
