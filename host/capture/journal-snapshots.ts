/**
 * Snapshot files: the whole state at the first record of the segment with the same number. They are written beside the
 * journal, by another thread than the one that trades, so one may be missing after a crash; then an earlier one serves.
 */
import { deflateSync } from 'fflate';
import { sealBlock } from '../events/journal-block.ts';
import { BLOCK_HEADER_BYTES, BlockType, Codec, MAX_PAYLOAD_BYTES, paddedBytes } from '../events/journal-format.ts';
import { BlockParser } from '../events/journal-parser.ts';
import type { JournalFiles } from './journal-files.ts';
import { crc32, errorText, JournalError, listNumbers, nodeFiles, snapshotPath } from './journal-files.ts';

export interface Snapshot {
  readonly segment: number;
  /** Input records that the state contains. */
  readonly firstRecord: number;
  /** Input chain there. */
  readonly inputHash: bigint;
  /** What the session's save() gave; at most 64 MiB. */
  readonly state: Uint8Array;
}

/** Writes the snapshot under a temporary name, hands it to the disk, then gives it its name. Returns its path. */
export function writeSnapshot(directory: string, snapshot: Snapshot, files: JournalFiles = nodeFiles): string {
  const path = snapshotPath(directory, snapshot.segment);
  const { state } = snapshot;
  if (state.length > MAX_PAYLOAD_BYTES) {
    throw new JournalError(
      `${path}: a state of ${state.length} bytes is above the limit of ${MAX_PAYLOAD_BYTES}; reduce window_ticks or max_orders`,
    );
  }
  const stored = deflateSync(state, { level: 1 });
  const bytes = new Uint8Array(BLOCK_HEADER_BYTES + paddedBytes(stored.length));
  bytes.set(stored, BLOCK_HEADER_BYTES);
  const { firstRecord, inputHash } = snapshot;
  const block = {
    type: BlockType.snapshot,
    codec: Codec.deflateRaw,
    count: 0,
    storedBytes: stored.length,
    rawBytes: state.length,
    firstRecord,
    inputHash,
  };
  sealBlock(new DataView(bytes.buffer), 0, block, crc32);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const fd = files.openSync(temporary, 'w');
    try {
      for (let at = 0; at < bytes.length;) at += files.writeSync(fd, bytes, at, bytes.length - at, at);
      files.fsyncSync(fd);
    } finally {
      files.closeSync(fd);
    }
    files.renameSync(temporary, path);
  } catch (error) {
    if (files.existsSync(temporary)) files.unlinkSync(temporary);
    throw new JournalError(
      `${path} cannot be written (${errorText(error)}); the journal is whole without it and opens from an earlier snapshot`,
    );
  }
  return path;
}

/** The snapshot at the start of `segment`; undefined where there is none. Throws JournalError where it is damaged. */
export function readSnapshot(
  directory: string,
  segment: number,
  files: JournalFiles = nodeFiles,
): Snapshot | undefined {
  const path = snapshotPath(directory, segment);
  if (!files.existsSync(path)) return undefined;
  const parser = new BlockParser({ crc32, bufferBytes: 128 });
  parser.push(files.readFileSync(path));
  try {
    const block = parser.next();
    if (block?.type !== BlockType.snapshot) throw new Error('it holds no whole snapshot block');
    return { segment, firstRecord: block.firstRecord, inputHash: block.inputHash, state: block.payload };
  } catch (error) {
    throw new JournalError(`${path} is damaged (${errorText(error)}); delete it, and an earlier snapshot serves`);
  }
}

/** The newest whole snapshot with at most `records` input records; damaged ones are passed over, and said to `note`. */
export function newestSnapshot(
  directory: string,
  records = Infinity,
  note: (text: string) => void = () => undefined,
  files: JournalFiles = nodeFiles,
): Snapshot | undefined {
  for (const segment of listNumbers(directory, 'snapshot', files).reverse()) {
    try {
      const snapshot = readSnapshot(directory, segment, files);
      if (snapshot !== undefined && snapshot.firstRecord <= records) return snapshot;
    } catch (error) {
      note(errorText(error));
    }
  }
  return undefined;
}
