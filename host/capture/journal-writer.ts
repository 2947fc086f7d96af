/**
 * Appends records to a journal. What is given to it is copied into one buffer, in whole blocks, and handed to the
 * operating system by `flush` in one write; nothing is made per record. From then on a kill -9 cannot lose it.
 */
import { deflateSync } from 'fflate';
import { RECORD_BYTES } from '#generated/records.ts';
import { sealBlock } from '../events/journal-block.ts';
import type { RecordHasher, SegmentHeader, SegmentSeal } from '../events/journal-format.ts';
import {
  BLOCK_HEADER_BYTES,
  BlockType,
  Codec,
  HEADER_COUNT,
  HEADER_FIRST_LOCAL,
  HEADER_LAST_LOCAL,
  HEADER_STORED_BYTES,
  HEADER_TYPE,
  hashText,
  JOURNAL_FORMAT_VERSION,
  MAX_PAYLOAD_BYTES,
  paddedBytes,
} from '../events/journal-format.ts';
import type { ManifestLine } from '../events/journal-manifest.ts';
import type { JournalFiles } from './journal-files.ts';
import {
  crc32,
  errorCode,
  errorText,
  JournalError,
  listNumbers,
  nodeFiles,
  segmentFile,
  segmentPath,
  snapshotPath,
} from './journal-files.ts';
import { JournalLock } from './journal-lock.ts';
import { appendManifest } from './journal-manifest-file.ts';
import type { Recovery } from './journal-recover.ts';
import { recover } from './journal-recover.ts';
import { SegmentCounts } from './segment-scan.ts';

export interface JournalWriterOptions {
  readonly header: Pick<
    SegmentHeader,
    'tidebookVersion' | 'kernelsSha256' | 'strategySha256' | 'configSha256' | 'session'
  > & {
    /** ns since 1970; a journal that is continued keeps its own. */
    readonly epochNs: bigint;
  };
  /** The resolved configuration, JSON. */
  readonly config: string;
  /** The instrument definitions, JSON. */
  readonly definitions: string;
  /** The strategy's module. */
  readonly strategy: Uint8Array;
  readonly hasher: RecordHasher;
  /** Longest that `tick` leaves a record in memory, ms. Default 20. */
  readonly flushMs?: number;
  /** Size at which `tick` starts the next segment. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Span of localTs at which it does. Default: none. */
  readonly segmentNs?: number;
  /** How often `tick` asks for the disk itself (fsync, in the background). Default: only when a segment ends. */
  readonly syncEveryMs?: number;
  /** Segments kept; older ones are deleted when a segment ends, once a snapshot makes them needless. Default: all. */
  readonly retainSegments?: number;
  /** Bytes of records in a block at most. Default 256 KiB. */
  readonly blockBytes?: number;
  /** Bytes that wait for a flush at most; when they are full, they are flushed. Default 1 MiB. */
  readonly bufferBytes?: number;
  /** A lock of this journal that the caller holds already; `close` gives it back. */
  readonly lock?: JournalLock;
  /** Continue a journal that is damaged in the middle of its last segment; see `recover`. */
  readonly cutDamaged?: boolean;
  /** After each write: the segment and its size. */
  readonly onAppend?: (segment: number, sizeBytes: number) => void;
  /** After a segment was opened: take a snapshot of the state at `firstRecord`. */
  readonly onSegment?: (segment: number, firstRecord: number) => void;
  readonly files?: JournalFiles;
}

/** The disk did not take what was written. The writer takes nothing more; what is on disk stays readable. */
export class JournalWriteError extends JournalError {
  override readonly name = 'JournalWriteError';
  readonly path: string;
  /** ENOSPC, EIO, ... */
  readonly code: string;
  /** Bytes of the segment that are whole blocks on disk. */
  readonly safeBytes: number;
  /** Input records of the journal that are on disk. */
  readonly safeRecords: number;

  constructor(path: string, cause: unknown, safeBytes: number, safeRecords: number) {
    const code = errorCode(cause);
    const remedy =
      code === 'ENOSPC' || code === 'EDQUOT'
        ? 'free space on that disk, then start again: the journal continues where it is whole'
        : 'check the disk, then start again: the journal continues where it is whole';
    super(
      `${path} cannot be written (${errorText(cause)}); it is whole up to byte ${safeBytes}, input record ${safeRecords}; ${remedy}`,
    );
    this.path = path;
    this.code = code;
    this.safeBytes = safeBytes;
    this.safeRecords = safeRecords;
  }
}

const NO_BLOCK = -1;

export class JournalWriter {
  readonly directory: string;
  /** What was cut off or taken over when the journal was opened. */
  readonly notes: readonly string[];
  readonly recovery: Recovery;
  readonly #options: JournalWriterOptions;
  readonly #files: JournalFiles;
  readonly #lock: JournalLock;
  readonly #blockBytes: number;
  readonly #counts = new SegmentCounts();
  #definitions: string;
  /** Whole blocks in [0, #openAt), then the open one's header room and records up to #used. */
  #buffer: Uint8Array;
  #view: DataView;
  #used = 0;
  #openAt = NO_BLOCK;
  #openType = 0;
  /** Records put into blocks, and the chain after the last block that was closed. */
  #records: number;
  #closedRecords: number;
  #inputHash: bigint;
  /** Records on disk. */
  #safeRecords: number;
  #segment: number;
  #fd = -1;
  #sizeBytes = 0;
  #failure: JournalWriteError | undefined;
  #closed = false;
  #lastFlushMs = -Infinity;
  #lastSyncMs = -Infinity;
  #syncing = false;

  /**
   * Starts a journal in `directory`, or continues the one that is there in a new segment.
   * Throws JournalError where another process writes it or it cannot be continued, JournalWriteError.
   */
  static open(directory: string, options: JournalWriterOptions): JournalWriter {
    const files = options.files ?? nodeFiles;
    try {
      files.mkdirSync(directory, { recursive: true });
    } catch (error) {
      throw new JournalError(`${directory} cannot be made (${errorText(error)}); give another journal directory`);
    }
    const lock = options.lock ?? JournalLock.take(directory, files);
    let writer: JournalWriter | undefined;
    try {
      const recovery = recover(directory, { hasher: options.hasher, files, cutDamaged: options.cutDamaged ?? false });
      if (recovery.epochNs !== undefined && recovery.epochNs !== options.header.epochNs) {
        throw new JournalError(
          `${directory} has the epoch ${recovery.epochNs} and cannot go on with ${options.header.epochNs}; take the journal's epoch, or another directory`,
        );
      }
      writer = new JournalWriter(directory, options, recovery, lock, files);
      writer.#openSegment(undefined);
      return writer;
    } catch (error) {
      if (writer !== undefined && writer.#fd >= 0) files.closeSync(writer.#fd);
      if (options.lock === undefined) lock.release();
      throw error;
    }
  }

  private constructor(
    directory: string,
    options: JournalWriterOptions,
    recovery: Recovery,
    lock: JournalLock,
    files: JournalFiles,
  ) {
    this.directory = directory;
    this.recovery = recovery;
    this.notes = [...(lock.note === undefined ? [] : [lock.note]), ...recovery.cuts.map((cut) => cut.message)];
    this.#options = options;
    this.#files = files;
    this.#lock = lock;
    this.#definitions = options.definitions;
    this.#blockBytes = Math.max(RECORD_BYTES, options.blockBytes ?? 256 * 1024);
    this.#buffer = new Uint8Array(Math.max(options.bufferBytes ?? 1024 * 1024, 4096));
    this.#view = new DataView(this.#buffer.buffer);
    this.#records = recovery.records;
    this.#closedRecords = recovery.records;
    this.#safeRecords = recovery.records;
    this.#inputHash = recovery.inputHash;
    this.#segment = recovery.nextSegment;
  }

  /** Number of the segment that is being written. */
  get segment(): number {
    return this.#segment;
  }
  /** Its bytes on disk. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }
  /** Input records taken so far, in all segments. */
  get records(): number {
    return this.#records;
  }
  /** Input records handed to the operating system. */
  get safeRecords(): number {
    return this.#safeRecords;
  }
  /** Input chain after all records taken so far; closes the open block. */
  get inputHash(): bigint {
    this.#closeBlock();
    return this.#inputHash;
  }
  /** Bytes that wait for a flush. */
  get pendingBytes(): number {
    return this.#used;
  }
  /** The error after which nothing more is taken. */
  get failure(): JournalWriteError | undefined {
    return this.#failure;
  }

  /** Takes records that are fed on replay, by copy; whole 64-byte records in the order of their arrival. */
  inputs(records: Uint8Array): void {
    this.#append(BlockType.inputs, records);
    this.#records += records.length / RECORD_BYTES;
  }

  /** Takes records that a replay recomputes and compares. */
  derived(records: Uint8Array): void {
    this.#append(BlockType.derived, records);
  }

  /** Writes a block of bytes (raw frame, REST body, text, ...), compressed where that is asked for; at most 64 MiB. */
  bytesBlock(type: number, payload: Uint8Array, codec: number = Codec.raw): void {
    this.#mustTake();
    this.#closeBlock();
    if (payload.length > MAX_PAYLOAD_BYTES) {
      throw new RangeError(`a payload of ${payload.length} bytes is above the limit of ${MAX_PAYLOAD_BYTES}; split it`);
    }
    const stored = codec === Codec.deflateRaw ? deflateSync(payload) : payload;
    const bytes = BLOCK_HEADER_BYTES + paddedBytes(stored.length);
    this.#makeRoom(bytes);
    const at = this.#used;
    this.#buffer.set(stored, at + BLOCK_HEADER_BYTES);
    this.#buffer.fill(0, at + BLOCK_HEADER_BYTES + stored.length, at + bytes);
    this.#seal(at, type, codec, 0, stored.length, payload.length);
  }

  /** Instruments changed: writes their definitions now, and at the head of every later segment. */
  setDefinitions(definitions: string): void {
    this.bytesBlock(BlockType.definitions, new TextEncoder().encode(definitions), Codec.deflateRaw);
    this.#definitions = definitions;
  }

  /** Ends the open block, so that one starts with the next record. */
  checkpoint(): void {
    this.#mustTake();
    this.#closeBlock();
  }

  /** Hands everything taken so far to the operating system in one write. Throws JournalWriteError. */
  flush(): void {
    if (this.#used === 0) return;
    this.#mustTake();
    this.#closeBlock();
    this.#write();
  }

  /**
   * To be called regularly, between records, with any clock in ms: flushes what has waited for `flushMs`, starts the
   * next segment where this one is large or long enough, and asks for an fsync every `syncEveryMs`.
   */
  tick(nowMs: number): void {
    this.#mustTake();
    if (this.#used === 0) this.#lastFlushMs = Math.max(this.#lastFlushMs, nowMs);
    else if (nowMs - this.#lastFlushMs >= (this.#options.flushMs ?? 20)) {
      this.flush();
      this.#lastFlushMs = nowMs;
    }
    if (this.#isLong()) this.rotate();
    const every = this.#options.syncEveryMs;
    if (every !== undefined && !this.#syncing && nowMs - this.#lastSyncMs >= every) {
      this.#lastSyncMs = nowMs;
      this.#syncInBackground(this.#fd, segmentPath(this.directory, this.#segment), () => undefined);
    }
  }

  /** Seals this segment and opens the next. `hashes`: what the session wants to stand in the seal and the next header. */
  rotate(hashes?: unknown): void {
    this.#mustTake();
    this.#sealSegment(hashes);
    const fd = this.#fd;
    const path = segmentPath(this.directory, this.#segment);
    this.#fd = -1;
    this.#syncInBackground(fd, path, () => {
      this.#files.closeSync(fd);
    });
    this.#segment++;
    this.#openSegment(hashes);
    this.#retire();
  }

  /** Appends a line of the session's own to the manifest. */
  note(fields: Readonly<Record<string, unknown>>): void {
    this.#manifest({ ...fields, event: 'note' });
  }

  /**
   * Flushes, seals, hands all to the disk, gives the lock back. After a failed write it tries once more to write what
   * was taken. True where everything taken is on disk. Throws JournalWriteError where the first failure is here.
   */
  close(hashes?: unknown): boolean {
    if (this.#closed) return this.#failure === undefined;
    const failed = this.#failure;
    this.#failure = undefined;
    try {
      if (failed === undefined) this.#sealSegment(hashes);
      else {
        // Without a seal, which may be among what waits; the next opening adds it.
        this.#closeBlock();
        if (this.#used > 0) this.#write();
      }
      if (this.#fd >= 0) this.#files.fsyncSync(this.#fd);
      return true;
    } catch (error) {
      const failure = error instanceof JournalWriteError ? error : this.#fail(error);
      this.#failure = failed ?? failure;
      if (failed === undefined) throw failure;
      return false;
    } finally {
      this.#closed = true;
      if (this.#fd >= 0) this.#files.closeSync(this.#fd);
      this.#fd = -1;
      this.#lock.release();
    }
  }

  #mustTake(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closed) throw new JournalError(`${this.directory}: the journal is closed and takes no more records`);
  }

  #append(type: number, records: Uint8Array): void {
    const { length } = records;
    if (length % RECORD_BYTES !== 0) {
      throw new RangeError(`a journal takes whole records of ${RECORD_BYTES} bytes, not ${length} bytes`);
    }
    this.#mustTake();
    for (let from = 0; from < length;) {
      if (this.#openAt === NO_BLOCK || this.#openType !== type) this.#openBlock(type);
      const inBlock = this.#blockBytes - (this.#used - this.#openAt - BLOCK_HEADER_BYTES);
      const room = Math.min(inBlock, this.#buffer.length - this.#used, length - from);
      const bytes = room - (room % RECORD_BYTES);
      if (bytes === 0) {
        this.#closeBlock();
        continue;
      }
      this.#buffer.set(bytes === length ? records : records.subarray(from, from + bytes), this.#used);
      this.#used += bytes;
      from += bytes;
    }
  }

  #openBlock(type: number): void {
    this.#closeBlock();
    this.#makeRoom(BLOCK_HEADER_BYTES + RECORD_BYTES);
    this.#openAt = this.#used;
    this.#openType = type;
    this.#used += BLOCK_HEADER_BYTES;
  }

  #closeBlock(): void {
    const at = this.#openAt;
    if (at === NO_BLOCK) return;
    this.#openAt = NO_BLOCK;
    const bytes = this.#used - at - BLOCK_HEADER_BYTES;
    this.#used = at;
    if (bytes > 0) this.#seal(at, this.#openType, Codec.raw, bytes / RECORD_BYTES, bytes, bytes);
  }

  /** Completes the block at `at`, whose stored payload is in place. */
  #seal(at: number, type: number, codec: number, count: number, storedBytes: number, rawBytes: number): void {
    const firstRecord = this.#closedRecords;
    if (type === BlockType.inputs) {
      const start = at + BLOCK_HEADER_BYTES;
      this.#inputHash = this.#options.hasher(this.#buffer.subarray(start, start + storedBytes), this.#inputHash);
      this.#closedRecords += count;
    }
    const block = { type, codec, count, storedBytes, rawBytes, firstRecord, inputHash: this.#inputHash };
    this.#used = at + sealBlock(this.#view, at, block, crc32);
    const firstLocalNs = this.#view.getBigInt64(at + HEADER_FIRST_LOCAL, true);
    this.#counts.add(type, count, this.#inputHash, firstLocalNs, this.#view.getBigInt64(at + HEADER_LAST_LOCAL, true));
  }

  /** Makes room for a whole block of `bytes`; flushes, and grows the buffer only for a block larger than it. */
  #makeRoom(bytes: number): void {
    if (this.#buffer.length - this.#used >= bytes) return;
    this.#write();
    if (this.#buffer.length >= bytes) return;
    this.#buffer = new Uint8Array(bytes);
    this.#view = new DataView(this.#buffer.buffer);
  }

  /** Writes the whole blocks in the buffer. A short write is continued; an error leaves whole blocks on disk only. */
  #write(): void {
    let written = 0;
    try {
      while (written < this.#used) {
        const bytes = this.#files.writeSync(
          this.#fd,
          this.#buffer,
          written,
          this.#used - written,
          this.#sizeBytes + written,
        );
        if (bytes === 0) throw new Error('the operating system took no bytes');
        written += bytes;
      }
    } catch (error) {
      this.#keepUnwritten(written);
      throw this.#fail(error);
    }
    this.#used = 0;
    this.#sizeBytes += written;
    this.#safeRecords = this.#closedRecords;
    this.#options.onAppend?.(this.#segment, this.#sizeBytes);
  }

  /** After an error: blocks that are whole on disk leave the buffer, the rest is cut off the file and kept. */
  #keepUnwritten(written: number): void {
    let whole = 0;
    while (whole < written) {
      const bytes = BLOCK_HEADER_BYTES + paddedBytes(this.#view.getUint32(whole + HEADER_STORED_BYTES, true));
      if (whole + bytes > written) break;
      if (this.#view.getUint16(whole + HEADER_TYPE, true) === BlockType.inputs) {
        this.#safeRecords += this.#view.getUint32(whole + HEADER_COUNT, true);
      }
      whole += bytes;
    }
    this.#buffer.copyWithin(0, whole, this.#used);
    this.#used -= whole;
    this.#sizeBytes += whole;
    try {
      this.#files.ftruncateSync(this.#fd, this.#sizeBytes);
    } catch {
      // What stays is a torn tail, which every reader passes over.
    }
  }

  #fail(cause: unknown): JournalWriteError {
    this.#failure ??= new JournalWriteError(
      segmentPath(this.directory, this.#segment),
      cause,
      this.#sizeBytes,
      this.#safeRecords,
    );
    return this.#failure;
  }

  #openSegment(previousHashes: unknown): void {
    const segment = this.#segment;
    const { epochNs, ...rest } = this.#options.header;
    const header: SegmentHeader = {
      formatVersion: JOURNAL_FORMAT_VERSION,
      segment,
      epochNs: String(epochNs),
      firstRecord: this.#closedRecords,
      inputHash: hashText(this.#inputHash),
      ...rest,
      ...(previousHashes === undefined ? {} : { previousHashes }),
    };
    this.#counts.start(segment, this.#closedRecords, this.#inputHash);
    this.#sizeBytes = 0;
    try {
      this.#fd = this.#files.openSync(segmentPath(this.directory, segment), 'wx');
    } catch (error) {
      throw this.#fail(error);
    }
    const text = (value: string) => new TextEncoder().encode(value);
    this.bytesBlock(BlockType.segmentHeader, text(JSON.stringify(header)));
    this.bytesBlock(BlockType.config, text(this.#options.config), Codec.deflateRaw);
    this.bytesBlock(BlockType.definitions, text(this.#definitions), Codec.deflateRaw);
    this.bytesBlock(BlockType.strategy, this.#options.strategy, Codec.deflateRaw);
    this.#write();
    this.#manifest({ event: 'segment', file: segmentFile(segment), ...header });
    this.#options.onSegment?.(segment, this.#closedRecords);
  }

  #sealSegment(hashes: unknown): void {
    this.#closeBlock();
    const seal: SegmentSeal = { ...this.#counts.seal(), ...(hashes === undefined ? {} : { hashes }) };
    this.bytesBlock(BlockType.seal, new TextEncoder().encode(JSON.stringify(seal)));
    this.#write();
    this.#manifest({ event: 'sealed', file: segmentFile(this.#segment), bytes: this.#sizeBytes, ...seal });
  }

  #manifest(line: ManifestLine): void {
    try {
      appendManifest(this.directory, line, this.#files);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  #isLong(): boolean {
    if (this.#sizeBytes + this.#used >= (this.#options.segmentBytes ?? MAX_PAYLOAD_BYTES)) return true;
    return this.#options.segmentNs !== undefined && this.#counts.durationNs >= this.#options.segmentNs;
  }

  /** A failed fsync is thrown by the next call: what it covered may be lost with the machine's power. */
  #syncInBackground(fd: number, path: string, done: () => void): void {
    this.#syncing = true;
    this.#files.fsync(fd, (error) => {
      this.#syncing = false;
      // EBADF: close() came first, and has synced.
      if (error !== null && error.code !== 'EBADF') {
        this.#failure ??= new JournalWriteError(path, error, this.#sizeBytes, this.#safeRecords);
      }
      done();
    });
  }

  /** Deletes segments beyond `retainSegments`, oldest first, as long as the one after has a snapshot. */
  #retire(): void {
    const keep = this.#options.retainSegments;
    if (keep === undefined) return;
    const numbers = listNumbers(this.directory, 'segment', this.#files);
    for (const [index, segment] of numbers.slice(0, Math.max(0, numbers.length - Math.max(keep, 1))).entries()) {
      const next = numbers[index + 1];
      if (next === undefined || !this.#files.existsSync(snapshotPath(this.directory, next))) return;
      this.#manifest({ event: 'retired', segment, file: segmentFile(segment) });
      this.#files.unlinkSync(segmentPath(this.directory, segment));
      const snapshot = snapshotPath(this.directory, segment);
      if (this.#files.existsSync(snapshot)) this.#files.unlinkSync(snapshot);
    }
  }
}
