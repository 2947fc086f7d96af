/**
 * Makes a journal that was cut off fit to be continued: the bytes behind the last whole block are moved into a file of
 * their own, the segment is sealed there, and the manifest says so. The caller holds the journal's lock.
 */
import { join } from 'node:path';
import { BlockType, Codec, INPUT_HASH_START, paddedBytes, BLOCK_HEADER_BYTES } from '../events/journal-format.ts';
import type { RecordHasher, SegmentSeal } from '../events/journal-format.ts';
import { sealBlock } from '../events/journal-block.ts';
import type { JournalFiles } from './journal-files.ts';
import {
  crc32,
  JournalError,
  listNumbers,
  lostFile,
  nodeFiles,
  readRange,
  segmentFile,
  segmentPath,
} from './journal-files.ts';
import { appendManifest } from './journal-manifest-file.ts';
import type { SegmentScan } from './segment-scan.ts';
import { scanSegment } from './segment-scan.ts';

/** Bytes that were moved out of a segment. */
export interface JournalCut {
  readonly segment: number;
  readonly offsetBytes: number;
  readonly lostBytes: number;
  readonly lostRecordsAtMost: number;
  /** Where they are kept. */
  readonly lostFile: string;
  readonly message: string;
}

export interface Recovery {
  /** Number of the segment in which the journal goes on. */
  readonly nextSegment: number;
  /** Input records in the journal, and the chain there. */
  readonly records: number;
  readonly inputHash: bigint;
  /** The journal's epoch; undefined for an empty directory. */
  readonly epochNs: bigint | undefined;
  /** What was cut off, newest segment first. */
  readonly cuts: readonly JournalCut[];
}

export interface RecoverOptions {
  /** Hashes the last segment's inputs again and compares. */
  readonly hasher?: RecordHasher;
  /** Cuts at damage in the middle too, though whole blocks follow it. Default: that is an error. */
  readonly cutDamaged?: boolean;
  readonly files?: JournalFiles;
}

/** Throws JournalError where whole blocks follow the damage and `cutDamaged` was not asked for, NewerFormatError. */
export function recover(directory: string, options: RecoverOptions = {}): Recovery {
  const files = options.files ?? nodeFiles;
  const cuts: JournalCut[] = [];
  for (;;) {
    const segment = listNumbers(directory, 'segment', files).at(-1);
    if (segment === undefined) {
      return { nextSegment: 1, records: 0, inputHash: INPUT_HASH_START, epochNs: undefined, cuts };
    }
    const scan = scanSegment(directory, segment, { hasher: options.hasher, files });
    if (scan.readableFrom !== undefined && options.cutDamaged !== true) {
      throw new JournalError(
        `${segmentPath(directory, segment)} is damaged in the middle (${scan.damage}), and records from number ${scan.readableFrom} on follow; ` +
          'start a new journal in another directory, or continue this one with --cut-damaged, which keeps what follows in a file of its own',
      );
    }
    if (scan.fileBytes > scan.wholeBytes || scan.header === undefined) cuts.push(cut(directory, scan, files));
    if (scan.header === undefined) continue;
    if (!scan.sealed)
      sealCut(
        directory,
        scan,
        cuts.find((c) => c.segment === segment),
        files,
      );
    return {
      nextSegment: segment + 1,
      records: scan.counts.nextRecord,
      inputHash: BigInt(`0x${scan.counts.inputHash}`),
      epochNs: BigInt(scan.header.epochNs),
      cuts,
    };
  }
}

/** Moves the bytes behind the last whole block into a file of their own; removes a segment that has none. */
function cut(directory: string, scan: SegmentScan, files: JournalFiles): JournalCut {
  const path = segmentPath(directory, scan.segment);
  const lostBytes = scan.fileBytes - scan.wholeBytes;
  let name = lostFile(scan.segment, scan.wholeBytes);
  for (let n = 2; files.existsSync(join(directory, name)); n++)
    name = `${lostFile(scan.segment, scan.wholeBytes)}.${n}`;
  const from = files.openSync(path, 'r+');
  try {
    const to = files.openSync(join(directory, name), 'w');
    try {
      const write = (piece: Uint8Array) => {
        for (let at = 0; at < piece.length;) at += files.writeSync(to, piece, at, piece.length - at, null);
      };
      readRange(from, scan.wholeBytes, scan.fileBytes, write, files);
      files.fsyncSync(to);
    } finally {
      files.closeSync(to);
    }
    if (scan.header !== undefined) files.ftruncateSync(from, scan.wholeBytes);
  } finally {
    files.closeSync(from);
  }
  if (scan.header === undefined) files.unlinkSync(path);
  appendManifest(
    directory,
    {
      event: 'recovered',
      segment: scan.segment,
      file: segmentFile(scan.segment),
      offsetBytes: scan.wholeBytes,
      lostBytes,
      lostFile: name,
      nextRecord: scan.counts.nextRecord,
    },
    files,
  );
  const lostRecordsAtMost = Math.floor(lostBytes / 64);
  const message =
    `${path} is whole up to byte ${scan.wholeBytes}; the ${lostBytes} bytes after it, at most ${lostRecordsAtMost} records, ` +
    `are lost and kept in ${name}: ${scan.damage ?? 'not even its header is whole'}`;
  return { segment: scan.segment, offsetBytes: scan.wholeBytes, lostBytes, lostRecordsAtMost, lostFile: name, message };
}

function sealCut(directory: string, scan: SegmentScan, lost: JournalCut | undefined, files: JournalFiles): void {
  const seal: SegmentSeal = {
    ...scan.counts,
    recovered: { lostBytes: lost?.lostBytes ?? 0, lostFile: lost?.lostFile ?? '' },
  };
  const json = new TextEncoder().encode(JSON.stringify(seal));
  const bytes = new Uint8Array(BLOCK_HEADER_BYTES + paddedBytes(json.length));
  bytes.set(json, BLOCK_HEADER_BYTES);
  const block = {
    type: BlockType.seal,
    codec: Codec.raw,
    count: 0,
    storedBytes: json.length,
    rawBytes: json.length,
    firstRecord: seal.nextRecord,
    inputHash: BigInt(`0x${seal.inputHash}`),
  };
  sealBlock(new DataView(bytes.buffer), 0, block, crc32);
  const fd = files.openSync(segmentPath(directory, scan.segment), 'r+');
  try {
    for (let at = 0; at < bytes.length;) at += files.writeSync(fd, bytes, at, bytes.length - at, scan.wholeBytes + at);
    files.fsyncSync(fd);
  } finally {
    files.closeSync(fd);
  }
  const file = segmentFile(scan.segment);
  appendManifest(directory, { event: 'sealed', file, bytes: scan.wholeBytes + bytes.length, ...seal }, files);
}
