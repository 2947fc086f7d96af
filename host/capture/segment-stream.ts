/** The blocks of one segment file, read through one buffer of bounded size, each checked against the one before. */
import type { JournalBlock } from '../events/journal-block.ts';
import type { ChainCheck } from '../events/journal-chain.ts';
import { BlockDamage } from '../events/journal-damage.ts';
import type { BlockParser } from '../events/journal-parser.ts';
import { JournalError, type JournalFiles, errorText } from './journal-files.ts';

export class SegmentStream {
  readonly #files: JournalFiles;
  readonly #fd: number;
  readonly #parser: BlockParser;
  readonly #chain: ChainCheck;
  #position: number;
  #returned: JournalBlock | undefined;

  /** Opens `path` at the block that starts at `offsetBytes`. The parser lends its buffer until `close`. */
  constructor(path: string, offsetBytes: number, parser: BlockParser, chain: ChainCheck, files: JournalFiles) {
    this.#files = files;
    this.#parser = parser;
    this.#chain = chain;
    parser.restart(offsetBytes);
    this.#position = offsetBytes;
    try {
      this.#fd = files.openSync(path, 'r');
    } catch (error) {
      throw new JournalError(`${path} cannot be opened (${errorText(error)})`);
    }
  }

  /** Place behind the last block that was returned. */
  get offsetBytes(): number {
    return this.#parser.offsetBytes;
  }

  /** Bytes behind the last block that are not a whole one; known once `next` has returned undefined. */
  get remainingBytes(): number {
    return this.#parser.remainingBytes;
  }

  /** Bytes of the file at this moment. */
  get fileBytes(): number {
    return this.#files.fstatSync(this.#fd).size;
  }

  /** The next block, or undefined at the end of what is whole. Throws BlockDamage; `resync` goes on behind it. */
  next(): JournalBlock | undefined {
    for (;;) {
      const block = this.#parser.next();
      if (block !== undefined) {
        this.#returned = block;
        this.#chain.accept(block);
        return block;
      }
      if (!this.#fill()) return undefined;
    }
  }

  /**
   * Behind a BlockDamage: the next block that is whole, or undefined where none follows in this file. Records may be
   * missing before it; one that repeats records already read is passed over.
   */
  resync(damage: BlockDamage): JournalBlock | undefined {
    const records = this.#chain.records;
    this.#chain.forget();
    // After a damage of sequence or chain the block itself is whole and was taken out of the parser.
    if ((damage.reason === 'sequence' || damage.reason === 'chain') && this.#returned !== undefined) {
      if (this.#returned.firstRecord >= records) {
        this.#chain.accept(this.#returned);
        return this.#returned;
      }
    } else {
      this.#parserResync();
    }
    for (;;) {
      try {
        const block = this.next();
        if (block === undefined || block.firstRecord >= records) return block;
        this.#chain.forget();
      } catch (error) {
        if (!(error instanceof BlockDamage)) throw error;
        this.#chain.forget();
        if (error.reason !== 'sequence' && error.reason !== 'chain') this.#parserResync();
      }
    }
  }

  #parserResync(): void {
    while (!this.#parser.resync()) {
      if (!this.#fill()) return;
    }
  }

  #fill(): boolean {
    const space = this.#parser.space();
    const read = this.#files.readSync(this.#fd, space, 0, space.length, this.#position);
    this.#parser.commit(read);
    this.#position += read;
    return read > 0;
  }

  close(): void {
    this.#files.closeSync(this.#fd);
  }
}
