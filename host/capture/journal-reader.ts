/**
 * Streams the blocks of a journal directory through one buffer, whatever the journal's length. Every block's checksums,
 * number and chain value are checked; what is damaged or cut off is reported, never passed on.
 */
import type { JournalBlock } from '../events/journal-block.ts';
import { ChainCheck } from '../events/journal-chain.ts';
import { BlockDamage, NewerFormatError } from '../events/journal-damage.ts';
import type { RecordHasher, SegmentHeader } from '../events/journal-format.ts';
import { BlockType, blockTypeName, isKnownBlockType, JOURNAL_FORMAT_VERSION } from '../events/journal-format.ts';
import { BlockParser } from '../events/journal-parser.ts';
import type { JournalFiles } from './journal-files.ts';
import { crc32, JournalError, listNumbers, nodeFiles, segmentFile, segmentPath } from './journal-files.ts';
import { readManifest } from './journal-manifest-file.ts';
import { SegmentStream } from './segment-stream.ts';

/** First size of the reading buffer; smaller for a short journal. */
const MIN_BUFFER_BYTES = 64 * 1024;
const MAX_BUFFER_BYTES = 4 * 1024 * 1024;
/** Holes that are kept one by one; all are counted. */
const MAX_HOLES = 1000;

export interface JournalReaderOptions {
  /** Hashes the input records again and compares with the chain in the block headers. */
  readonly hasher?: RecordHasher;
  /** Default: the first that there is. */
  readonly fromSegment?: number;
  /** Where in `fromSegment` a block starts. Default 0. */
  readonly fromOffsetBytes?: number;
  /** Last segment to read. Default: the last that there is when the reader gets there. */
  readonly toSegment?: number;
  /** Types to deliver. Default: all that this version knows. */
  readonly types?: readonly number[];
  /** Goes on behind damage, with a hole reported, instead of ending in a JournalDamageError. */
  readonly skipDamaged?: boolean;
  readonly onHole?: (hole: JournalHole) => void;
  /** False leaves out the payloads' checksums, for a further pass over a journal that was checked before. */
  readonly checkPayloads?: boolean;
  readonly bufferBytes?: number;
  readonly files?: JournalFiles;
}

/** Blocks that cannot be read, in the middle of a journal. */
export interface JournalHole {
  readonly segment: number;
  readonly offsetBytes: number;
  readonly lostBytes: number;
  /** Type of the first damaged block where its header could be read. */
  readonly blockType: number | undefined;
  /** Number of the first input record that may be missing. */
  readonly fromRecord: number;
  /** Number of the first input record that can be read again; undefined where none follows. */
  readonly toRecord: number | undefined;
  readonly message: string;
}

/** What follows the last whole block at the end of a journal that was cut off. */
export interface TornTail {
  readonly segment: number;
  readonly offsetBytes: number;
  readonly lostBytes: number;
  /** Records that these bytes can have held at most. */
  readonly lostRecordsAtMost: number;
  readonly message: string;
}

/** Damage in the middle of a journal; nothing behind it was delivered. */
export class JournalDamageError extends JournalError {
  override readonly name = 'JournalDamageError';
  readonly hole: JournalHole;

  constructor(hole: JournalHole) {
    super(`${hole.message}; read with --skip-damaged to go on behind it, with the hole reported`);
    this.hole = hole;
  }
}

export class JournalReader {
  readonly directory: string;
  readonly #options: JournalReaderOptions;
  readonly #files: JournalFiles;
  readonly #chain: ChainCheck;
  readonly #sealed = new Set<number>();
  readonly #holes: JournalHole[] = [];
  #holeCount = 0;
  #tail: TornTail | undefined;
  #segment = 0;
  #endOffsetBytes = 0;

  constructor(directory: string, options: JournalReaderOptions = {}) {
    this.directory = directory;
    this.#options = options;
    this.#files = options.files ?? nodeFiles;
    this.#chain = new ChainCheck(options.hasher);
  }

  /** Segment of the block delivered last. */
  get segment(): number {
    return this.#segment;
  }
  /** Input records of the journal up to the block read last. */
  get records(): number {
    return this.#chain.records;
  }
  /** Input chain up to there. */
  get inputHash(): bigint {
    return this.#chain.inputHash;
  }
  /** Where the last whole block of `segment` ends. */
  get endOffsetBytes(): number {
    return this.#endOffsetBytes;
  }
  /** Once everything is read: what was cut off at the end, if anything. */
  get tail(): TornTail | undefined {
    return this.#tail;
  }
  /** With `skipDamaged`: the holes, the first 1,000 of `holeCount`. */
  get holes(): readonly JournalHole[] {
    return this.#holes;
  }
  get holeCount(): number {
    return this.#holeCount;
  }

  /**
   * The blocks in order. A block's payload is valid until the next one is asked for.
   * Throws JournalDamageError at damage in the middle, NewerFormatError, or JournalError where there is no journal.
   */
  *blocks(): Generator<JournalBlock, void, undefined> {
    const numbers = listNumbers(this.directory, 'segment', this.#files);
    const first = this.#options.fromSegment ?? numbers[0];
    if (first === undefined || !numbers.includes(first)) {
      throw new JournalError(
        `${this.directory} has no ${first === undefined ? 'journal segment' : segmentFile(first)}; give the directory of a journal`,
      );
    }
    for (const line of readManifest(this.directory, this.#files).lines) {
      if (line.event === 'sealed') this.#sealed.add(line.segment);
    }
    const parser = new BlockParser({
      crc32,
      bufferBytes: this.#options.bufferBytes ?? bufferFor(segmentPath(this.directory, first), this.#files),
      checkPayloads: this.#options.checkPayloads ?? true,
    });
    const end = this.#options.toSegment ?? Infinity;
    let offsetBytes = this.#options.fromOffsetBytes ?? 0;
    for (let segment = first; segment <= end; segment++) {
      yield* this.#segmentBlocks(segment, offsetBytes, parser);
      offsetBytes = 0;
      // Listed anew, since a journal may grow while it is read.
      const next = listNumbers(this.directory, 'segment', this.#files).find((n) => n > segment);
      if (next === undefined) return;
      if (next > segment + 1 && next <= end) {
        const from = this.#chain.records;
        this.#reportHole(
          segment + 1,
          0,
          0,
          undefined,
          from,
          undefined,
          `${this.directory}: ${segmentFile(segment + 1)} is missing`,
        );
        this.#chain.forget();
        segment = next - 1;
      }
    }
  }

  *#segmentBlocks(
    segment: number,
    fromOffsetBytes: number,
    parser: BlockParser,
  ): Generator<JournalBlock, void, undefined> {
    this.#segment = segment;
    const path = segmentPath(this.directory, segment);
    const stream = new SegmentStream(path, fromOffsetBytes, parser, this.#chain, this.#files);
    let sealed = false;
    try {
      for (;;) {
        let block: JournalBlock | undefined;
        try {
          block = stream.next();
          if (block === undefined) break;
          if (block.offsetBytes === 0) checkHeader(block, segment, path);
        } catch (error) {
          if (!(error instanceof BlockDamage)) throw named(error, path);
          block = this.#behindDamage(stream, error, segment, path);
          if (block === undefined) return;
        }
        this.#endOffsetBytes = block.offsetBytes + block.bytes;
        sealed = block.type === BlockType.seal;
        if (this.#wanted(block.type)) yield block;
      }
      this.#atEnd(stream, segment, path, sealed);
    } finally {
      stream.close();
    }
  }

  #wanted(type: number): boolean {
    return this.#options.types?.includes(type) ?? isKnownBlockType(type);
  }

  #mayEndEarly(segment: number): boolean {
    if (this.#sealed.has(segment)) return false;
    return !listNumbers(this.directory, 'segment', this.#files).some((n) => n > segment);
  }

  #atEnd(stream: SegmentStream, segment: number, path: string, sealed: boolean): void {
    const offset = stream.offsetBytes;
    const lost = stream.remainingBytes;
    if (lost === 0 && sealed) return;
    if (this.#mayEndEarly(segment)) {
      if (lost > 0) this.#reportTail(segment, offset, lost, 'the last block is not whole');
      return;
    }
    const why = lost > 0 ? `ends in ${lost} bytes that are no whole block` : 'ends without its seal';
    const from = this.#chain.records;
    this.#reportHole(
      segment,
      offset,
      lost,
      undefined,
      from,
      undefined,
      `${path} ${why} at byte ${offset}: it was cut off there`,
    );
    this.#chain.forget();
  }

  #behindDamage(stream: SegmentStream, damage: BlockDamage, segment: number, path: string): JournalBlock | undefined {
    const from = this.#chain.records;
    const next = stream.resync(damage);
    if (next === undefined && this.#mayEndEarly(segment)) {
      this.#reportTail(segment, damage.offsetBytes, stream.fileBytes - damage.offsetBytes, damage.message);
      return undefined;
    }
    const end = next?.offsetBytes ?? stream.fileBytes;
    const follows =
      next === undefined
        ? `no block after it in this segment can be read`
        : `records from number ${next.firstRecord} on follow it unread, at byte ${next.offsetBytes}`;
    const message = `${path}: ${damage.message}. Records before number ${from} are whole; ${follows}`;
    this.#reportHole(
      segment,
      damage.offsetBytes,
      end - damage.offsetBytes,
      damage.blockType,
      from,
      next?.firstRecord,
      message,
    );
    if (next === undefined) this.#chain.forget();
    return next;
  }

  #reportTail(segment: number, offsetBytes: number, lostBytes: number, detail: string): void {
    const lostRecordsAtMost = Math.floor(lostBytes / 64);
    const message =
      `${segmentPath(this.directory, segment)} is whole up to byte ${offsetBytes} (${this.#chain.records} input records); ` +
      `the ${lostBytes} bytes after it, at most ${lostRecordsAtMost} records, are lost: ${detail}`;
    this.#tail = { segment, offsetBytes, lostBytes, lostRecordsAtMost, message };
  }

  #reportHole(
    segment: number,
    offsetBytes: number,
    lostBytes: number,
    blockType: number | undefined,
    fromRecord: number,
    toRecord: number | undefined,
    message: string,
  ): void {
    const hole = { segment, offsetBytes, lostBytes, blockType, fromRecord, toRecord, message };
    if (this.#options.skipDamaged !== true) throw new JournalDamageError(hole);
    this.#holeCount++;
    if (this.#holes.length < MAX_HOLES) this.#holes.push(hole);
    this.#options.onHole?.(hole);
  }
}

/** Size of the buffer with which a segment is read. */
export function bufferFor(path: string, files: JournalFiles): number {
  const bytes = files.existsSync(path) ? files.statSync(path).size : 0;
  return Math.min(Math.max(bytes, MIN_BUFFER_BYTES), MAX_BUFFER_BYTES);
}

/** Names the file in an error that does not know it. */
export function named(error: unknown, path: string): unknown {
  if (error instanceof NewerFormatError) error.message = `${path}: ${error.message}`;
  return error;
}

/** The JSON of a segment's first block. Throws JournalError where it is none or is another segment's. */
export function checkHeader(block: JournalBlock, segment: number, path: string): SegmentHeader {
  if (block.type !== BlockType.segmentHeader) {
    throw new JournalError(
      `${path} opens with a ${blockTypeName(block.type)} block, not with a segment header; it is no whole segment`,
    );
  }
  const header = readJson(block, path) as SegmentHeader;
  if (header.formatVersion > JOURNAL_FORMAT_VERSION) throw new NewerFormatError(header.formatVersion);
  if (header.segment !== segment) {
    throw new JournalError(
      `${path} holds segment ${header.segment}; give the file back its name, ${segmentFile(header.segment)}`,
    );
  }
  return header;
}

/** The JSON in a block. Throws JournalError where it is none. */
export function readJson(block: JournalBlock, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(block.payload));
  } catch {
    throw new JournalError(
      `${path}: the ${blockTypeName(block.type)} block at byte ${block.offsetBytes} holds no JSON`,
    );
  }
}
