/**
 * Reads a raw recording line by line: `<local time> <frame>`, the time with 19 digits (nanoseconds) or 16
 * (microseconds), gzip or plain. It holds one chunk of the file and the lines in it, never the whole.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const QUOTE = 0x22;
const GZIP_MAGIC = 0x1f8b;
const CHUNK_BYTES = 256 * 1024;
/** A longer line is not a recorded frame. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const STREAM_PREFIX = Buffer.from('{"stream":"');
const DATA_KEY = Buffer.from('","data":');
const SNAPSHOT_PREFIX = Buffer.from('{"lastUpdateId":');

/** A line of a recording. */
export interface RecordedLine {
  /** Local time of receipt: whole seconds since 1970 and nanoseconds within (together too long for a Number). */
  readonly seconds: number;
  readonly nanos: number;
  /** The stream's name, or '' for the answer to a snapshot request. */
  readonly stream: string;
  /** The frame, byte for byte. */
  readonly json: Buffer;
  /** Where the value of `data` begins in `json`. */
  readonly dataStart: number;
  /** Path of the file, and the line's number in it, from 1. */
  readonly file: string;
  readonly number: number;
}

/** A recording that cannot be served: which file and line, and what to do. */
export class RecordingError extends Error {
  constructor(file: string, line: number, what: string, remedy: string) {
    super(line > 0 ? `${file}, line ${line}: ${what}; ${remedy}` : `${file}: ${what}; ${remedy}`);
    this.name = 'RecordingError';
  }
}

const FORMAT_REMEDY =
  'a recording has lines of "<16 or 19 digits of local time> <frame of a combined stream or depth snapshot>"';

function digits(line: Buffer, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = line[i]! - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** @throws RecordingError */
function parseLine(line: Buffer, file: string, number: number): RecordedLine {
  const timeEnd = line.indexOf(SPACE);
  const isNanoseconds = timeEnd === 19;
  const seconds = digits(line, 0, 10);
  const nanos = isNanoseconds ? digits(line, 10, 19) : digits(line, 10, 16) * 1000;
  if (!((isNanoseconds || timeEnd === 16) && seconds >= 0 && nanos >= 0)) {
    throw new RecordingError(file, number, 'no local time at the start of the line', FORMAT_REMEDY);
  }
  const json = line.subarray(timeEnd + 1);
  if (json[json.length - 1] !== 0x7d) {
    throw new RecordingError(file, number, 'the frame does not end with "}"', FORMAT_REMEDY);
  }
  if (json.subarray(0, STREAM_PREFIX.length).equals(STREAM_PREFIX)) {
    const nameEnd = json.indexOf(QUOTE, STREAM_PREFIX.length);
    if (nameEnd > 0 && json.subarray(nameEnd, nameEnd + DATA_KEY.length).equals(DATA_KEY)) {
      const stream = json.toString('latin1', STREAM_PREFIX.length, nameEnd);
      return { seconds, nanos, stream, json, dataStart: nameEnd + DATA_KEY.length, file, number };
    }
  } else if (json.subarray(0, SNAPSHOT_PREFIX.length).equals(SNAPSHOT_PREFIX)) {
    return { seconds, nanos, stream: '', json, dataStart: 0, file, number };
  }
  throw new RecordingError(file, number, 'neither a frame of a combined stream nor a depth snapshot', FORMAT_REMEDY);
}

export class RecordingReader {
  readonly #path: string;
  readonly #source: Readable;
  readonly #chunks: AsyncIterator<Buffer>;
  /** What is left of the chunks read so far, from `#at` on. */
  #rest: Buffer = Buffer.alloc(0);
  #at = 0;
  #number = 0;
  #isOver = false;
  /** The line at which the reader stands; undefined before the first `fill()`, when one is due, and at the end. */
  line: RecordedLine | undefined;

  private constructor(path: string, isGzip: boolean) {
    this.#path = path;
    const raw = createReadStream(path, { highWaterMark: CHUNK_BYTES });
    if (isGzip) {
      const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
      raw.on('error', (error) => gunzip.destroy(error));
      gunzip.on('close', () => raw.destroy());
      this.#source = raw.pipe(gunzip);
    } else {
      this.#source = raw;
    }
    this.#chunks = this.#source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** @throws RecordingError when the file cannot be read, is empty or holds something else. */
  static async open(path: string): Promise<RecordingReader> {
    let isGzip: boolean;
    try {
      const file = await open(path);
      try {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
        if (bytesRead === 0) throw new RecordingError(path, 0, 'the recording is empty', 'name a file with frames');
        isGzip = bytesRead === 2 && buffer.readUInt16BE(0) === GZIP_MAGIC;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (error instanceof RecordingError) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') throw new RecordingError(path, 0, 'there is no such file', 'check the path');
      if (code === 'EACCES') throw new RecordingError(path, 0, 'the file may not be read', 'change its permissions');
      if (code === 'EISDIR') throw new RecordingError(path, 0, 'this is a directory', 'name the files in it');
      throw new RecordingError(path, 0, message, 'check the file');
    }
    const reader = new RecordingReader(path, isGzip);
    try {
      await reader.fill();
    } catch (error) {
      reader.close();
      throw error;
    }
    if (reader.line === undefined) {
      throw new RecordingError(path, 0, 'the recording holds no line', 'name a file with frames');
    }
    return reader;
  }

  /** No line is left and none will come. */
  get isOver(): boolean {
    return this.#isOver && this.line === undefined;
  }

  /** Steps to the next line in memory; `line` is undefined when `fill()` is due or the file is over. */
  next(): void {
    this.line = this.#take();
  }

  /** Reads on until there is a line or the file is over. */
  async fill(): Promise<void> {
    while (this.line === undefined && !this.#isOver) {
      await this.#read();
      this.line = this.#take();
    }
  }

  close(): void {
    this.#source.destroy();
  }

  async #read(): Promise<void> {
    let chunk: IteratorResult<Buffer, unknown>;
    try {
      chunk = await this.#chunks.next();
    } catch (error) {
      const what = `cannot be read on: ${(error as Error).message}`;
      throw new RecordingError(this.#path, this.#number, what, 'the file is cut off or damaged; copy it again');
    }
    if (chunk.done === true) {
      this.#isOver = true;
      return;
    }
    const left = this.#rest.length - this.#at;
    if (left > MAX_LINE_BYTES) {
      throw new RecordingError(this.#path, this.#number + 1, `longer than ${MAX_LINE_BYTES} bytes`, FORMAT_REMEDY);
    }
    this.#rest = left === 0 ? chunk.value : Buffer.concat([this.#rest.subarray(this.#at), chunk.value]);
    this.#at = 0;
  }

  #take(): RecordedLine | undefined {
    while (this.#at < this.#rest.length) {
      let end = this.#rest.indexOf(NEWLINE, this.#at);
      if (end < 0) {
        if (!this.#isOver) return undefined;
        end = this.#rest.length;
      }
      const from = this.#at;
      this.#at = end + 1;
      this.#number++;
      const to = end > from && this.#rest[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
      if (to > from) return parseLine(this.#rest.subarray(from, to), this.#path, this.#number);
    }
    return undefined;
  }
}
