/** What can be wrong with a journal's bytes, as errors that say where and what to do. */
import { blockTypeName, JOURNAL_FORMAT_VERSION } from './journal-format.ts';

/** `magic`: no block starts here; `header`, `payload`: its checksum or its content is wrong; `sequence`: blocks are missing or repeated; `chain`: the records are not those that were hashed. */
export type DamageReason = 'magic' | 'header' | 'payload' | 'sequence' | 'chain';

/** The bytes at `offsetBytes` of the stream are not what was written. */
export class BlockDamage extends Error {
  override readonly name = 'BlockDamage';
  readonly reason: DamageReason;
  /** Where the damaged block starts, in bytes from the start of the stream. */
  readonly offsetBytes: number;
  /** The block's type where its header can be trusted. */
  readonly blockType: number | undefined;
  /** Records in it where its header can be trusted. */
  readonly count: number | undefined;
  /** Bytes after which the next block should start; 0 where the header cannot be trusted. */
  readonly skipBytes: number;

  constructor(
    reason: DamageReason,
    offsetBytes: number,
    detail: string,
    block?: { readonly type: number; readonly count: number; readonly bytes: number },
  ) {
    const what =
      block === undefined ? 'no whole block' : `a damaged block (${blockTypeName(block.type)}, ${block.count} records)`;
    super(`${what} at byte ${offsetBytes}: ${detail}`);
    this.reason = reason;
    this.offsetBytes = offsetBytes;
    this.blockType = block?.type;
    this.count = block?.count;
    this.skipBytes = block?.bytes ?? 0;
  }
}

/** The block is whole, but a later version of Tidebook wrote it. */
export class NewerFormatError extends Error {
  override readonly name = 'NewerFormatError';
  readonly version: number;

  constructor(version: number) {
    super(
      `the journal has format version ${version}, but this Tidebook reads up to version ${JOURNAL_FORMAT_VERSION}; ` +
        'open it with the Tidebook that wrote it, or a later one',
    );
    this.version = version;
  }
}
