/** What `replay` and `backtest` say of journals that are changed, foreign, cut off, of another version, or none. */
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { RECORD_BYTES, RECORD_PX } from '#generated/records.ts';
import { JournalWriter } from '../../host/capture/journal-writer.ts';
import type { ReplayReport } from '../../host/cli/commands/replay.ts';
import { readJournalHead } from '../../host/cli/journaled-session.ts';
import { BlockType } from '../../host/events/journal-format.ts';
import { hashRecords } from '../../host/reference/hash.ts';
import { changeBlocks, changeFormatVersion, changeHeaderText, kindName, recordsOf } from './journal-records.ts';
import { json, tidebook } from './process.ts';
import { cutRecording, makeWorkplace, writeConfig } from './workplace.ts';

const place = makeWorkplace();
const whole = join(place, 'whole');

/** A copy of the journal to change. */
function copy(name: string): string {
  const directory = join(place, name);
  cpSync(whole, directory, { recursive: true });
  return directory;
}

beforeAll(async () => {
  const files = [cutRecording(place, 'btcusdt', 12), cutRecording(place, 'ethusdt', 12)];
  const config = writeConfig(place, 'short', { files });
  await json('run', '--config', config, '--speed', 'full', '--journal', whole, '--port', '0', '--once');
});

describe('the first difference', () => {
  let at: number;
  let changed: string;

  beforeAll(() => {
    changed = copy('changed');
    at = Math.floor(recordsOf(whole, 'derived').capacity / 2);
    expect(at).toBeGreaterThan(50);
    let before = 0;
    changeBlocks(changed, BlockType.derived, (_, payload, count) => {
      const index = at - before;
      before += count;
      if (index < 0 || index >= count) return false;
      const px = new DataView(payload.buffer, payload.byteOffset + index * RECORD_BYTES + RECORD_PX, 8);
      px.setFloat64(0, px.getFloat64(0, true) + 0.5, true);
      return true;
    });
  });

  it('is found, with its number, kind and values', async () => {
    const original = recordsOf(whole, 'derived');
    const report = await json<ReplayReport>('replay', changed);
    expect(report.equal).toBe(false);
    expect(report.comparable).toBe(true);
    const difference = report.firstDifference!;
    expect(difference.what).toBe('differs');
    expect(difference.derived).toBe(at);
    expect(difference.records).toBeGreaterThan(0);
    expect(difference.records).toBeLessThan(report.records);
    expect(difference.recomputed).toMatchObject({
      kind: kindName(original.kind(at)),
      px: original.px(at),
      orderId: original.orderId(at),
      localTs: String(original.localTs(at)),
    });
    expect(difference.recorded).toEqual({ ...difference.recomputed, px: original.px(at) + 0.5 });
  });

  it('is said in words, with exit code 0 without --verify and 3 with it', async () => {
    const [plain, verified] = await Promise.all([tidebook('replay', changed), tidebook('replay', changed, '--verify')]);
    expect(plain.code).toBe(0);
    expect(verified.code).toBe(3);
    for (const { stdout } of [plain, verified]) {
      expect(stdout).toContain(`first difference (differs) after input record `);
      expect(stdout).toContain(`derived record ${at}:`);
      expect(stdout).toMatch(/^ {2}recorded {3}\{"kind":/m);
      expect(stdout).toMatch(/^ {2}recomputed \{"kind":/m);
    }
  });
});

describe('a journal of other programs', () => {
  let foreign: string;

  beforeAll(() => {
    foreign = copy('foreign');
    const [line] = readFileSync(join(whole, 'manifest.jsonl'), 'utf8').split('\n');
    const { kernelsSha256 } = JSON.parse(line!) as { kernelsSha256: string };
    changeHeaderText(foreign, kernelsSha256, 'f'.repeat(64));
  });

  it('replays, and says that hashes are not comparable', async () => {
    const report = await json<ReplayReport>('replay', foreign);
    expect(report.comparable).toBe(false);
    expect(report.notComparableBecause.join()).toContain('recorded with kernels ffffffffffff, replayed with ');
    expect(report.equal).toBe(true);
    const { code, stdout } = await tidebook('replay', foreign);
    expect(code).toBe(0);
    expect(stdout).toContain('hashes are not comparable: recorded with kernels ffffffffffff');
  });

  it('is refused with exit code 3 where equality is demanded', async () => {
    const { code, stdout, stderr } = await tidebook('replay', foreign, '--verify', '--json');
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /equality was demanded, but the journal was recorded with kernels ffffffffffff.*without --verify\n$/,
    );
  });
});

describe('a journal that is not whole', () => {
  const segment = 'segment-000001.tide';

  it('is replayed up to where it was cut off, and the loss is said', async () => {
    const cut = copy('cut');
    truncateSync(join(cut, segment), Math.floor(statSync(join(cut, segment)).size * 0.6));
    writeFileSync(join(cut, 'manifest.jsonl'), '');
    const report = await json<ReplayReport>('replay', cut);
    expect(report.equal).toBe(true);
    expect(report.records).toBeGreaterThan(1000);
    expect(report.records).toBeLessThan(recordsOf(whole, 'inputs').capacity);
    expect(report.notes.join('\n')).toMatch(
      /is whole up to byte \d+ \(\d+ input records\); the \d+ bytes after it, at most \d+ records, are lost/,
    );
  });

  it('that was killed just after it opened a segment is said not to be closed', async () => {
    const journal = copy('opened');
    const { header, config, strategy } = await readJournalHead(journal);
    const { tidebookVersion, kernelsSha256, strategySha256, configSha256 } = header;
    // As a host opens the next segment, and then is gone.
    JournalWriter.open(journal, {
      header: { tidebookVersion, kernelsSha256, strategySha256, configSha256, epochNs: BigInt(header.epochNs) },
      config: JSON.stringify(config),
      definitions: '[]',
      strategy: strategy.bytes,
      hasher: hashRecords,
    });
    const report = await json<ReplayReport>('replay', journal);
    expect(report.equal).toBe(true);
    expect(report.notes.join('\n')).toContain(`${journal} was not closed`);
  });

  it('is an error where its manifest says that there was more', async () => {
    const cut = copy('cut-sealed');
    truncateSync(join(cut, segment), Math.floor(statSync(join(cut, segment)).size * 0.6));
    const { code, stderr } = await tidebook('replay', cut);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /segment-000001\.tide ends in \d+ bytes that are no whole block at byte \d+: it was cut off there; read with --skip-damaged/,
    );
    const report = await json<ReplayReport>('replay', cut, '--skip-damaged');
    expect(report.notes.join('\n')).toContain('segment-000001.tide');
    expect(report.records).toBeGreaterThan(1000);
  });

  it('ends in an error at a flipped bit in its middle, and goes on behind it where that is asked for', async () => {
    const flipped = copy('flipped');
    const bytes = readFileSync(join(flipped, segment));
    bytes[Math.floor(bytes.length / 2)]! ^= 4;
    writeFileSync(join(flipped, segment), bytes);
    const [plain, backtested] = await Promise.all([tidebook('replay', flipped), tidebook('backtest', flipped)]);
    for (const { code, stdout, stderr } of [plain, backtested]) {
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toMatch(
        /^tidebook: .*segment-000001\.tide: .*checksum.*Records before number \d+ are whole; .*--skip-damaged/,
      );
    }
    const report = await json<ReplayReport>('replay', flipped, '--skip-damaged');
    expect(report.notes.join('\n')).toMatch(/checksum/);
    expect(report.records).toBeLessThan(recordsOf(whole, 'inputs').capacity);
  });

  it('of a newer format is refused with what to do', async () => {
    const newer = copy('newer');
    changeFormatVersion(newer, 9);
    for (const command of ['replay', 'backtest']) {
      const { code, stderr } = await tidebook(command, newer);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^tidebook: .*newer\/segment-000001\.tide: the journal has format version 9, but this Tidebook reads up to version 1; open it with/,
      );
    }
  });

  it('or a file is named', async () => {
    const file = join(place, 'file');
    writeFileSync(file, '');
    for (const command of ['replay', 'backtest']) {
      const { code, stderr } = await tidebook(command, file);
      expect(code).toBe(1);
      expect(stderr).toBe(
        `tidebook: ${file} is a file; a journal is a directory: give the one that holds segment-000001.tide\n`,
      );
    }
  });

  it('of an import is not compared, and that is said', async () => {
    const directory = join(place, 'imported');
    const recording = cutRecording(place, 'btcusdt', 2);
    const config = writeConfig(place, 'imported', { files: [recording] });
    await tidebook('import', '--from', 'binance-log', '--config', config, '--to', directory, recording);
    const { code, stdout } = await tidebook('replay', directory, '--json');
    const report = JSON.parse(stdout) as ReplayReport;
    expect(code).toBe(0);
    expect(report).toMatchObject({ equal: false, derivedRecords: 0, firstDifference: null });
    expect(report.notes).toEqual([expect.stringMatching(/^nothing was compared: .*"tidebook backtest" runs it$/)]);
    expect((await tidebook('replay', directory, '--verify')).code).toBe(3);
  });

  it('or none at all is named', async () => {
    const empty = join(place, 'empty');
    mkdirSync(empty);
    expect(readdirSync(empty)).toEqual([]);
    for (const directory of [empty, join(place, 'nowhere')]) {
      for (const command of ['replay', 'backtest']) {
        const { code, stdout, stderr } = await tidebook(command, directory, '--json');
        expect(code).toBe(1);
        expect(stdout).toBe('');
        expect(stderr).toBe(`tidebook: ${directory} has no journal segment; give the directory of a journal\n`);
      }
    }
  });
});
