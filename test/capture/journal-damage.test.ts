import * as fs from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BLOCK_HEADER_BYTES,
  BlockType,
  HEADER_CRC,
  HEADER_TYPE,
  HEADER_VERSION,
} from '../../host/events/journal-format.ts';
import { crc32 } from '../../host/events/journal-crc.ts';
import { NewerFormatError } from '../../host/events/journal-damage.ts';
import { openJournal } from '../../host/capture/journal-open.ts';
import { JournalDamageError } from '../../host/capture/journal-reader.ts';
import { JournalWriter } from '../../host/capture/journal-writer.ts';
import { isPrefix, joined, makeRecords, readAll, withDirectory, writerOptions } from './journal-fixture.ts';

const SEGMENT_1 = 'segment-000001.tide';

/** A journal of 60 inputs and 12 derived records in blocks of 5 and 1, cut off before its seal. */
function writeTorn(directory: string): { inputs: Uint8Array; bytes: Buffer; ends: { at: number; records: number }[] } {
  const inputs = makeRecords(60);
  const ends: { at: number; records: number }[] = [];
  const writer = JournalWriter.open(directory, writerOptions());
  for (let i = 0; i < 12; i++) {
    writer.inputs(inputs.subarray(i * 320, (i + 1) * 320));
    writer.flush();
    ends.push({ at: writer.sizeBytes, records: (i + 1) * 5 });
    writer.derived(makeRecords(1, i));
    writer.flush();
    ends.push({ at: writer.sizeBytes, records: (i + 1) * 5 });
  }
  const bytes = fs.readFileSync(join(directory, SEGMENT_1));
  writer.close();
  fs.writeFileSync(join(directory, SEGMENT_1), bytes);
  fs.writeFileSync(join(directory, 'manifest.jsonl'), '');
  return { inputs, bytes, ends };
}

describe('a journal that was cut off', () => {
  it('opens up to its last whole block, says what was lost, and goes on, for every cut in its last blocks and others', () => {
    withDirectory((directory) => {
      const { inputs, bytes, ends } = writeTorn(directory);
      const path = join(directory, SEGMENT_1);
      const cuts: number[] = [];
      for (let at = ends.at(-3).at; at <= bytes.length; at++) cuts.push(at);
      for (let i = 0; i < 60; i++) cuts.push(ends[0]!.at + Math.floor(Math.random() * (bytes.length - ends[0]!.at)));
      for (const at of cuts) {
        fs.writeFileSync(path, bytes.subarray(0, at));
        const whole = ends.findLast((end) => end.at <= at)!;
        const { blocks, reader } = readAll(directory);
        expect(reader.records, `cut at ${at}`).toBe(whole.records);
        expect(isPrefix(joined(blocks, BlockType.inputs), inputs)).toBe(true);
        if (whole.at === at) expect(reader.tail).toBeUndefined();
        else expect(reader.tail).toMatchObject({ segment: 1, offsetBytes: whole.at, lostBytes: at - whole.at });
        expect(openJournal(directory).records).toBe(whole.records);
      }
      const at = ends.at(-1).at - 100;
      fs.writeFileSync(path, bytes.subarray(0, at));
      const writer = JournalWriter.open(directory, writerOptions());
      expect(writer.notes[0]).toMatch(
        /whole up to byte \d+; the \d+ bytes after it, at most \d+ records, are lost and kept in lost-000001/,
      );
      expect(writer.records).toBe(60);
      writer.inputs(makeRecords(5, 60));
      writer.close();
      const { lostFile, offsetBytes } = writer.recovery.cuts[0]!;
      expect(fs.readFileSync(join(directory, lostFile)).equals(bytes.subarray(offsetBytes, at))).toBe(true);
      const { blocks } = readAll(directory);
      expect(Buffer.from(joined(blocks, BlockType.inputs)).equals(Buffer.from(makeRecords(65)))).toBe(true);
      expect(openJournal(directory).manifest.map((line) => line.event)).toEqual([
        'recovered',
        'sealed',
        'segment',
        'sealed',
      ]);
    });
  }, 30_000);

  it('goes on when it was cut off in the head of a segment', () => {
    withDirectory((directory) => {
      const first = JournalWriter.open(directory, writerOptions());
      first.inputs(makeRecords(7));
      first.close();
      for (const cut of [0, 30, 64, 90]) {
        const head = fs.readFileSync(join(directory, SEGMENT_1)).subarray(0, cut);
        const numbers = openJournal(directory).segments.length;
        fs.writeFileSync(join(directory, `segment-00000${numbers + 1}.tide`), head);
        const writer = JournalWriter.open(directory, writerOptions());
        expect(writer.segment).toBe(numbers + 1);
        expect(writer.records).toBe(7);
        writer.close();
      }
      expect(readAll(directory).reader.records).toBe(7);
    });
  });

  it('passes over a torn last line of the manifest, with a note, and ends it before the next', () => {
    withDirectory((directory) => {
      JournalWriter.open(directory, writerOptions()).close();
      fs.appendFileSync(join(directory, 'manifest.jsonl'), '{"event":"no');
      expect(openJournal(directory).notes[0]).toContain('the last line was cut off');
      JournalWriter.open(directory, writerOptions()).close();
      expect(openJournal(directory).segments.map((s) => s.sealed)).toEqual([true, true]);
    });
  });

  it('holds everything that was flushed before kill -9', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tidebook-kill-'));
    const script = join(directory, 'child.mjs');
    await build({
      stdin: {
        contents: `
          import { JournalWriter } from './host/capture/journal-writer.ts';
          import { makeRecords, writerOptions } from './test/capture/journal-fixture.ts';
          const writer = JournalWriter.open(process.argv[2], writerOptions({ hasher: (bytes, hash) => hash + BigInt(bytes.length) }));
          for (let n = 0; ; n += 5) {
            writer.inputs(makeRecords(5, n));
            writer.flush();
            if (n % 500 === 0) process.stdout.write('flushed ' + (n + 5) + '\\n');
            writer.inputs(makeRecords(1, 0).subarray(0, 0));
          }`,
        resolveDir: process.cwd(),
      },
      outfile: script,
      bundle: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    });
    const journal = join(directory, 'journal');
    const child = spawn(process.execPath, [script, journal], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
      if (output.length > 200) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const flushed = Number(/flushed (\d+)\n(?!.*flushed \d+\n)/s.exec(output)?.[1]);
    expect(flushed).toBeGreaterThan(500);
    const { blocks, reader } = readAll(journal, { hasher: (bytes, hash) => hash + BigInt(bytes.length) });
    expect(reader.records).toBeGreaterThanOrEqual(flushed);
    expect(isPrefix(joined(blocks, BlockType.inputs), makeRecords(reader.records))).toBe(true);
    const next = JournalWriter.open(journal, writerOptions({ hasher: (bytes, hash) => hash + BigInt(bytes.length) }));
    expect(next.notes.join()).toContain('which is gone');
    expect(next.records).toBe(reader.records);
    next.close();
    fs.rmSync(directory, { recursive: true });
  }, 20_000);
});

describe('a flipped bit', () => {
  it('is never silent: what is delivered is a prefix, and the rest is named', () => {
    withDirectory((directory) => {
      const { inputs, bytes } = writeTorn(directory);
      const path = join(directory, SEGMENT_1);
      fc.assert(
        fc.property(fc.integer({ min: 0, max: bytes.length * 8 - 1 }), (bit) => {
          const flipped = Buffer.from(bytes);
          flipped[bit >> 3]! ^= 1 << (bit & 7);
          fs.writeFileSync(path, flipped);
          let records: Uint8Array = new Uint8Array(0);
          try {
            const { blocks, reader } = readAll(directory);
            records = joined(blocks, BlockType.inputs);
            expect(reader.tail?.message).toMatch(/are lost/);
          } catch (error) {
            if (!(error instanceof JournalDamageError)) throw error;
            expect(error.message).toContain(SEGMENT_1);
            expect(error.hole.offsetBytes).toBeLessThanOrEqual(bit >> 3);
            expect(error.hole.toRecord).toBeGreaterThanOrEqual(error.hole.fromRecord);
          }
          expect(isPrefix(records, inputs)).toBe(true);
          // Going on behind it: everything but the hole, in order.
          const { blocks, reader } = readAll(directory, { skipDamaged: true });
          for (const block of blocks) {
            if (block.type !== BlockType.inputs) continue;
            const expected = inputs.subarray(block.firstRecord * 64, (block.firstRecord + block.count) * 64);
            expect(Buffer.compare(block.payload, expected)).toBe(0);
          }
          expect(reader.holeCount + (reader.tail === undefined ? 0 : 1)).toBeGreaterThan(0);
        }),
        { numRuns: 150 },
      );
    });
  }, 30_000);

  it('names segment, place, type and the records that follow unread', () => {
    withDirectory((directory) => {
      const { bytes, ends } = writeTorn(directory);
      const flipped = Buffer.from(bytes);
      flipped[ends[1]!.at + BLOCK_HEADER_BYTES + 70]! ^= 4;
      fs.writeFileSync(join(directory, SEGMENT_1), flipped);
      expect(() => readAll(directory)).toThrow(
        new RegExp(
          `${SEGMENT_1}: a damaged block \\(inputs, 5 records\\) at byte ${ends[1]!.at}: .*before number 5 are whole; records from number 10 on follow`,
        ),
      );
      expect(() => JournalWriter.open(directory, writerOptions())).toThrow(/damaged in the middle.*--cut-damaged/);
      const writer = JournalWriter.open(directory, writerOptions({ cutDamaged: true }));
      expect(writer.records).toBe(5);
      writer.close();
    });
  });

  it('a block that is missing or changed with a right checksum is found by number and chain', () => {
    withDirectory((directory) => {
      const { bytes, ends } = writeTorn(directory);
      const path = join(directory, SEGMENT_1);
      fs.writeFileSync(path, Buffer.concat([bytes.subarray(0, ends[1]!.at), bytes.subarray(ends[3]!.at)]));
      expect(() => readAll(directory)).toThrow(/5 input records are missing/);
      const at = ends[1]!.at;
      const forged = Buffer.from(bytes);
      forged[at + 64 + 30]! ^= 1;
      forged.writeUInt32LE(crc32(forged.subarray(at + 64, at + 384)), at + 56);
      forged.writeUInt32LE(crc32(forged.subarray(at, at + HEADER_CRC)), at + HEADER_CRC);
      fs.writeFileSync(path, forged);
      expect(() => readAll(directory)).toThrow(/input chain is/);
    });
  });
});

describe('other versions', () => {
  /** Changes a 16-bit header field of the block at `at`, with a right checksum. */
  function patch(path: string, at: number, field: number, value: number): void {
    const bytes = fs.readFileSync(path);
    bytes.writeUInt16LE(value, at + field);
    bytes.writeUInt32LE(crc32(bytes.subarray(at, at + HEADER_CRC)), at + HEADER_CRC);
    fs.writeFileSync(path, bytes);
  }

  it('a newer format is refused by reader and writer, with both versions named', () => {
    withDirectory((directory) => {
      writeTorn(directory);
      patch(join(directory, SEGMENT_1), 0, HEADER_VERSION, 9);
      const newer = /segment-000001\.tide: .*format version 9, but this Tidebook reads up to version 1;/;
      expect(() => readAll(directory)).toThrow(newer);
      expect(() => readAll(directory)).toThrow(NewerFormatError);
      expect(() => openJournal(directory)).toThrow(newer);
      expect(() => JournalWriter.open(directory, writerOptions())).toThrow(newer);
    });
  });

  it('a block of an unknown type is skipped', () => {
    withDirectory((directory) => {
      const { ends } = writeTorn(directory);
      patch(join(directory, SEGMENT_1), ends[0]!.at, HEADER_TYPE, 4000);
      const { blocks, reader } = readAll(directory);
      expect(reader.records).toBe(60);
      expect(blocks.filter((b) => b.type === BlockType.derived)).toHaveLength(11);
      expect(blocks.some((b) => b.type === 4000)).toBe(false);
      expect(readAll(directory, { types: [4000] }).blocks).toHaveLength(1);
    });
  });
});
