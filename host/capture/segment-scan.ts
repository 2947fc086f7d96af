/** Reads one segment from end to end and says what is in it and up to where it is whole. */
import type { JournalBlock } from '../events/journal-block.ts';
import { ChainCheck } from '../events/journal-chain.ts';
import { BlockDamage } from '../events/journal-damage.ts';
import type { RecordHasher, SegmentHeader, SegmentSeal } from '../events/journal-format.ts';
import { BlockType, hashText } from '../events/journal-format.ts';
import { BlockParser } from '../events/journal-parser.ts';
import type { JournalFiles } from './journal-files.ts';
import { crc32, nodeFiles, segmentPath } from './journal-files.ts';
import { bufferFor, checkHeader, named } from './journal-reader.ts';
import { SegmentStream } from './segment-stream.ts';

export interface SegmentScan {
  readonly segment: number;
  /** Undefined where not even the first block is whole. */
  readonly header: SegmentHeader | undefined;
  /** Whether the last whole block is the seal. */
  readonly sealed: boolean;
  /** Counts up to the last whole block before any damage, in the form of a seal. */
  readonly counts: SegmentSeal;
  /** Where the last whole block ends. */
  readonly wholeBytes: number;
  readonly fileBytes: number;
  /** What is wrong at `wholeBytes`, where anything follows there. */
  readonly damage: string | undefined;
  /** Number of the first record after the damage that could be read; undefined where nothing whole follows. */
  readonly readableFrom: number | undefined;
}

/** Counts of a segment as its blocks go by; the writer and the scan use the same. */
export class SegmentCounts {
  #segment = 0;
  #blocks = 0;
  #records = 0;
  #derived = 0;
  #nextRecord = 0;
  #inputHash = 0n;
  #firstLocalNs = 0n;
  #lastLocalNs = 0n;

  start(segment: number, firstRecord: number, inputHash: bigint): void {
    this.#segment = segment;
    this.#blocks = 0;
    this.#records = 0;
    this.#derived = 0;
    this.#nextRecord = firstRecord;
    this.#inputHash = inputHash;
    this.#firstLocalNs = 0n;
    this.#lastLocalNs = 0n;
  }

  add(type: number, count: number, inputHash: bigint, firstLocalNs: bigint, lastLocalNs: bigint): void {
    this.#blocks++;
    this.#inputHash = inputHash;
    if (count === 0) return;
    if (type === BlockType.inputs) {
      this.#records += count;
      this.#nextRecord += count;
    } else {
      this.#derived += count;
    }
    if (this.#firstLocalNs === 0n) this.#firstLocalNs = firstLocalNs;
    this.#lastLocalNs = lastLocalNs;
  }

  /** From the first to the last record, ns. */
  get durationNs(): number {
    return Number(this.#lastLocalNs - this.#firstLocalNs);
  }

  seal(): SegmentSeal {
    return {
      segment: this.#segment,
      blocks: this.#blocks,
      records: this.#records,
      derived: this.#derived,
      nextRecord: this.#nextRecord,
      inputHash: hashText(this.#inputHash),
      firstLocalNs: String(this.#firstLocalNs),
      lastLocalNs: String(this.#lastLocalNs),
    };
  }
}

/** Scans a segment. Throws NewerFormatError and JournalError, but not for damage, which it reports. */
export function scanSegment(
  directory: string,
  segment: number,
  options: { readonly hasher?: RecordHasher | undefined; readonly files?: JournalFiles | undefined } = {},
): SegmentScan {
  const files = options.files ?? nodeFiles;
  const path = segmentPath(directory, segment);
  const chain = new ChainCheck(options.hasher);
  const parser = new BlockParser({ crc32, bufferBytes: bufferFor(path, files) });
  const stream = new SegmentStream(path, 0, parser, chain, files);
  const counts = new SegmentCounts();
  let header: SegmentHeader | undefined;
  let sealed = false;
  let wholeBytes = 0;
  let damage: string | undefined;
  let readableFrom: number | undefined;
  try {
    for (;;) {
      let block: JournalBlock | undefined;
      try {
        block = stream.next();
      } catch (error) {
        if (!(error instanceof BlockDamage)) throw named(error, path);
        damage = error.message;
        readableFrom = stream.resync(error)?.firstRecord;
        break;
      }
      if (block === undefined) break;
      if (block.offsetBytes === 0) {
        header = checkHeader(block, segment, path);
        counts.start(segment, block.firstRecord, block.inputHash);
      }
      wholeBytes = block.offsetBytes + block.bytes;
      sealed = block.type === BlockType.seal;
      if (!sealed) counts.add(block.type, block.count, block.inputHash, block.firstLocalNs, block.lastLocalNs);
    }
    const fileBytes = stream.fileBytes;
    if (damage === undefined && fileBytes > wholeBytes) damage = 'the last block is not whole';
    return { segment, header, sealed, counts: counts.seal(), wholeBytes, fileBytes, damage, readableFrom };
  } finally {
    stream.close();
  }
}
