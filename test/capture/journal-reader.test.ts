import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BlockType } from '../../host/events/journal-format.ts';
import { openJournal } from '../../host/capture/journal-open.ts';
import type { JournalHole } from '../../host/capture/journal-reader.ts';
import { JournalDamageError, JournalReader } from '../../host/capture/journal-reader.ts';
import { JournalWriter } from '../../host/capture/journal-writer.ts';
import { hashRecords } from '../../host/reference/hash.ts';
import { joined, makeRecords, readAll, withDirectory, writerOptions } from './journal-fixture.ts';

/** Three sealed segments of ten records each. */
function writeThree(directory: string): void {
  const writer = JournalWriter.open(directory, writerOptions());
  for (let i = 0; i < 3; i++) {
    if (i > 0) writer.rotate();
    writer.inputs(makeRecords(10, i * 10));
  }
  writer.close();
}

const segment = (directory: string, number: number) => join(directory, `segment-00000${number}.tide`);

describe('the journal reader', () => {
  it('goes on from any block at which it stopped, also while the journal grows', () => {
    withDirectory((directory) => {
      const writer = JournalWriter.open(directory, writerOptions());
      let fromSegment = 1;
      let fromOffsetBytes = 0;
      const found: Uint8Array[] = [];
      for (let i = 0; i < 20; i++) {
        if (i % 6 === 5) writer.rotate();
        writer.inputs(makeRecords(3, i * 3));
        writer.flush();
        const { blocks, reader } = readAll(directory, { fromSegment, fromOffsetBytes });
        found.push(joined(blocks, BlockType.inputs));
        fromSegment = reader.segment;
        fromOffsetBytes = reader.endOffsetBytes;
      }
      writer.close();
      expect(Buffer.concat(found).equals(Buffer.from(makeRecords(60)))).toBe(true);
    });
  });

  it('reads the segments that are asked for, and says when there is none', () => {
    withDirectory((directory) => {
      expect(() => readAll(directory)).toThrow(/has no journal segment; give the directory of a journal/);
      expect(() => openJournal(join(directory, 'absent'))).toThrow(/holds no journal/);
      writeThree(directory);
      const { blocks } = readAll(directory, { fromSegment: 2, toSegment: 2 });
      expect(Buffer.from(joined(blocks, BlockType.inputs)).equals(Buffer.from(makeRecords(10, 10)))).toBe(true);
      expect(() => readAll(directory, { fromSegment: 9 })).toThrow(/segment-000009\.tide/);
    });
  });

  it('names a segment that is missing, cut off in the middle of the journal, or under a wrong name', () => {
    withDirectory((directory) => {
      writeThree(directory);
      const second = fs.readFileSync(segment(directory, 2));
      const holes: JournalHole[] = [];
      const damaged = (because: RegExp) => {
        expect(() => readAll(directory)).toThrow(JournalDamageError);
        expect(() => readAll(directory)).toThrow(because);
        holes.length = 0;
        const { blocks, reader } = readAll(directory, { skipDamaged: true, onHole: (hole) => holes.push(hole) });
        expect(reader.records).toBe(30);
        expect(holes).toHaveLength(reader.holeCount);
        expect(holes[0]).toMatchObject({ segment: 2 });
        return joined(blocks, BlockType.inputs).length / 64;
      };
      fs.unlinkSync(segment(directory, 2));
      expect(damaged(/segment-000002\.tide is missing/)).toBe(20);
      fs.writeFileSync(segment(directory, 2), second.subarray(0, second.length - 8));
      expect(damaged(/segment-000002\.tide ends in \d+ bytes that are no whole block/)).toBe(30);
      fs.copyFileSync(segment(directory, 1), segment(directory, 2));
      expect(() => readAll(directory)).toThrow(
        /10 input records come again|holds segment 1; give the file back its name/,
      );
    });
  });

  it('does not take a sealed segment that was cut off later for a torn tail', () => {
    withDirectory((directory) => {
      writeThree(directory);
      const bytes = fs.readFileSync(segment(directory, 3));
      fs.writeFileSync(segment(directory, 3), bytes.subarray(0, bytes.length - 300));
      expect(() => readAll(directory)).toThrow(JournalDamageError);
      expect(openJournal(directory).notes.join()).toMatch(/segment-000003\.tide: whole up to byte/);
    });
  });

  it('compares the chain with the records only where it is given a hasher', () => {
    withDirectory((directory) => {
      writeThree(directory);
      const wrong = (bytes: Uint8Array, hash: bigint) => hashRecords(bytes, hash) ^ 1n;
      expect(() => [...new JournalReader(directory, { hasher: wrong }).blocks()]).toThrow(/the input chain is/);
      expect([...new JournalReader(directory, { types: [BlockType.seal] }).blocks()]).toHaveLength(3);
    });
  });
});
