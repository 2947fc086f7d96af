import * as fs from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Kind } from '#generated/records.ts';
import { BlockType, Codec, INPUT_HASH_START } from '../../host/events/journal-format.ts';
import { JournalLock } from '../../host/capture/journal-lock.ts';
import { openJournal } from '../../host/capture/journal-open.ts';
import { newestSnapshot, readSnapshot, writeSnapshot } from '../../host/capture/journal-snapshots.ts';
import { JournalWriteError, JournalWriter } from '../../host/capture/journal-writer.ts';
import { hashRecords } from '../../host/reference/hash.ts';
import { isPrefix, joined, makeRecords, readAll, withDirectory, writerOptions } from './journal-fixture.ts';

describe('writing and reading', () => {
  it('gives back what was written, in order, for any cut into calls, blocks and segments', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('inputs' as const), count: fc.integer({ min: 1, max: 90 }) }),
      fc.record({ do: fc.constant('derived' as const), count: fc.integer({ min: 1, max: 9 }) }),
      fc.record({ do: fc.constant('bytes' as const), count: fc.integer({ min: 0, max: 9000 }) }),
      fc.record({
        do: fc.constantFrom('flush' as const, 'checkpoint' as const, 'rotate' as const),
        count: fc.constant(0),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        withDirectory((directory) => {
          const writer = JournalWriter.open(directory, writerOptions({ blockBytes: 1024, bufferBytes: 4096 }));
          const inputs: Uint8Array[] = [];
          const derived: Uint8Array[] = [];
          const texts: Uint8Array[] = [];
          steps.forEach((s, i) => {
            if (s.do === 'inputs') {
              inputs.push(makeRecords(s.count, i * 100));
              writer.inputs(inputs.at(-1));
            } else if (s.do === 'derived') {
              derived.push(makeRecords(s.count, i * 100, Kind.decision));
              writer.derived(derived.at(-1));
            } else if (s.do === 'bytes') {
              texts.push(new Uint8Array(s.count).fill(i));
              writer.bytesBlock(BlockType.text, texts.at(-1), i % 2 === 0 ? Codec.raw : Codec.deflateRaw);
            } else writer[s.do]();
          });
          writer.close();
          const { blocks, reader } = readAll(directory);
          const all = Buffer.concat(inputs);
          expect(Buffer.from(joined(blocks, BlockType.inputs)).equals(all)).toBe(true);
          expect(Buffer.from(joined(blocks, BlockType.derived)).equals(Buffer.concat(derived))).toBe(true);
          expect(Buffer.from(joined(blocks, BlockType.text)).equals(Buffer.concat(texts))).toBe(true);
          expect(reader.inputHash).toBe(hashRecords(all, INPUT_HASH_START));
          expect(reader.tail).toBeUndefined();
          const opened = openJournal(directory);
          expect(opened.records).toBe(all.length / 64);
          expect(opened.inputHash).toBe(reader.inputHash);
          expect(opened.segments.every((s) => s.sealed)).toBe(true);
          expect(opened.notes).toEqual([]);
        });
      }),
      { numRuns: 40 },
    );
  }, 30_000);

  it('starts every segment with header, config, definitions and strategy', () => {
    withDirectory((directory) => {
      const writer = JournalWriter.open(directory, writerOptions());
      writer.inputs(makeRecords(3));
      writer.setDefinitions('[1]');
      writer.rotate({ commandHash: '12' });
      writer.inputs(makeRecords(2, 3));
      writer.close();
      const { blocks } = readAll(directory, { fromSegment: 2 });
      expect(blocks.map((b) => b.type)).toEqual([
        BlockType.segmentHeader,
        BlockType.config,
        BlockType.definitions,
        BlockType.strategy,
        BlockType.inputs,
        BlockType.seal,
      ]);
      const text = (i: number) => new TextDecoder().decode(blocks[i]!.payload);
      expect(JSON.parse(text(0))).toMatchObject({ segment: 2, firstRecord: 3, previousHashes: { commandHash: '12' } });
      expect(text(2)).toBe('[1]');
      expect(JSON.parse(text(5))).toMatchObject({ records: 2, nextRecord: 5, blocks: 5 });
    });
  });

  it('rotates on tick by size and by time, tells of appended bytes, and keeps what a snapshot does not replace', () => {
    withDirectory((directory) => {
      const appended: string[] = [];
      const opened: number[] = [];
      const writer = JournalWriter.open(
        directory,
        writerOptions({
          segmentBytes: 10_000,
          retainSegments: 1,
          onAppend: (segment, size) => appended.push(`${segment}:${size}`),
          onSegment: (segment) => opened.push(segment),
        }),
      );
      writer.inputs(makeRecords(200));
      expect(appended).toHaveLength(1);
      writer.tick(0);
      writer.inputs(makeRecords(200, 200));
      writeSnapshot(directory, { segment: 2, firstRecord: 200, inputHash: 7n, state: new Uint8Array(1000).fill(3) });
      writer.tick(100);
      expect(opened).toEqual([1, 2, 3]);
      // Segment 1 went, since segment 2 has a snapshot; segment 2 stays, since 3 has none.
      expect(openJournal(directory).segments.map((s) => s.segment)).toEqual([2, 3]);
      expect(openJournal(directory).starts).toEqual([2]);
      writer.close();
      expect(appended.at(-1)).toBe(`3:${fs.statSync(join(directory, 'segment-000003.tide')).size}`);
    });
  });

  it('leaves nothing in memory for longer than flushMs', () => {
    withDirectory((directory) => {
      const writer = JournalWriter.open(directory, writerOptions({ flushMs: 20 }));
      writer.tick(1000);
      writer.inputs(makeRecords(1));
      writer.tick(1010);
      expect(writer.safeRecords).toBe(0);
      writer.tick(1021);
      expect(writer.safeRecords).toBe(1);
      writer.close();
    });
  });

  it('keeps snapshots beside the segments and passes over a damaged one', () => {
    withDirectory((directory) => {
      const state = new Uint8Array(100_000).map((_, i) => i % 251);
      writeSnapshot(directory, { segment: 2, firstRecord: 10, inputHash: 1n, state });
      const path = writeSnapshot(directory, { segment: 3, firstRecord: 20, inputHash: 2n, state });
      expect(readSnapshot(directory, 3)?.state).toEqual(state);
      expect(newestSnapshot(directory)?.firstRecord).toBe(20);
      expect(newestSnapshot(directory, 19)?.firstRecord).toBe(10);
      const bytes = fs.readFileSync(path);
      bytes[200]! ^= 1;
      fs.writeFileSync(path, bytes);
      const notes: string[] = [];
      expect(newestSnapshot(directory, Infinity, (n) => notes.push(n))?.segment).toBe(2);
      expect(notes[0]).toContain('snapshot-000003.tide is damaged');
      expect(fs.readdirSync(directory).filter((n) => n.endsWith('.tmp'))).toEqual([]);
    });
  });
});

describe('one writer', () => {
  it('refuses a second one with the remedy, and takes over from a process that is gone', () => {
    withDirectory((directory) => {
      const writer = JournalWriter.open(directory, writerOptions());
      expect(() => JournalWriter.open(directory, writerOptions())).toThrow(
        new RegExp(`in use by process ${process.pid}.*delete .*lock`),
      );
      writer.close();
      const lock = join(directory, 'lock');
      expect(fs.existsSync(lock)).toBe(false);
      const mine = JournalLock.take(directory);
      const text = JSON.parse(fs.readFileSync(lock, 'utf8')) as object;
      mine.release();
      // The same process id, started at another time, is another process.
      fs.writeFileSync(lock, JSON.stringify({ ...text, start: '1' }));
      const next = JournalWriter.open(directory, writerOptions());
      expect(next.notes[0]).toContain('taken over from process');
      expect(next.segment).toBe(2);
      next.close();
    });
  });
});

describe('a disk that fails', () => {
  /** Lets `allowed` bytes through, then fails like a full disk, in the middle of a write. */
  function fullDisk(allowed: number, match = 'segment'): { files: typeof fs; free: () => void } {
    let left = allowed;
    let full = true;
    const watched = new Set<number>();
    const openSync = ((path: string, flags: string) => {
      const fd = fs.openSync(path, flags);
      if (path.includes(match)) watched.add(fd);
      return fd;
    }) as typeof fs.openSync;
    const writeSync = ((fd: number, bytes: Uint8Array, offset: number, length: number, position: number | null) => {
      if (!watched.has(fd) || !full) return fs.writeSync(fd, bytes, offset, length, position);
      if (left === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      const n = Math.min(left, length);
      left -= n;
      return fs.writeSync(fd, bytes, offset, n, position);
    }) as typeof fs.writeSync;
    return { files: { ...fs, openSync, writeSync }, free: () => (full = false) };
  }

  it('names path, what is safe and the remedy, takes nothing more, and loses nothing that was flushed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1200, max: 9000 }), (allowed) => {
        withDirectory((directory) => {
          const all = makeRecords(200);
          const writer = JournalWriter.open(directory, writerOptions({ files: fullDisk(allowed).files }));
          let flushed = 0;
          const write = () => {
            for (let i = 0; i < 200; i += 5) {
              writer.inputs(all.subarray(i * 64, (i + 5) * 64));
              writer.flush();
              flushed = i + 5;
            }
          };
          expect(write).toThrow(JournalWriteError);
          const failure = writer.failure!;
          expect(failure.message).toMatch(
            /segment-000001\.tide cannot be written .*ENOSPC.* input record \d+; free space/,
          );
          expect(failure.code).toBe('ENOSPC');
          expect(failure.safeRecords).toBeGreaterThanOrEqual(flushed);
          expect(fs.statSync(failure.path).size).toBe(failure.safeBytes);
          expect(() => {
            writer.inputs(all);
          }).toThrow(failure);
          expect(writer.close()).toBe(false);
          const { blocks, reader } = readAll(directory);
          expect(reader.records).toBe(failure.safeRecords);
          expect(isPrefix(joined(blocks, BlockType.inputs), all)).toBe(true);
          // Once there is room, the journal goes on where it is whole.
          const next = JournalWriter.open(directory, writerOptions());
          expect(next.records).toBe(failure.safeRecords);
          next.inputs(all.subarray(next.records * 64));
          next.close();
          expect(Buffer.from(joined(readAll(directory).blocks, BlockType.inputs)).equals(all)).toBe(true);
        });
      }),
      { numRuns: 40 },
    );
  }, 30_000);

  it('writes what was taken when the disk has room again by the time it is closed', () => {
    withDirectory((directory) => {
      const disk = fullDisk(2000);
      const writer = JournalWriter.open(directory, writerOptions({ files: disk.files }));
      writer.inputs(makeRecords(100));
      expect(() => {
        writer.flush();
      }).toThrow(JournalWriteError);
      disk.free();
      expect(writer.close()).toBe(true);
      const { reader } = readAll(directory);
      expect(reader.records).toBe(100);
    });
  });

  it('says so when not even the first segment can be opened, and leaves no lock', () => {
    withDirectory((directory) => {
      const { files } = fullDisk(10);
      expect(() => JournalWriter.open(directory, writerOptions({ files }))).toThrow(JournalWriteError);
      expect(fs.existsSync(join(directory, 'lock'))).toBe(false);
      const writer = JournalWriter.open(directory, writerOptions());
      expect(writer.segment).toBe(1);
      writer.close();
    });
  });

  it('throws a failed background fsync at the next call', async () => {
    const directory = fs.mkdtempSync('/tmp/tidebook-journal-');
    const fsync = ((fd: number, done: fs.NoParamCallback) => {
      setImmediate(() => {
        done(Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' }));
      });
    }) as typeof fs.fsync;
    const writer = JournalWriter.open(directory, writerOptions({ syncEveryMs: 1, files: { ...fs, fsync } }));
    writer.tick(0);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(() => {
      writer.inputs(makeRecords(1));
    }).toThrow(/EIO.*check the disk/);
    writer.close();
    fs.rmSync(directory, { recursive: true });
  });
});
