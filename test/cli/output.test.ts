/** What scripts rely on: help everywhere, one JSON object on stdout, everything else on stderr. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { start, tidebook } from '../e2e/process.ts';
import { cutRecording, makeWorkplace, writeConfig } from '../e2e/workplace.ts';

const COMMANDS = ['run', 'serve-recording', 'import', 'replay', 'backtest', 'doctor'];

describe('--help', () => {
  it('lists every command and the exit codes', async () => {
    const { code, stdout, stderr } = await tidebook('--help');
    expect(code).toBe(0);
    expect(stderr).toBe('');
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} .*\\S`, 'm'));
    expect(stdout).toMatch(
      /Exit codes: 0 done, 1 failed .*, 2 command line or configuration not valid, 3 not equal or not fit\.$/m,
    );
  });

  it.each(COMMANDS)('of %s explains every option', async (command) => {
    const { code, stdout, stderr } = await tidebook(command, '--help');
    expect(code).toBe(0);
    expect(stderr).toBe('');
    expect(stdout).toMatch(new RegExp(`^Usage: tidebook ${command} `));
    const options = stdout
      .slice(stdout.indexOf('Options:'))
      .split('\n')
      .slice(1)
      .filter((line) => line.trim().startsWith('-'));
    expect(options.length).toBeGreaterThan(1);
    for (const line of options) expect(line).toMatch(/^ {2}(-\w, )?--[\w-]+( <[\w-]+>)?( {2,}\S.*|)$/);
    expect(stdout).toContain('--json');
  });
});

describe('--version', () => {
  it('prints the version alone', async () => {
    expect(await tidebook('--version')).toMatchObject({ code: 0, stderr: '' });
    expect((await tidebook('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('--json', () => {
  const place = makeWorkplace();
  let btc: string;
  let config: string;
  const journal = join(place, 'journal');

  beforeAll(() => {
    btc = cutRecording(place, 'btcusdt', 5);
    config = writeConfig(place, 'output', { files: [btc] });
  });

  /** The one object on the one line. */
  function only(stdout: string): Record<string, unknown> {
    expect(stdout.endsWith('\n')).toBe(true);
    expect(stdout.trimEnd()).not.toContain('\n');
    const value: unknown = JSON.parse(stdout);
    expect(value).toBeTypeOf('object');
    return value as Record<string, unknown>;
  }

  const OUTCOME = [
    'records',
    'decisions',
    'commands',
    'fills',
    'position',
    'pnl',
    'fees',
    'inputHash',
    'commandHash',
    'stateHash',
    'kernelsSha256',
    'seconds',
  ];

  it('gives one object for run, replay, backtest and import, with logs on stderr', async () => {
    const run = await tidebook(
      'run',
      '--config',
      config,
      '--speed',
      'full',
      '--journal',
      journal,
      '--port',
      '0',
      '--once',
      '--json',
      '--log-level',
      'debug',
    );
    expect(run.code).toBe(0);
    expect(Object.keys(only(run.stdout))).toEqual(expect.arrayContaining([...OUTCOME, 'journal', 'reason']));
    expect(run.stderr).toContain('"msg":"subscribed"');
    const [replayed, tested, imported] = await Promise.all([
      tidebook('replay', journal, '--json'),
      tidebook('backtest', journal, '--json'),
      tidebook('import', '--from', 'binance-log', '--to', join(place, 'imported'), '--config', config, btc, '--json'),
    ]);
    expect(Object.keys(only(replayed.stdout))).toEqual(
      expect.arrayContaining([...OUTCOME, 'equal', 'comparable', 'firstDifference']),
    );
    expect(Object.keys(only(tested.stdout))).toEqual(expect.arrayContaining([...OUTCOME, 'accounts']));
    expect(only(imported.stdout)).toMatchObject({ directory: join(place, 'imported'), unreadable: 0 });
    for (const { code, stderr } of [replayed, tested, imported]) {
      expect(code).toBe(0);
      expect(stderr).toBe('');
    }
  });

  it('gives one object for doctor and, when it is ended, for serve-recording', async () => {
    const doctor = await tidebook('doctor', '--json');
    expect(only(doctor.stdout)['checks']).toBeInstanceOf(Array);
    expect(doctor.code).toBe(only(doctor.stdout)['ok'] === true ? 0 : 3);
    const server = start('serve-recording', btc, '--port', '0', '--json');
    const [, url = ''] = await server.said(/rest_url = "(.*)"/);
    expect(((await (await fetch(`${url}/fapi/v1/time`)).json()) as { serverTime: number }).serverTime).toBeGreaterThan(
      0,
    );
    await server.said(/symbols BTCUSDT/);
    server.child.kill('SIGTERM');
    const { code, stdout } = await server.finished;
    expect(code).toBe(0);
    expect(only(stdout)).toMatchObject({ isComplete: false, sentFrames: 0 });
  });
});
