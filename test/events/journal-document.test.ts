/** docs/journal.md is enough to write another reader: the one here uses nothing but that text and node:zlib. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { parse as parseToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { KINDS } from '#generated/records.ts';
import { openJournal } from '../../host/capture/journal-open.ts';
import { JournalReader } from '../../host/capture/journal-reader.ts';
import { BlockType, INPUT_HASH_START } from '../../host/events/journal-format.ts';
import { crc32 } from '../../host/events/journal-crc.ts';
import { hashCommands, hashRecords } from '../../host/reference/hash.ts';

const GOLDEN = 'test/golden/journal';

/** The part of host/events/records.toml that names codes. */
interface RecordTable {
  enum: { name: string; values: { code: number; name: string; doc: string }[] }[];
}

interface PlainBlock {
  type: number;
  count: number;
  payload: Buffer;
}

const MASK = 2n ** 64n - 1n;
const step = (h: bigint, w: bigint) => {
  const m = ((h ^ w) * 0x9e3779b97f4a7c15n) & MASK;
  return m ^ (m >> 32n);
};

/** A reader from the document alone. */
function readPlain(file: Buffer): { blocks: PlainBlock[]; inputHash: bigint; commandHash: bigint } {
  const blocks: PlainBlock[] = [];
  let inputs = 0;
  let inputHash = 0x74696465626f6f6bn;
  let commandHash = 0x636f6d6d616e6473n;
  for (let at = 0; at < file.length;) {
    const header = file.subarray(at, at + 64);
    if (header.toString('latin1', 0, 4) !== 'TIDE') throw new Error(`no block at ${at}`);
    if (zlib.crc32(header.subarray(0, 60)) !== header.readUInt32LE(60)) throw new Error(`header at ${at}`);
    if (header.readUInt16LE(8) > 1) throw new Error('newer format');
    const stored = header.readUInt32LE(16);
    const padded = Math.ceil(stored / 8) * 8;
    const body = file.subarray(at + 64, at + 64 + padded);
    if (zlib.crc32(body) !== header.readUInt32LE(56)) throw new Error(`payload at ${at}`);
    const codec = header.readUInt16LE(6);
    const payload = codec === 1 ? zlib.inflateRawSync(body.subarray(0, stored)) : body.subarray(0, stored);
    if (payload.length !== header.readUInt32LE(20)) throw new Error(`length at ${at}`);
    if (Number(header.readBigUInt64LE(24)) !== inputs) throw new Error(`number at ${at}`);
    const type = header.readUInt16LE(4);
    const count = header.readUInt32LE(12);
    if (type === 1 || type === 2) {
      if (payload.length !== count * 64) throw new Error(`count at ${at}`);
      if (payload.readBigInt64LE(16) !== header.readBigInt64LE(40)) throw new Error(`first time at ${at}`);
      if (payload.readBigInt64LE(payload.length - 48) !== header.readBigInt64LE(48))
        throw new Error(`last time at ${at}`);
    }
    if (type === 1) {
      for (let w = 0; w < payload.length; w += 8) inputHash = step(inputHash, payload.readBigUInt64LE(w));
      inputs += count;
    }
    if (type === 2) {
      for (let r = 0; r < payload.length; r += 64) {
        if (![40, 41, 42, 43].includes(payload[r]!)) continue;
        commandHash = step(commandHash, payload.readBigUInt64LE(r) & (2n ** 56n - 1n));
        for (let w = 8; w < 64; w += 8) commandHash = step(commandHash, payload.readBigUInt64LE(r + w));
      }
    }
    if (header.readBigUInt64LE(32) !== inputHash) throw new Error(`chain at ${at}`);
    blocks.push({ type, count, payload });
    at += 64 + padded;
  }
  return { blocks, inputHash, commandHash };
}

const hex = (hash: bigint) => hash.toString(16).padStart(16, '0');

describe('the sealed segment of format version 1', () => {
  const file = readFileSync(join(GOLDEN, 'segment-000001.tide'));
  const plain = readPlain(file);

  it('gives the values that it gave when it was written', () => {
    expect(zlib.crc32(file)).toBe(2604710907);
    expect(hex(plain.inputHash)).toBe('76f9e3195d13c1b3');
    expect(hex(plain.commandHash)).toBe('50bcef3471da8335');
    const sum = (type: number) => plain.blocks.filter((b) => b.type === type).reduce((n, b) => n + b.count, 0);
    expect([plain.blocks.length, sum(1), sum(2)]).toEqual([36, 283, 48]);
    const json = (i: number) => JSON.parse(plain.blocks.at(i).payload.toString()) as Record<string, unknown>;
    expect(json(0)).toMatchObject({ formatVersion: 1, segment: 1, epochNs: '1723075200000000000', firstRecord: 0 });
    expect(json(-1)).toMatchObject({
      blocks: 35,
      records: 283,
      derived: 48,
      nextRecord: 283,
      inputHash: hex(plain.inputHash),
    });
  });

  it('is read alike by the host, which skips the type that it does not know', () => {
    const reader = new JournalReader(GOLDEN, { hasher: hashRecords });
    const known = plain.blocks.filter((b) => b.type <= 11);
    expect(known.length).toBe(plain.blocks.length - 1);
    let i = 0;
    let commandHash = 0x636f6d6d616e6473n;
    for (const block of reader.blocks()) {
      const expected = known[i++]!;
      expect([block.type, block.count]).toEqual([expected.type, expected.count]);
      expect(Buffer.compare(block.payload, expected.payload)).toBe(0);
      if (block.type === BlockType.derived) commandHash = hashCommands(block.payload, commandHash);
    }
    expect(i).toBe(known.length);
    expect(reader.inputHash).toBe(plain.inputHash);
    expect(commandHash).toBe(plain.commandHash);
    expect(reader.tail).toBeUndefined();
    expect(openJournal(GOLDEN)).toMatchObject({ records: 283, inputHash: plain.inputHash, notes: [], starts: [1] });
  });
});

describe('docs/journal.md', () => {
  const text = readFileSync('docs/journal.md', 'utf8');

  it('has a row for every kind, with its class and meaning', () => {
    for (const kind of KINDS) expect(text).toContain(`| ${kind.code} | ${kind.name} | ${kind.class} | ${kind.doc} |`);
  });

  it('has a row for every code, with its meaning', () => {
    const table = parseToml(readFileSync('host/events/records.toml', 'utf8')) as unknown as RecordTable;
    for (const set of table.enum) {
      for (const { code, name, doc } of set.values) {
        const row = text
          .split('\n')
          .find((line) => line.startsWith(`| ${set.name} | `) && line.includes(`| ${code} |`));
        expect(row?.endsWith(`| ${code} | ${name} | ${doc} |`), `${set.name} ${name}`).toBe(true);
      }
    }
  });

  it('has a row for every block type', () => {
    for (const [name, code] of Object.entries(BlockType)) expect(text).toContain(`| ${code} | ${name} | `);
  });
});

describe('the twins', () => {
  it('give the published check value of CRC-32 and agree with zlib', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    for (let length = 0; length < 100; length++) {
      const bytes = new Uint8Array(length).map((_, i) => (i * 37 + length) & 255);
      expect(crc32(bytes)).toBe(zlib.crc32(bytes));
    }
  });

  it('hash a word as it was computed by hand', () => {
    // (s XOR s) * m = 0; then 0 XOR (0 >> 32) = 0. With 1 more: m XOR (m >> 32).
    const word = new Uint8Array(8);
    const view = new DataView(word.buffer);
    view.setBigUint64(0, INPUT_HASH_START, true);
    expect(hashRecords(word, INPUT_HASH_START)).toBe(0n);
    view.setBigUint64(0, INPUT_HASH_START ^ 1n, true);
    expect(hashRecords(word, INPUT_HASH_START)).toBe(0x9e3779b97f4a7c15n ^ 0x9e3779b9n);
  });
});
