/** Memory does not grow with the journal, in the writer and in the reader. Prints what writing and reading cost here. */
import { describe, expect, it } from 'vitest';
import { BlockType } from '../../host/events/journal-format.ts';
import { JournalReader } from '../../host/capture/journal-reader.ts';
import { JournalWriter } from '../../host/capture/journal-writer.ts';
import { makeRecords, withDirectory, writerOptions } from './journal-fixture.ts';

const MIB = 1024 * 1024;
/** The chain costs in BigInt what it does not cost in WASM; here the codec alone is looked at. */
const hasher = (bytes: Uint8Array, hash: bigint) => hash + BigInt(bytes.length);
const memoryBytes = () => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

describe('a long journal', () => {
  it('is written and read with bounded memory', () => {
    withDirectory((directory) => {
      const frame = makeRecords(1000);
      const writer = JournalWriter.open(directory, writerOptions({ hasher, segmentBytes: 24 * MIB }));
      const before = memoryBytes();
      let started = performance.now();
      for (let i = 0; i < 1500; i++) {
        writer.inputs(frame);
        writer.tick(i);
      }
      writer.close();
      const writeNs = ((performance.now() - started) * 1e6) / 1.5e6;
      const writerGrowth = memoryBytes() - before;

      const reader = new JournalReader(directory, { hasher, types: [BlockType.inputs] });
      let peak = 0;
      let records = 0;
      const base = memoryBytes();
      started = performance.now();
      for (const block of reader.blocks()) {
        records += block.count;
        if (block.firstRecord % 64 === 0) peak = Math.max(peak, memoryBytes() - base);
      }
      const readNs = ((performance.now() - started) * 1e6) / records;
      expect(records).toBe(1_500_000);
      expect(reader.segment).toBeGreaterThan(3);
      console.log(`92 MiB: written at ${writeNs.toFixed(1)} ns a record, read and checked at ${readNs.toFixed(1)}`);
      expect(writerGrowth).toBeLessThan(12 * MIB);
      expect(peak).toBeLessThan(12 * MIB);
    });
  }, 30_000);

  it('takes a command in one short write', () => {
    withDirectory((directory) => {
      const command = makeRecords(5);
      const writer = JournalWriter.open(directory, writerOptions({ hasher }));
      const times = new Float64Array(20_000);
      for (let i = 0; i < times.length; i++) {
        const started = performance.now();
        writer.derived(command);
        writer.flush();
        times[i] = performance.now() - started;
      }
      writer.close();
      times.sort();
      const us = (q: number) => (times[Math.floor(times.length * q)]! * 1000).toFixed(2);
      console.log(`flush of 320 bytes: p50 ${us(0.5)} us, p99 ${us(0.99)} us, p99.9 ${us(0.999)} us`);
      expect(times[times.length >> 1]!).toBeLessThan(1);
    });
  });
});
