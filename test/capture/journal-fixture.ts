/** What the journal's tests share: temporary directories, records, a writer's options. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUY, Kind, SELL } from '#generated/records.ts';
import type { JournalBlock } from '../../host/events/journal-block.ts';
import { Records } from '../../host/events/record.ts';
import type { JournalReaderOptions } from '../../host/capture/journal-reader.ts';
import { JournalReader } from '../../host/capture/journal-reader.ts';
import type { JournalWriterOptions } from '../../host/capture/journal-writer.ts';
import { hashRecords } from '../../host/reference/hash.ts';

export const EPOCH_NS = 1_723_075_200_000_000_000n;

/** Runs `use` with a new directory, and removes it afterwards. */
export function withDirectory<T>(use: (directory: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'tidebook-journal-'));
  try {
    return use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** `count` different records from number `from` on. */
export function makeRecords(count: number, from = 0, kind: number = Kind.depth): Uint8Array {
  const records = Records.allocate(count);
  for (let i = 0; i < count; i++) {
    const n = from + i;
    records.begin(i, ((n & 1 ? BUY : SELL) | kind) >>> 0, n % 2);
    const time = EPOCH_NS + BigInt(n) * 1000n;
    records.setTimes(i, time, time + 500n);
    records.setPx(i, 60000 + (n % 100) / 10);
    records.setQty(i, n / 1000);
    records.setOrderId(i, n);
  }
  return records.bytes;
}

export function writerOptions(options: Partial<JournalWriterOptions> = {}): JournalWriterOptions {
  return {
    header: {
      epochNs: EPOCH_NS,
      tidebookVersion: '0.1.0',
      kernelsSha256: 'k'.repeat(64),
      strategySha256: 's'.repeat(64),
      configSha256: 'c'.repeat(64),
    },
    config: '{"mode":"paper"}',
    definitions: '[{"symbol":"BTCUSDT"}]',
    strategy: new TextEncoder().encode('export const init = () => 0;'),
    hasher: hashRecords,
    ...options,
  };
}

/** All blocks, with payloads that last. */
export function readAll(
  directory: string,
  options: JournalReaderOptions = {},
): { blocks: JournalBlock[]; reader: JournalReader } {
  const reader = new JournalReader(directory, { hasher: hashRecords, ...options });
  const blocks: JournalBlock[] = [];
  for (const block of reader.blocks()) blocks.push({ ...block, payload: block.payload.slice() });
  return { blocks, reader };
}

/** The payloads of one type, joined. */
export function joined(blocks: readonly JournalBlock[], type: number): Uint8Array {
  return Buffer.concat(blocks.filter((block) => block.type === type).map((block) => block.payload));
}

/** `part` is the beginning of `whole`, in whole records. */
export function isPrefix(part: Uint8Array, whole: Uint8Array): boolean {
  return part.length % 64 === 0 && Buffer.compare(Buffer.from(part), Buffer.from(whole.subarray(0, part.length))) === 0;
}
