/**
 * Blocks out of a stream of bytes that arrives in pieces cut anywhere: from a file, a socket or a range request.
 * Its buffer holds one block and what was read beyond it; a block larger than `maxPayloadBytes` is an error.
 */
import type { JournalBlock } from './journal-block.ts';
import { blockBytes, isHeader, readBlock } from './journal-block.ts';
import { crc32 as tableCrc32 } from './journal-crc.ts';
import type { Crc32 } from './journal-format.ts';
import { BLOCK_ALIGNMENT_BYTES, BLOCK_HEADER_BYTES, HEADER_COUNT, MAX_PAYLOAD_BYTES } from './journal-format.ts';

export interface BlockParserOptions {
  /** Default: the table in journal-crc.ts. */
  readonly crc32?: Crc32;
  /** First size of the buffer; it grows only to hold a larger block or piece. Default 1 MiB. */
  readonly bufferBytes?: number;
  /** Default and upper limit: 64 MiB. */
  readonly maxPayloadBytes?: number;
  /** Place in the stream at which the bytes start. Default 0; a multiple of 8. */
  readonly offsetBytes?: number;
  /** False leaves out the payloads' checksums, for a further pass over bytes that were checked before. Default true. */
  readonly checkPayloads?: boolean;
}

export class BlockParser {
  readonly #crc32: Crc32;
  readonly #maxPayloadBytes: number;
  readonly #checkPayloads: boolean;
  #bytes: Uint8Array;
  #view: DataView;
  /** Unread bytes lie in [#start, #end); #start is always a multiple of 8, so payloads are aligned in place. */
  #start = 0;
  #end = 0;
  #offsetBytes = 0;
  /** Bytes of the block at #start once its header is known, else 0. */
  #pendingBytes = 0;
  /** Whether `next` has refused the block at #start. */
  #refused = false;

  constructor(options: BlockParserOptions = {}) {
    this.#crc32 = options.crc32 ?? tableCrc32;
    this.#maxPayloadBytes = Math.min(options.maxPayloadBytes ?? MAX_PAYLOAD_BYTES, MAX_PAYLOAD_BYTES);
    this.#checkPayloads = options.checkPayloads ?? true;
    this.#bytes = new Uint8Array(Math.max(options.bufferBytes ?? 1024 * 1024, 2 * BLOCK_HEADER_BYTES));
    this.#view = new DataView(this.#bytes.buffer);
    this.restart(options.offsetBytes ?? 0);
  }

  /** Place in the stream of the first byte that is not part of a block returned so far. */
  get offsetBytes(): number {
    return this.#offsetBytes;
  }

  /** Bytes received that are not part of a block returned so far. */
  get remainingBytes(): number {
    return this.#end - this.#start;
  }

  /** Records announced by the header of the block that is not whole yet; 0 where not even the header is whole. */
  get pendingRecords(): number {
    return this.#pendingBytes > 0 ? this.#view.getUint32(this.#start + HEADER_COUNT, true) : 0;
  }

  /** Room for the stream's next bytes, at least one; write there, then call `commit`. Ends the last block's payload. */
  space(): Uint8Array {
    this.#makeRoom(Math.max(this.#pendingBytes - this.remainingBytes, BLOCK_HEADER_BYTES));
    return this.#bytes.subarray(this.#end);
  }

  /** Says that `bytes` bytes of `space()` have been written. */
  commit(bytes: number): void {
    if (bytes < 0 || this.#end + bytes > this.#bytes.length) {
      throw new RangeError(`${bytes} bytes do not fit into the ${this.#bytes.length - this.#end} of space()`);
    }
    this.#end += bytes;
  }

  /** Takes the stream's next bytes by copy. */
  push(chunk: Uint8Array): void {
    this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  #makeRoom(bytes: number): void {
    if (this.#bytes.length - this.#end >= bytes) return;
    const remaining = this.remainingBytes;
    const need = remaining + bytes;
    if (need > this.#bytes.length) {
      const grown = new Uint8Array(Math.ceil(need / 65536) * 65536);
      grown.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    } else {
      this.#bytes.copyWithin(0, this.#start, this.#end);
    }
    this.#start = 0;
    this.#end = remaining;
  }

  /**
   * The next whole block, or undefined where more bytes are needed. Throws BlockDamage or NewerFormatError and then
   * stays where it is; `resync` goes on behind the damage.
   */
  next(): JournalBlock | undefined {
    if (this.remainingBytes < BLOCK_HEADER_BYTES) return undefined;
    this.#refused = true;
    if (this.#pendingBytes === 0) {
      this.#pendingBytes = blockBytes(this.#view, this.#start, this.#offsetBytes, this.#maxPayloadBytes, this.#crc32);
    }
    const bytes = this.#pendingBytes;
    if (this.remainingBytes < bytes) {
      this.#refused = false;
      return undefined;
    }
    const block = readBlock(this.#view, this.#start, bytes, this.#offsetBytes, this.#crc32, this.#checkPayloads);
    this.#skip(bytes);
    return block;
  }

  /**
   * Goes on to the next whole block header: behind the present block where its header can be trusted, else at the next
   * place where a header with a right checksum stands. True when one was found; false where more bytes are needed.
   * The bytes passed over are what `offsetBytes` advances by.
   */
  resync(): boolean {
    if (this.#pendingBytes > 0) {
      if (this.remainingBytes < this.#pendingBytes) return false;
      this.#skip(this.#pendingBytes);
    } else if (this.#refused) {
      this.#skip(BLOCK_ALIGNMENT_BYTES);
    }
    while (this.remainingBytes >= BLOCK_HEADER_BYTES) {
      if (isHeader(this.#view, this.#start, this.#crc32)) return true;
      this.#skip(BLOCK_ALIGNMENT_BYTES);
    }
    return false;
  }

  #skip(bytes: number): void {
    this.#start += bytes;
    this.#offsetBytes += bytes;
    this.#pendingBytes = 0;
    this.#refused = false;
  }

  /** Forgets what was received; the stream goes on at `offsetBytes`, a multiple of 8. Keeps the buffer. */
  restart(offsetBytes: number): void {
    if (offsetBytes % BLOCK_ALIGNMENT_BYTES !== 0) {
      throw new RangeError(`blocks start at multiples of ${BLOCK_ALIGNMENT_BYTES} bytes, not at ${offsetBytes}`);
    }
    this.#start = 0;
    this.#end = 0;
    this.#offsetBytes = offsetBytes;
    this.#pendingBytes = 0;
    this.#refused = false;
  }
}
