/** One paper session over the socket, at two speeds, and everything that must come out of its journal again. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Kind } from '#generated/records.ts';
import type { BacktestReport } from '../../host/cli/commands/backtest.ts';
import type { ImportReport } from '../../host/cli/commands/import.ts';
import type { ReplayReport } from '../../host/cli/commands/replay.ts';
import type { Outcome } from '../../host/cli/outcome.ts';
import { countKinds, openOrders, recordsOf, without } from './journal-records.ts';
import { json, start } from './process.ts';
import type { Finished, Status } from './process.ts';
import { cutRecording, makeWorkplace, writeConfig } from './workplace.ts';

type RunReport = Outcome & { readonly journal: string; readonly reason: string };

const RECORDED_SECONDS = 40;
const place = makeWorkplace();
const full = join(place, 'full');
const paced = join(place, 'paced');

/** What two runs of one journal must agree on: all but where and how fast. */
function comparable(outcome: Outcome) {
  const {
    records,
    decisions,
    commands,
    fills,
    denials,
    rejections,
    position,
    pnl,
    fees,
    inputHash,
    commandHash,
    stateHash,
  } = outcome;
  return {
    records,
    decisions,
    commands,
    fills,
    denials,
    rejections,
    position,
    pnl,
    fees,
    inputHash,
    commandHash,
    stateHash,
  };
}

describe('a paper session on a recording', () => {
  let config: string;
  let files: string[];
  let atFullSpeed: RunReport;
  let atOtherSpeed: RunReport;
  let ended: Status;
  let finished: Finished;

  beforeAll(async () => {
    files = [cutRecording(place, 'btcusdt', RECORDED_SECONDS), cutRecording(place, 'ethusdt', RECORDED_SECONDS)];
    config = writeConfig(place, 'session', { files });
    // At full speed the dashboard stays open, so that the API can be asked about what is over.
    const open = start('run', '--config', config, '--speed', 'full', '--journal', full, '--port', '0', '--json');
    const other = json<RunReport>(
      'run',
      '--config',
      config,
      '--speed',
      '12',
      '--journal',
      paced,
      '--port',
      '0',
      '--once',
    );
    ended = await open.status((status) => status.ended !== null);
    open.child.kill('SIGTERM');
    finished = await open.finished;
    atFullSpeed = JSON.parse(finished.stdout) as RunReport;
    atOtherSpeed = await other;
  });

  it('trades, and ends with the recording and exit code 0', () => {
    expect(finished.code).toBe(0);
    expect(atFullSpeed.reason).toBe('the recording is over');
    expect(atFullSpeed.journal).toBe(full);
    expect(atFullSpeed.fills).toBeGreaterThan(0);
    expect(atFullSpeed.commands).toBeGreaterThan(10);
    expect(atFullSpeed.records).toBeGreaterThan(100_000);
    expect(finished.stderr).toContain('the session is over; the dashboard stays open until Ctrl-C');
  });

  it('gives one set of hashes at both speeds, to the last record of the journal', () => {
    expect(comparable(atOtherSpeed)).toEqual(comparable(atFullSpeed));
    for (const type of ['inputs', 'derived'] as const) {
      const one = recordsOf(full, type);
      expect(one.capacity).toBeGreaterThan(1000);
      expect(Buffer.compare(recordsOf(paced, type).bytes, one.bytes)).toBe(0);
    }
  });

  it('tells the hashes of the end, its reason, and live books until then', () => {
    expect(ended.hashes.inputHash).toBe(atFullSpeed.inputHash);
    expect(ended.hashes.commandHash).toBe(atFullSpeed.commandHash);
    expect(ended.records).toBe(atFullSpeed.records);
    expect(ended.ended?.reason).toBe('the recording is over');
    expect(ended.instruments.map((x) => [x.symbol, x.bookState])).toEqual([
      ['BTCUSDT', 'live'],
      ['ETHUSDT', 'live'],
    ]);
    expect(ended.accounts[0]!.orders).toEqual([]);
  });

  it('leaves no own order open', () => {
    const derived = recordsOf(full, 'derived');
    expect(openOrders(derived)).toEqual([]);
    expect(countKinds(derived)['orderCancelled']).toBeGreaterThan(0);
  });

  it('is sealed with its hashes', () => {
    const lines = readFileSync(join(full, 'manifest.jsonl'), 'utf8').trim().split('\n');
    const last = JSON.parse(lines.at(-1) ?? '') as { readonly event: string; readonly hashes: unknown };
    expect(last.event).toBe('sealed');
    const { inputHash, commandHash, stateHash } = atFullSpeed;
    expect(last.hashes).toEqual({ inputHash, commandHash, stateHash });
  });

  it('replays and backtests to the same hashes and counts', async () => {
    const [replayed, tested] = await Promise.all([
      json<ReplayReport>('replay', paced, '--verify'),
      json<BacktestReport>('backtest', full),
    ]);
    expect(comparable(replayed)).toEqual(comparable(atFullSpeed));
    expect(replayed).toMatchObject({
      equal: true,
      comparable: true,
      notComparableBecause: [],
      firstDifference: null,
      notes: [],
    });
    expect(replayed.derivedRecords).toBe(recordsOf(full, 'derived').capacity);
    expect(replayed.kernelsSha256).toBe(atFullSpeed.kernelsSha256);
    expect(comparable(tested)).toEqual(comparable(atFullSpeed));
    expect(tested.accounts.map((account) => comparable(account))).toEqual([comparable(atFullSpeed)]);
    expect(tested.seconds).toBeGreaterThan(0);
  });

  it('backtests under other settings to other commands over the same inputs', async () => {
    const other = writeConfig(place, 'wider', {
      files,
      replace: [['max_half_spread_bps = 1.3', 'max_half_spread_bps = 2.5']],
    });
    const tested = await json<BacktestReport>('backtest', full, '--config', other);
    expect(tested.inputHash).toBe(atFullSpeed.inputHash);
    expect(tested.commandHash).not.toBe(atFullSpeed.commandHash);
  });

  it('has the market records that an import of the same files has', async () => {
    const directory = join(place, 'imported');
    const imported = await json<ImportReport>(
      'import',
      '--from',
      'binance-log',
      '--to',
      directory,
      '--config',
      config,
      ...files,
    );
    expect(imported.unreadable).toBe(0);
    expect(imported.withoutSnapshot).toEqual([]);
    // The end of a session is its operator's; an import has none.
    const closing = [Kind.operator, Kind.clock];
    const market = without(recordsOf(directory, 'inputs'), closing);
    expect(Buffer.compare(without(recordsOf(full, 'inputs'), closing), market)).toBe(0);
    expect(imported.records).toBe(recordsOf(directory, 'inputs').capacity);
    const tested = await json<BacktestReport>('backtest', directory);
    expect(tested.inputHash).toBe(imported.inputHash);
    expect(tested.fills).toBeGreaterThan(0);
  });
});
