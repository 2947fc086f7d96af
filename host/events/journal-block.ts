/**
 * One block of a journal: a 64-byte header that says what follows and how to check it, then the payload.
 * Works in place on a DataView, so that the writer makes no object per block.
 */
import { inflateSync } from 'fflate';
import { RECORD_BYTES, RECORD_LOCAL_TS } from '#generated/records.ts';
import { BlockDamage, NewerFormatError } from './journal-damage.ts';
import type { Crc32 } from './journal-format.ts';
import {
  BLOCK_HEADER_BYTES,
  BLOCK_MAGIC,
  BlockType,
  Codec,
  HEADER_CODEC,
  HEADER_COUNT,
  HEADER_CRC,
  HEADER_FIRST_LOCAL,
  HEADER_FIRST_RECORD,
  HEADER_INPUT_HASH,
  HEADER_LAST_LOCAL,
  HEADER_LENGTH,
  HEADER_MAGIC,
  HEADER_PAYLOAD_CRC,
  HEADER_RAW_BYTES,
  HEADER_STORED_BYTES,
  HEADER_TYPE,
  HEADER_VERSION,
  JOURNAL_FORMAT_VERSION,
  MAX_PAYLOAD_BYTES,
  paddedBytes,
} from './journal-format.ts';

const TWO_32 = 4294967296;

/** A whole block. `payload` is decoded and starts at a multiple of 8 bytes. */
export interface JournalBlock {
  readonly type: number;
  /** How the payload was stored; `payload` is decoded already. */
  readonly codec: number;
  /** Records in the payload; 0 where it holds none. */
  readonly count: number;
  /** Input records of the journal before this block. */
  readonly firstRecord: number;
  /** Input chain after this block. */
  readonly inputHash: bigint;
  /** localTs of the first and the last record, ns since 1970; 0 where the block holds none. */
  readonly firstLocalNs: bigint;
  readonly lastLocalNs: bigint;
  /** Valid until the parser is asked for the next block; copy what has to last. */
  readonly payload: Uint8Array;
  /** Where its header starts, in bytes from the start of the stream. */
  readonly offsetBytes: number;
  /** Header and stored payload together. */
  readonly bytes: number;
}

/** Whether the payload consists of 64-byte records. */
export function holdsRecords(type: number): boolean {
  return type === BlockType.inputs || type === BlockType.derived;
}

/**
 * Writes the header of a block whose stored payload follows it at `at + 64`, padded with zeros to a multiple of 8.
 * `view` must cover header and padded payload. Returns the block's bytes.
 */
export function sealBlock(
  view: DataView,
  at: number,
  block: {
    readonly type: number;
    readonly codec: number;
    readonly count: number;
    readonly storedBytes: number;
    readonly rawBytes: number;
    readonly firstRecord: number;
    readonly inputHash: bigint;
  },
  crc32: Crc32,
): number {
  const padded = paddedBytes(block.storedBytes);
  const start = view.byteOffset + at;
  const payload = new Uint8Array(view.buffer, start + BLOCK_HEADER_BYTES, padded);
  view.setUint32(at + HEADER_MAGIC, BLOCK_MAGIC, true);
  view.setUint16(at + HEADER_TYPE, block.type, true);
  view.setUint16(at + HEADER_CODEC, block.codec, true);
  view.setUint16(at + HEADER_VERSION, JOURNAL_FORMAT_VERSION, true);
  view.setUint16(at + HEADER_LENGTH, BLOCK_HEADER_BYTES, true);
  view.setUint32(at + HEADER_COUNT, block.count, true);
  view.setUint32(at + HEADER_STORED_BYTES, block.storedBytes, true);
  view.setUint32(at + HEADER_RAW_BYTES, block.rawBytes, true);
  view.setUint32(at + HEADER_FIRST_RECORD, block.firstRecord >>> 0, true);
  view.setUint32(at + HEADER_FIRST_RECORD + 4, Math.floor(block.firstRecord / TWO_32), true);
  view.setBigUint64(at + HEADER_INPUT_HASH, block.inputHash, true);
  if (holdsRecords(block.type) && block.codec === Codec.raw && block.count > 0) {
    const first = at + BLOCK_HEADER_BYTES + RECORD_LOCAL_TS;
    copyWord(view, first, at + HEADER_FIRST_LOCAL);
    copyWord(view, first + (block.count - 1) * RECORD_BYTES, at + HEADER_LAST_LOCAL);
  } else {
    view.setBigUint64(at + HEADER_FIRST_LOCAL, 0n, true);
    view.setBigUint64(at + HEADER_LAST_LOCAL, 0n, true);
  }
  view.setUint32(at + HEADER_PAYLOAD_CRC, crc32(payload), true);
  view.setUint32(at + HEADER_CRC, crc32(new Uint8Array(view.buffer, start, HEADER_CRC)), true);
  return BLOCK_HEADER_BYTES + padded;
}

function copyWord(view: DataView, from: number, to: number): void {
  view.setUint32(to, view.getUint32(from, true), true);
  view.setUint32(to + 4, view.getUint32(from + 4, true), true);
}

/** Whether a whole, unharmed header stands at `at`; 64 bytes of `view` from there must exist. */
export function isHeader(view: DataView, at: number, crc32: Crc32): boolean {
  return (
    view.getUint32(at + HEADER_MAGIC, true) === BLOCK_MAGIC &&
    view.getUint32(at + HEADER_CRC, true) === crc32(new Uint8Array(view.buffer, view.byteOffset + at, HEADER_CRC))
  );
}

/**
 * Bytes of the block whose header stands at `at`; `offsetBytes` is that place in the stream, for errors.
 * Throws BlockDamage where no whole header stands there, NewerFormatError for a later format.
 */
export function blockBytes(
  view: DataView,
  at: number,
  offsetBytes: number,
  maxPayloadBytes: number,
  crc32: Crc32,
): number {
  if (view.getUint32(at + HEADER_MAGIC, true) !== BLOCK_MAGIC) {
    throw new BlockDamage('magic', offsetBytes, 'the bytes "TIDE" that open every block are missing');
  }
  if (!isHeader(view, at, crc32)) {
    throw new BlockDamage('header', offsetBytes, 'the checksum of the block header does not fit the header');
  }
  const version = view.getUint16(at + HEADER_VERSION, true);
  if (version > JOURNAL_FORMAT_VERSION) throw new NewerFormatError(version);
  const headerBytes = view.getUint16(at + HEADER_LENGTH, true);
  const stored = view.getUint32(at + HEADER_STORED_BYTES, true);
  const raw = view.getUint32(at + HEADER_RAW_BYTES, true);
  if (headerBytes !== BLOCK_HEADER_BYTES) {
    throw new BlockDamage(
      'header',
      offsetBytes,
      `the header says that it has ${headerBytes} bytes, not ${BLOCK_HEADER_BYTES}`,
    );
  }
  if (stored > maxPayloadBytes || raw > maxPayloadBytes) {
    const limit = Math.min(maxPayloadBytes, MAX_PAYLOAD_BYTES);
    throw new BlockDamage(
      'header',
      offsetBytes,
      `its payload of ${Math.max(stored, raw)} bytes is above the limit of ${limit}`,
    );
  }
  return headerBytes + paddedBytes(stored);
}

/**
 * The block at `at`, whose header `blockBytes` has accepted and whose `bytes` all stand in `view`.
 * `check` false leaves the payload's checksum out. Throws BlockDamage where the payload is not what was written.
 */
export function readBlock(
  view: DataView,
  at: number,
  bytes: number,
  offsetBytes: number,
  crc32: Crc32,
  check: boolean,
): JournalBlock {
  const type = view.getUint16(at + HEADER_TYPE, true);
  const codec = view.getUint16(at + HEADER_CODEC, true);
  const count = view.getUint32(at + HEADER_COUNT, true);
  const rawBytes = view.getUint32(at + HEADER_RAW_BYTES, true);
  const damage = (detail: string) => new BlockDamage('payload', offsetBytes, detail, { type, count, bytes });
  const start = view.byteOffset + at + BLOCK_HEADER_BYTES;
  if (check) {
    const padded = new Uint8Array(view.buffer, start, bytes - BLOCK_HEADER_BYTES);
    if (view.getUint32(at + HEADER_PAYLOAD_CRC, true) !== crc32(padded)) {
      throw damage('the checksum of the payload does not fit the payload');
    }
  }
  const stored = new Uint8Array(view.buffer, start, view.getUint32(at + HEADER_STORED_BYTES, true));
  const payload = decode(stored, codec, rawBytes, damage);
  if (holdsRecords(type) && payload.length !== count * RECORD_BYTES) {
    throw damage(`${count} records need ${count * RECORD_BYTES} bytes, not ${payload.length}`);
  }
  return {
    type,
    codec,
    count,
    firstRecord:
      view.getUint32(at + HEADER_FIRST_RECORD, true) + view.getUint32(at + HEADER_FIRST_RECORD + 4, true) * TWO_32,
    inputHash: view.getBigUint64(at + HEADER_INPUT_HASH, true),
    firstLocalNs: view.getBigInt64(at + HEADER_FIRST_LOCAL, true),
    lastLocalNs: view.getBigInt64(at + HEADER_LAST_LOCAL, true),
    payload,
    offsetBytes,
    bytes,
  };
}

function decode(
  stored: Uint8Array,
  codec: number,
  rawBytes: number,
  damage: (detail: string) => BlockDamage,
): Uint8Array {
  if (codec === Codec.raw) {
    if (stored.length !== rawBytes)
      throw damage(`${rawBytes} bytes are announced, but ${stored.length} stored uncompressed`);
    return stored;
  }
  if (codec !== Codec.deflateRaw) throw damage(`its codec ${codec} is unknown; known are 0 (raw) and 1 (deflate)`);
  let raw: Uint8Array;
  try {
    raw = inflateSync(stored, { out: new Uint8Array(rawBytes) });
  } catch (error) {
    throw damage(`the payload cannot be decompressed (${error instanceof Error ? error.message : String(error)})`);
  }
  if (raw.length !== rawBytes)
    throw damage(`${rawBytes} bytes are announced, but ${raw.length} came out of the compression`);
  return raw;
}
