/**
 * The numbers of the journal's file format: the block header's fields, block types, codecs, hash start values.
 * docs/journal.md says the same in words, and a test reads a journal with nothing but that text.
 */

/** Version that this program writes. It reads this one and every older one. */
export const JOURNAL_FORMAT_VERSION = 1;

/** "TIDE" in ASCII, read as a little-endian u32. */
export const BLOCK_MAGIC = 0x45444954;
export const BLOCK_HEADER_BYTES = 64;
/** Blocks start at multiples of this, so that their payload can be read in place as 64-bit words. */
export const BLOCK_ALIGNMENT_BYTES = 8;
/** Largest payload of a block, stored or raw; a larger one is refused by writer and reader. */
export const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

/** Byte offsets of the header's fields, all little-endian. */
export const HEADER_MAGIC = 0;
export const HEADER_TYPE = 4;
export const HEADER_CODEC = 6;
export const HEADER_VERSION = 8;
export const HEADER_LENGTH = 10;
export const HEADER_COUNT = 12;
export const HEADER_STORED_BYTES = 16;
export const HEADER_RAW_BYTES = 20;
export const HEADER_FIRST_RECORD = 24;
export const HEADER_INPUT_HASH = 32;
export const HEADER_FIRST_LOCAL = 40;
export const HEADER_LAST_LOCAL = 48;
export const HEADER_PAYLOAD_CRC = 56;
export const HEADER_CRC = 60;

export const BlockType = {
  /** Records that are fed on replay. */
  inputs: 1,
  /** Records that are recomputed on replay and compared. */
  derived: 2,
  /** The whole state; only in snapshot files. */
  snapshot: 3,
  /** The resolved configuration, JSON. */
  config: 4,
  /** Instrument definitions, JSON. */
  definitions: 5,
  /** The strategy's module, as it was loaded. */
  strategy: 6,
  /** A venue's frame as it was received. */
  rawFrame: 7,
  /** The body of a REST answer as it was received. */
  restBody: 8,
  /** A note for people, UTF-8. */
  text: 9,
  /** Opens every segment, JSON. */
  segmentHeader: 10,
  /** Ends a finished segment, JSON. */
  seal: 11,
} as const;

const NAMES = new Map<number, string>(Object.entries(BlockType).map(([name, code]) => [code, name]));

/** The type's name, or `type 4000` for one that this version does not know. */
export function blockTypeName(type: number): string {
  return NAMES.get(type) ?? `type ${type}`;
}

/** Whether this version knows the type; readers skip the blocks that they do not know. */
export function isKnownBlockType(type: number): boolean {
  return NAMES.has(type);
}

export const Codec = {
  raw: 0,
  /** RFC 1951, without zlib's header. */
  deflateRaw: 1,
} as const;

/** Start values of the hash chains, ASCII read as a big number: "tidebook", "commands", "statehas". */
export const INPUT_HASH_START = 0x74696465626f6f6bn;
export const COMMAND_HASH_START = 0x636f6d6d616e6473n;
export const STATE_HASH_START = 0x7374617465686173n;

/** Continues a hash chain over the bytes of whole records: `hashRecords(bytes, hash)` gives the new chain value. */
export type RecordHasher = (bytes: Uint8Array, hash: bigint) => bigint;

/** CRC-32 (IEEE 802.3, as in zlib) of `bytes`. */
export type Crc32 = (bytes: Uint8Array) => number;

/** A chain value as it stands in JSON: 16 hexadecimal digits. */
export function hashText(hash: bigint): string {
  return hash.toString(16).padStart(16, '0');
}

/** Payload bytes as they take room in the file. */
export function paddedBytes(bytes: number): number {
  return Math.ceil(bytes / BLOCK_ALIGNMENT_BYTES) * BLOCK_ALIGNMENT_BYTES;
}

/** What the segment's first block says, as JSON. */
export interface SegmentHeader {
  readonly formatVersion: number;
  /** Number of the segment, from 1. */
  readonly segment: number;
  /** The journal's epoch, ns since 1970, as a decimal string; the same in all segments. */
  readonly epochNs: string;
  /** Input records before this segment. */
  readonly firstRecord: number;
  /** Input chain before this segment, 16 hexadecimal digits. */
  readonly inputHash: string;
  readonly tidebookVersion: string;
  readonly kernelsSha256: string;
  readonly strategySha256: string;
  readonly configSha256: string;
  /** Clock, schedule and whatever else the session wants to keep beside the records. */
  readonly session?: unknown;
  /** Hashes of the session at the end of the segment before, as the session gave them. */
  readonly previousHashes?: unknown;
}

/** What the seal says, as JSON: the counts of its segment. */
export interface SegmentSeal {
  readonly segment: number;
  /** Blocks before the seal. */
  readonly blocks: number;
  /** Input records in the segment. */
  readonly records: number;
  /** Derived records in the segment. */
  readonly derived: number;
  /** Input records up to the end of the segment. */
  readonly nextRecord: number;
  /** Input chain at the end of the segment. */
  readonly inputHash: string;
  /** localTs of the first and last record, ns since 1970, decimal strings; "0" without records. */
  readonly firstLocalNs: string;
  readonly lastLocalNs: string;
  /** Hashes of the session at the end of the segment, as the session gave them. */
  readonly hashes?: unknown;
  /** Present where the segment was cut off and sealed afterwards. */
  readonly recovered?: { readonly lostBytes: number; readonly lostFile: string };
}
