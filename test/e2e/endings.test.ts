/** Sessions that end early: in order, by SIGKILL, by a full disk; and what goes on in the same journal afterwards. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Kind, OperatorAction } from '#generated/records.ts';
import type { BacktestReport } from '../../host/cli/commands/backtest.ts';
import type { ReplayReport } from '../../host/cli/commands/replay.ts';
import type { Outcome } from '../../host/cli/outcome.ts';
import { countKinds, openOrders, recordsOf } from './journal-records.ts';
import { json, PROGRAM, Running, start, tidebook } from './process.ts';
import type { Finished } from './process.ts';
import { cutRecording, makeWorkplace, writeConfig } from './workplace.ts';

type RunReport = Outcome & { readonly reason: string };

const place = makeWorkplace();
const RUN = ['run', '--port', '0', '--once', '--json'];
let files: string[];

beforeAll(() => {
  files = [cutRecording(place, 'btcusdt', 40), cutRecording(place, 'ethusdt', 40)];
});

let served = 0;
/**
 * A configuration with the clock of the wall for a venue that begins its recording with the first subscriber. The grid
 * quotes at once, while the demo's strategy would wait longer for its volatility than these sessions last.
 */
async function wallConfig(speed: number, segmentMegabytes = 16): Promise<string> {
  const server = start('serve-recording', ...files, '--port', '0', '--speed', String(speed));
  const [, websocketUrl = '', restUrl = ''] = await server.said(/websocket_url = "(.*)"\nrest_url = "(.*)"/);
  return writeConfig(place, `wall-${++served}`, {
    clock: 'wall',
    venue: { websocketUrl, restUrl },
    strategy: 'grid',
    parameters: 'distance_ticks = 5\nfollow_ticks = 5',
    replace: [
      ['step_ms = 100', 'step_ms = 20'],
      ['[journal]', `[journal]\nsegment_megabytes = ${segmentMegabytes}`],
    ],
  });
}

function hashes({ inputHash, commandHash, stateHash }: Outcome) {
  return { inputHash, commandHash, stateHash };
}

describe('SIGTERM in mid-session', () => {
  const journal = join(place, 'term');
  let ended: Finished;
  let second: Finished;

  beforeAll(async () => {
    const config = writeConfig(place, 'venue-clock', { files });
    const run = start(...RUN, '--config', config, '--speed', '4', '--journal', journal);
    await run.status(({ accounts }) => (accounts[0]?.orders ?? []).some(({ state }) => state === 'live'));
    second = await tidebook(...RUN, '--config', await wallConfig(4), '--journal', journal);
    await run.status(({ accounts }) => accounts[0]!.orders.some(({ state }) => state === 'live'));
    run.child.kill('SIGTERM');
    ended = await run.finished;
  });

  it('cancels own orders at the venue, seals the journal and ends with 0', () => {
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('SIGTERM: cancelling orders and closing the journal');
    expect((JSON.parse(ended.stdout) as RunReport).reason).toBe('the operator sent SIGTERM');
    const derived = recordsOf(journal, 'derived');
    expect(openOrders(derived)).toEqual([]);
    const inputs = recordsOf(journal, 'inputs');
    let shutdownNs = 0n;
    for (let i = 0; i < inputs.capacity; i++) {
      if (inputs.kind(i) === Kind.operator && inputs.ival(i) === OperatorAction.shutdown)
        shutdownNs = inputs.localTs(i);
    }
    expect(shutdownNs).toBeGreaterThan(0n);
    let cancelled = 0;
    for (let i = 0; i < derived.capacity; i++) {
      if (derived.kind(i) === Kind.orderCancelled && derived.localTs(i) > shutdownNs) cancelled++;
    }
    expect(cancelled).toBeGreaterThan(0);
    expect(readFileSync(join(journal, 'manifest.jsonl'), 'utf8').trim().split('\n').at(-1)).toContain(
      '"event":"sealed"',
    );
    expect(readdirSync(journal)).not.toContain('lock');
  });

  it('leaves a journal that replays and backtests to its hashes', async () => {
    const report = JSON.parse(ended.stdout) as RunReport;
    const [replayed, tested] = await Promise.all([
      json<ReplayReport>('replay', journal, '--verify'),
      json<BacktestReport>('backtest', journal),
    ]);
    expect(replayed.equal).toBe(true);
    expect(replayed.notes).toEqual([]);
    expect(hashes(replayed)).toEqual(hashes(report));
    expect(hashes(tested)).toEqual(hashes(report));
  });

  it('is not disturbed by a second host, which is told whose journal it is', () => {
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(
      /tidebook: the journal is in use by process \d+, taken .*; stop that one, choose another journal directory, or/,
    );
    expect(second.stdout).toBe('');
  });
});

describe('SIGKILL in mid-session', () => {
  const journal = join(place, 'kill');
  let killed: Finished;
  let seen = 0;
  let cutOff: ReplayReport;
  let continued: RunReport;

  beforeAll(async () => {
    const run = start(...RUN, '--config', await wallConfig(10, 1), '--journal', journal);
    ({ records: seen } = await run.status(
      (status) =>
        status.records > 30_000 &&
        status.accounts[0]!.orders.length > 0 &&
        readdirSync(journal).includes('snapshot-000002.tide'),
    ));
    run.child.kill('SIGKILL');
    killed = await run.finished;
    cutOff = await json<ReplayReport>('replay', journal);
    continued = await json<RunReport>(...RUN.slice(0, -1), '--config', await wallConfig(20), '--journal', journal);
  });

  it('loses at most what was not yet handed to the operating system', () => {
    expect(killed.signal).toBe('SIGKILL');
    expect(cutOff.equal).toBe(true);
    expect(cutOff.firstDifference).toBeNull();
    expect(cutOff.notes.join('\n')).toContain(`${journal} was not closed`);
    // Records wait for 50 ms at most: a tenth of what came in a second is more than that.
    expect(cutOff.records).toBeGreaterThan(seen - 5000);
    expect(cutOff.decisions).toBeGreaterThan(10);
  });

  it('is followed by a session that goes on in the same journal', async () => {
    expect(continued.records).toBeGreaterThan(cutOff.records + 100_000);
    expect(continued.decisions).toBeGreaterThan(cutOff.decisions);
    // It began from a snapshot, not from the first record.
    expect(readdirSync(journal).some((name) => name.startsWith('snapshot-'))).toBe(true);
    const [replayed, tested] = await Promise.all([
      json<ReplayReport>('replay', journal, '--verify'),
      json<BacktestReport>('backtest', journal),
    ]);
    expect(replayed.firstDifference).toBeNull();
    expect(replayed.equal).toBe(true);
    expect(hashes(replayed)).toEqual(hashes(continued));
    expect(hashes(tested)).toEqual(hashes(continued));
    expect(openOrders(recordsOf(journal, 'derived'))).toEqual([]);
  });

  it('replays from the oldest segment that is left where those before it are retired', async () => {
    const retired = join(place, 'retired');
    cpSync(journal, retired, { recursive: true });
    rmSync(join(retired, 'segment-000001.tide'));
    const replayed = await json<ReplayReport>('replay', retired, '--verify');
    expect(replayed.equal).toBe(true);
    expect(hashes(replayed)).toEqual(hashes(continued));
    rmSync(join(retired, 'snapshot-000002.tide'));
    expect((await tidebook('replay', retired)).stderr).toContain('the segments before 2 are retired');
  });
});

describe('a session with the clock of the wall', () => {
  const journal = join(place, 'wall');

  it('trades on a recording at 20 times its speed, and replays and backtests to its hashes', async () => {
    const report = await json<RunReport>(...RUN.slice(0, -1), '--config', await wallConfig(20), '--journal', journal);
    expect(report.reason).toBe('the recording is over');
    expect(report.commands).toBeGreaterThan(0);
    const inputs = recordsOf(journal, 'inputs');
    for (let i = 1; i < inputs.capacity; i++)
      if (inputs.localTs(i) < inputs.localTs(i - 1)) expect(i).toBe('a later time');
    expect(openOrders(recordsOf(journal, 'derived'))).toEqual([]);
    const [replayed, tested] = await Promise.all([
      json<ReplayReport>('replay', journal, '--verify'),
      json<BacktestReport>('backtest', journal),
    ]);
    expect(replayed.firstDifference).toBeNull();
    expect(hashes(replayed)).toEqual(hashes(report));
    expect(hashes(tested)).toEqual(hashes(report));
  });
});

describe('a host that was killed before it had written anything', () => {
  it('is followed by one that begins the journal anew', async () => {
    const journal = join(place, 'nothing-yet');
    mkdirSync(journal);
    writeFileSync(join(journal, 'segment-000001.tide'), '');
    const report = await json<RunReport>(...RUN.slice(0, -1), '--config', await wallConfig(20), '--journal', journal);
    expect(report.records).toBeGreaterThan(1000);
    expect((await json<ReplayReport>('replay', journal, '--verify')).equal).toBe(true);
  });
});

describe('other settings for the same journal', () => {
  it('hold from its first record on, whatever snapshots the former ones left', async () => {
    const journal = join(place, 'changed-settings');
    await json<RunReport>(...RUN.slice(0, -1), '--config', await wallConfig(20, 1), '--journal', journal);
    expect(readdirSync(journal).some((name) => name.startsWith('snapshot-'))).toBe(true);
    const config = await wallConfig(20, 1);
    writeFileSync(config, readFileSync(config, 'utf8').replace('distance_ticks = 5', 'distance_ticks = 9'));
    const report = await json<RunReport>(...RUN.slice(0, -1), '--config', config, '--journal', journal);
    const tested = await json<BacktestReport>('backtest', journal, '--config', config);
    expect(hashes(tested)).toEqual(hashes(report));
  });
});

describe('a disk that takes no more', () => {
  const journal = join(place, 'full-disk');

  it('ends the session with what to do; the journal is whole, and the next session continues it', async () => {
    const options = `${RUN.join(' ')} --config ${await wallConfig(20)} --journal ${journal}`;
    const command = `ulimit -f 3000; exec ${process.execPath} ${PROGRAM} ${options}`;
    const { code, stderr } = await new Running('bash', ['-c', command]).finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /tidebook: \S+segment-000001\.tide cannot be written \(EFBIG.*\); it is whole up to byte \d+, input record \d+; check the disk, then start again/,
    );
    const cutOff = await json<ReplayReport>('replay', journal);
    expect(cutOff.equal).toBe(true);
    expect(cutOff.records).toBeGreaterThan(10_000);
    expect(countKinds(recordsOf(journal, 'inputs'))['depth']).toBeGreaterThan(1000);
    const continued = await json<RunReport>(
      ...RUN.slice(0, -1),
      '--config',
      await wallConfig(20),
      '--journal',
      journal,
    );
    expect(continued.records).toBeGreaterThan(cutOff.records);
    const replayed = await json<ReplayReport>('replay', journal, '--verify');
    expect(replayed.equal).toBe(true);
    expect(hashes(replayed)).toEqual(hashes(continued));
  });
});
