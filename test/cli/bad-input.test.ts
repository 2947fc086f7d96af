/** What is wrong on the command line, in files and on the machine is said in one sentence with the remedy, with its exit code. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, start, tidebook } from '../e2e/process.ts';
import type { Finished } from '../e2e/process.ts';
import { cutRecording, makeWorkplace, writeConfig } from '../e2e/workplace.ts';
import type { ConfigChanges } from '../e2e/workplace.ts';

const FAILED = 1;
const USAGE = 2;

const place = makeWorkplace();
const at = (name: string) => join(place, name);
let btc: string;

beforeAll(() => {
  btc = cutRecording(place, 'btcusdt', 2);
});

/** Nothing on stdout, this on stderr, this exit code. */
function expectRefusal(finished: Finished, code: number, sentence: RegExp): void {
  expect(finished.stderr).toMatch(sentence);
  expect(finished.stdout).toBe('');
  expect(finished.code).toBe(code);
}

describe('the command line', () => {
  it.each([
    ['an unknown command', ['quote'], /unknown command 'quote'/],
    ['an unknown option', ['run', '--sped', '3'], /unknown option '--sped'\n\(Did you mean --speed\?\)/],
    [
      'no port',
      ['run', '--port', '70000'],
      /'70000' is invalid\. give a whole number from 0 \(any free port\) to 65535/,
    ],
    ['no speed', ['run', '--speed', 'fast'], /'fast' is invalid\. give a number above 0 .* or "full"/],
    [
      'no seconds',
      ['serve-recording', '--port', '0', '--fast-forward', 'abc', 'x.log'],
      /'abc' is invalid\. give a number of seconds from 0/,
    ],
    ['a missing argument', ['replay'], /missing required argument 'dir'/],
    ['a missing option', ['import', 'x.log'], /required option '--from <format>' not specified/],
    [
      'an unknown format',
      ['import', '--from', 'csv', '--to', 'x', 'x.log'],
      /'csv' is invalid\. Allowed choices are binance-log/,
    ],
  ])('with %s ends with 2 and names what is valid', async (_, args, sentence) => {
    const finished = await tidebook(...args);
    expectRefusal(finished, USAGE, sentence);
    expect(finished.stderr).toContain('(tidebook COMMAND --help explains it)');
  });
});

describe('a configuration', () => {
  const refused = (path: string) => tidebook('run', '--config', path, '--port', '0', '--once', '--json');

  it('that is missing is named', async () => {
    expectRefusal(
      await refused(at('nowhere.toml')),
      USAGE,
      /nowhere\.toml does not exist; check the path, or start from config\/demo\.toml\n$/,
    );
  });

  it('that is no TOML is named with its line', async () => {
    writeFileSync(at('no.toml'), '[host]\nport = = 1\n');
    expectRefusal(
      await refused(at('no.toml')),
      USAGE,
      /no\.toml is not TOML at line 2, column 8 .*that line reads: port = = 1\n$/,
    );
  });

  it('with an unknown key is told its like', async () => {
    const path = writeConfig(place, 'unknown-key', { replace: [['port = 8787', 'prot = 8787']] });
    expectRefusal(
      await refused(path),
      USAGE,
      /unknown-key\.toml: host\.prot is not a key of host \(its value is 8787\); valid is one of .*; did you mean "port"\?\n$/,
    );
  });

  it('with a wrong value is told what is valid', async () => {
    const path = writeConfig(place, 'wrong-value', { replace: [['lot_size = 0.001', 'lot_size = "small"']] });
    expectRefusal(
      await refused(path),
      USAGE,
      /wrong-value\.toml: instrument\[0\]\.lot_size is "small"; valid is .*\n$/,
    );
  });

  it('with the clock of the wall has no recording at full speed', async () => {
    const path = writeConfig(place, 'wall', { clock: 'wall', files: [btc] });
    const finished = await tidebook('run', '--config', path, '--speed', 'full', '--port', '0', '--once');
    expectRefusal(finished, USAGE, /speed is "?full"? while clock\.source is "wall".*set clock\.source = "venue"/);
  });
});

describe('a strategy', () => {
  const files = () => [btc];
  async function session(name: string, source: string, changes: ConfigChanges = {}): Promise<Finished> {
    writeFileSync(at(`${name}.ts`), source);
    const config = writeConfig(place, name, { files: files(), strategy: `./${name}.ts`, parameters: '', ...changes });
    return tidebook(
      'run',
      '--config',
      config,
      '--speed',
      'full',
      '--port',
      '0',
      '--once',
      '--journal',
      at(`journal-${name}`),
    );
  }

  it('that is not there is named', async () => {
    const config = writeConfig(place, 'absent', { files: files(), strategy: './absent.ts', parameters: '' });
    expectRefusal(
      await tidebook('run', '--config', config, '--port', '0'),
      USAGE,
      /strategy\.module is "\.\/absent\.ts".*absent\.ts does not exist; valid is/,
    );
  });

  it('that cannot be compiled is named with its line', async () => {
    expectRefusal(
      await session('syntax', 'export default {\n'),
      FAILED,
      /^tidebook: strategy .*syntax\.ts cannot be bundled: .*\(syntax\.ts:2\)\n$/,
    );
  });

  it('that throws when it is loaded is named', async () => {
    expectRefusal(
      await session('throws', "throw new Error('no luck');"),
      FAILED,
      /^tidebook: strategy .*throws\.ts cannot be loaded: no luck\n$/,
    );
  });

  it('without a default export is named', async () => {
    expectRefusal(
      await session('nameless', 'export const strategy = 1;'),
      FAILED,
      /^tidebook: strategy .*nameless\.ts cannot be loaded: the module is not a strategy: default export is undefined; valid is an object that follows the interface Strategy\n$/,
    );
  });

  it('is refused a parameter that it does not declare, with the configuration that gives it', async () => {
    const source = `import grid from ${JSON.stringify(`${ROOT}host/engine/strategies/grid.ts`)};
export default { ...grid, name: 'strict', parameters: {} };`;
    expectRefusal(
      await session('strict', source, { parameters: 'distance_ticks = 3' }),
      USAGE,
      /strict\.toml: strategy\.parameters of account main cannot be used: strategy strict has no parameter "distance_ticks" \(given: 3\); it has: none\n$/,
    );
  });

  it('that reads the clock is stopped with what to use instead, while the recording goes on into a closed journal', async () => {
    const source = `import grid from ${JSON.stringify(`${ROOT}host/engine/strategies/grid.ts`)};
export default { ...grid, init(...args) { const { memory } = grid.init(...args); return { memory, decide: () => Date.now() }; } };`;
    const { code, stderr } = await session('clocked', source);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /strategy grid failed in decision 1: Date is not for strategies: a decision has no clock; use wake\.timeNs; its orders are cancelled/,
    );
    expect(
      readFileSync(join(at('journal-clocked'), 'manifest.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .at(-1),
    ).toContain('"event":"sealed"');
    expect(existsSync(join(at('journal-clocked'), 'lock'))).toBe(false);
  });
});

describe('a recording', () => {
  beforeAll(() => {
    writeFileSync(at('empty.log'), '');
    writeFileSync(at('foreign.log'), 'time,price\n1,2\n');
    mkdirSync(at('folder'));
  });

  it.each([
    ['missing', 'nowhere.log', /nowhere\.log: there is no such file; check the path\n$/],
    ['empty', 'empty.log', /empty\.log: the recording is empty; name a file with frames\n$/],
    [
      'foreign',
      'foreign.log',
      /foreign\.log, line 1: no local time at the start of the line; a recording has lines of /,
    ],
    ['a directory', 'folder', /folder: this is a directory; name the files in it\n$/],
  ])('that is %s is refused by import and serve-recording', async (_, name, sentence) => {
    const [imported, served] = await Promise.all([
      tidebook('import', '--from', 'binance-log', '--to', at(`import-${name}`), at(name)),
      tidebook('serve-recording', at(name), '--port', '0'),
    ]);
    expectRefusal(imported, FAILED, sentence);
    expectRefusal(served, FAILED, sentence);
    expect(existsSync(at(`import-${name}`))).toBe(false);
  });

  it('of another symbol than the configured ones is refused', async () => {
    const other = at('other.log');
    writeFileSync(other, readFileSync(btc, 'utf8').replaceAll('btcusdt', 'solusdt').replaceAll('BTCUSDT', 'SOLUSDT'));
    const imported = await tidebook('import', '--from', 'binance-log', '--to', at('import-other'), other);
    expectRefusal(
      imported,
      FAILED,
      /other\.log: holds SOLUSDT, which is not among the configured instruments; add an \[\[instrument\]\] for it\n$/,
    );
    expect(existsSync(at('import-other'))).toBe(false);
  });

  it('that is cut off ends run and import with its place, and leaves no half import', async () => {
    const cut = at('cut.gz');
    writeFileSync(cut, readFileSync(`${ROOT}recordings/binance-usdm/btcusdt_20240808.gz`).subarray(0, 100_000));
    const sentence =
      /tidebook: \S+cut\.gz, line \d+: cannot be read on: .*; the file is cut off or damaged; copy it again\n$/;
    const config = writeConfig(place, 'cut', { files: [cut] });
    const [imported, run] = await Promise.all([
      tidebook('import', '--from', 'binance-log', '--to', at('import-cut'), '--config', config, cut),
      tidebook('run', '--config', config, '--speed', 'full', '--port', '0', '--journal', at('journal-cut')),
    ]);
    expectRefusal(imported, FAILED, sentence);
    expect(existsSync(at('import-cut'))).toBe(false);
    expect(run.stderr).toMatch(sentence);
    expect(run.code).toBe(FAILED);
    expect(readFileSync(join(at('journal-cut'), 'manifest.jsonl'), 'utf8')).toContain('"event":"sealed"');
  });

  it('is not imported into a directory that holds something', async () => {
    expectRefusal(
      await tidebook('import', '--from', 'binance-log', '--to', place, btc),
      USAGE,
      /tidebook: \S+ is not empty; import into a new directory\n$/,
    );
  });
});

describe('a port', () => {
  const server = createServer();
  let taken: number;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    taken = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.close();
  });

  it('that is taken is named, nothing is begun and nothing keeps running', async () => {
    const config = writeConfig(place, 'taken', { files: [btc] });
    const [run, served] = await Promise.all([
      tidebook('run', '--config', config, '--port', String(taken), '--journal', at('journal-taken')),
      tidebook('serve-recording', btc, '--port', String(taken)),
    ]);
    expectRefusal(
      run,
      FAILED,
      new RegExp(
        `^tidebook: port ${taken} of 127\\.0\\.0\\.1 is taken; stop the program that uses it, or choose another one with --port`,
      ),
    );
    expectRefusal(
      served,
      FAILED,
      new RegExp(
        `^tidebook: port ${taken} of 127\\.0\\.0\\.1 is taken; choose another with --port, or 0 for any free one\n$`,
      ),
    );
    expect(existsSync(at('journal-taken'))).toBe(false);
  });
});

describe('a journal directory', () => {
  it('that cannot be made is named', async () => {
    const config = writeConfig(place, 'no-directory', { files: [btc] });
    const { code, stderr, stdout } = await tidebook(
      'run',
      '--config',
      config,
      '--speed',
      'full',
      '--port',
      '0',
      '--once',
      '--journal',
      join(btc, 'journal'),
    );
    expect(stderr).toMatch(/tidebook: \S+journal cannot be made \(ENOTDIR.*\); give another journal directory\n$/);
    expect(stdout).toBe('');
    expect(code).not.toBe(0);
  });

  it('of a recording cannot be continued by a second one', async () => {
    const config = writeConfig(place, 'again', { files: [btc] });
    const args = [
      'run',
      '--config',
      config,
      '--speed',
      'full',
      '--port',
      '0',
      '--once',
      '--journal',
      at('journal-again'),
    ];
    expect((await start(...args).finished).code).toBe(0);
    expectRefusal(
      await tidebook(...args),
      USAGE,
      /journal-again holds a journal already, .*give a new --journal directory\n$/,
    );
  });
});
