/** A right configuration: what the host gets from it, what the command line changes, and the two files that come with it. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { FEATURES } from '#generated/features.ts';
import { configFrom, loadConfig } from '../../host/cli/config/load.ts';
import { applyOverrides } from '../../host/cli/config/overrides.ts';
import { resolveSession } from '../../host/cli/config/resolve.ts';
import { BUILT_IN_STRATEGIES } from '../../host/cli/config/strategies.ts';
import { resolveParameters } from '../../host/engine/load-strategy.ts';
import { checkLimits } from '../../host/risk/limits.ts';
import { Session } from '../../host/session/session.ts';
import { MINIMAL, changed } from './config-support.ts';

const FILE = '/somewhere/host.toml';

describe('a configuration', () => {
  it('has defaults for what it leaves out', () => {
    const config = configFrom(FILE, MINIMAL);
    expect(config.host).toEqual({ mode: 'paper', address: '127.0.0.1', port: 8787, token: null, statusMs: 250 });
    expect(config.journal).toEqual({
      directory: '/somewhere/journal',
      flushMs: 20,
      segmentBytes: 16_777_216,
      segmentNs: null,
      retainSegments: null,
    });
    expect(config.recording).toBeNull();
    expect(config.venues).toEqual([
      {
        name: 'binance-usdm',
        id: 'binance-usdm',
        websocketUrl: 'wss://venue.example',
        restUrl: 'https://venue.example',
        channels: null,
      },
    ]);
    const { instruments, features, accounts } = config.session;
    expect(instruments[0]).toMatchObject({
      kind: 'linear',
      bridgedIds: true,
      makerFeeRate: 0.0002,
      takerFeeRate: 0.0005,
    });
    expect(features.map((f) => f.kind)).toEqual(FEATURES.map((kind) => kind.name));
    expect(accounts.map((a) => [a.name, a.strategy, a.instruments])).toEqual([['main', 'glft', [0]]]);
  });

  it('becomes a session that can be built, with limits that risk accepts', () => {
    const session = resolveSession(configFrom(FILE, MINIMAL), 5n);
    expect(session.epochNs).toBe('5');
    expect(() => checkLimits(session.accounts[0]!.risk, ['USDT'])).not.toThrow();
    const kernels = new WebAssembly.Module(readFileSync('build/kernels.wasm'));
    expect(new Session({ kernels, config: session, strategies: BUILT_IN_STRATEGIES }).accounts).toHaveLength(1);
  });

  it('names features and their parameters as they are written in TOML', () => {
    const toml = `${MINIMAL}
[[feature]]
kind = "realisedVolatility"
[[feature]]
kind = "ofi"
name = "slowOfi"
instrument = "BTCUSDT"
parameters = { window_ms = 60000, buckets = 60 }
`;
    expect(configFrom(FILE, toml).session.features).toEqual([
      { kind: 'realisedVolatility', name: 'realisedVolatility', instrument: 0, parameters: {} },
      { kind: 'ofi', name: 'slowOfi', instrument: 0, parameters: { windowMs: 60000, buckets: 60 } },
    ]);
  });

  it('lays the keys of an account over those of the file', () => {
    const toml = `${changed('[risk]', 'step_ms = 250', '[strategy.parameters]', 'gamma = 2', 'k = 500', '[risk]', 'loss_limit = { USDT = 9 }')}
[[account]]
name = "plain"
[[account]]
name = "bold"
[account.strategy.parameters]
gamma = 0.1
[account.risk]
loss_limit = { USDT = 90 }
[[account.risk.instrument]]
symbol = "BTCUSDT"
max_order_lots = 7
max_position_lots = 8
[account.simulation]
queue_model = "log"
[[account]]
name = "other"
[account.strategy]
module = "grid"
`;
    const [plain, bold, other] = configFrom(FILE, toml).session.accounts;
    expect(plain!.parameters).toEqual({ gamma: 2, k: 500 });
    expect(plain!.risk.account.lossLimits).toEqual([{ settle: 'USDT', amount: 9 }]);
    expect(bold!.parameters).toEqual({ gamma: 0.1, k: 500 });
    expect(bold!.stepMs).toBe(250);
    expect(bold!.risk.account.lossLimits).toEqual([{ settle: 'USDT', amount: 90 }]);
    expect(bold!.risk.instruments).toEqual([{ maxOrderLots: 7, maxPositionLots: 8, collarBps: 50, maxOpenOrders: 4 }]);
    expect(bold!.simulation).toEqual({ ...plain!.simulation, queueModel: 'log' });
    expect(other!.strategy).toBe('grid');
    expect(other!.parameters).toEqual({});
    expect(configFrom(FILE, toml).strategies.map((s) => s.module)).toEqual(['glft', 'grid']);
  });
});

describe('the command line', () => {
  const config = loadConfig('config/demo.toml');

  it('changes what it names and nothing else', () => {
    expect(applyOverrides(config, {})).toEqual(config);
    const changedConfig = applyOverrides(config, { port: 0, speed: 'full', journalDirectory: 'x' });
    expect(changedConfig.host.port).toBe(0);
    expect(changedConfig.recording).toEqual({ ...config.recording, speed: 'full' });
    expect(changedConfig.journal.directory).toBe(resolve('x'));
    expect(changedConfig.session).toEqual(config.session);
  });

  it('is checked by the same rules', () => {
    expect(() => applyOverrides(config, { port: 70000 })).toThrow(
      /command line: --port is 70000; valid is a whole number from 0/,
    );
    expect(() => applyOverrides(config, { speed: -1 })).toThrow(/--speed is -1; valid is a number above 0, or "full"/);
    expect(() => applyOverrides(config, { address: '0.0.0.0' })).toThrow(/--address is "0.0.0.0" without a token/);
    const live = configFrom(FILE, MINIMAL);
    expect(() => applyOverrides(live, { speed: 2 })).toThrow(/--speed is given, but there is no recording/);
    expect(() => applyOverrides(live, { recordingFiles: ['a.gz'], speed: 2 })).toThrow(/set clock\.source = "venue"/);
  });

  it('can put recordings in the place of the venue', () => {
    const replayed = applyOverrides(configFrom(FILE, MINIMAL), { recordingFiles: ['a.gz'] });
    expect(replayed.recording).toEqual({ files: [resolve('a.gz')], speed: 1, fastForwardSeconds: 0 });
    expect(replayed.venues[0]!.websocketUrl).toBeNull();
  });
});

describe('the configurations that come with the host', () => {
  it('are valid, with parameters that their strategy takes', () => {
    for (const file of ['config/demo.toml', 'config/binance-usdm.toml']) {
      for (const account of loadConfig(file).session.accounts) {
        const strategy = BUILT_IN_STRATEGIES.get(account.strategy)!;
        expect(() => resolveParameters(strategy, account.parameters)).not.toThrow();
      }
    }
  });

  it('differ in addresses, clock, recording and the place of the journal only', () => {
    const [demo, real] = ['config/demo.toml', 'config/binance-usdm.toml'].map((file) => {
      const sections = parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
      const venues = sections['venue'] as Record<string, unknown>[];
      const urls = venues.map((venue) => [venue['websocket_url'], venue['rest_url']]);
      for (const venue of venues) {
        delete venue['websocket_url'];
        delete venue['rest_url'];
      }
      const { clock, recording, journal, ...rest } = sections;
      return { clock, recording, journal: journal as Record<string, unknown>, urls, rest };
    });
    expect(demo!.rest).toEqual(real!.rest);
    expect(Object.keys(demo!.journal)).toEqual(['directory']);
    expect(Object.keys(real!.journal)).toEqual(['directory']);
    expect(demo!.urls).toEqual([[undefined, undefined]]);
    expect(real!.urls).toEqual([['wss://fstream.binance.com/public', 'https://fapi.binance.com']]);
    expect(demo!.clock).toEqual({ source: 'venue', feed_latency_ms: 2 });
    expect(real!.clock).toEqual({ source: 'wall', feed_latency_ms: 2 });
    expect(real!.recording).toBeUndefined();
  });
});
