/**
 * Checks that blocks follow one another without a gap: each says how many input records stand before it, and the
 * input chain after it. With a hasher, the records themselves are hashed again and compared.
 */
import type { JournalBlock } from './journal-block.ts';
import { BlockDamage } from './journal-damage.ts';
import type { RecordHasher } from './journal-format.ts';
import { BlockType, hashText } from './journal-format.ts';

export class ChainCheck {
  readonly #hasher: RecordHasher | undefined;
  #known = false;
  #records = 0;
  #inputHash = 0n;

  constructor(hasher?: RecordHasher) {
    this.#hasher = hasher;
  }

  /** Input records of the journal up to the last block accepted. */
  get records(): number {
    return this.#records;
  }
  /** Input chain up to there. */
  get inputHash(): bigint {
    return this.#inputHash;
  }

  /** Takes the next block's word for what stands before it: at the start of reading, and behind a hole. */
  forget(): void {
    this.#known = false;
  }

  /** Throws BlockDamage where `block` is not the one that follows. */
  accept(block: JournalBlock): void {
    const isInput = block.type === BlockType.inputs;
    if (this.#known) this.#compare(block, isInput);
    this.#known = true;
    this.#records = block.firstRecord + (isInput ? block.count : 0);
    this.#inputHash = block.inputHash;
  }

  #compare(block: JournalBlock, isInput: boolean): void {
    const header = { type: block.type, count: block.count, bytes: block.bytes };
    if (block.firstRecord !== this.#records) {
      const missing = block.firstRecord - this.#records;
      const what = missing > 0 ? `${missing} input records are missing` : `${-missing} input records come again`;
      const detail = `${what}: it follows record ${block.firstRecord}, but ${this.#records} have been read`;
      throw new BlockDamage('sequence', block.offsetBytes, detail, header);
    }
    let expected: bigint | undefined = this.#inputHash;
    if (isInput) expected = this.#hasher?.(block.payload, this.#inputHash);
    if (expected !== undefined && expected !== block.inputHash) {
      const detail = `the input chain is ${hashText(expected)} here, but the block says ${hashText(block.inputHash)}`;
      throw new BlockDamage('chain', block.offsetBytes, detail, header);
    }
  }
}
