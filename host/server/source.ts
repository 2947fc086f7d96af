/**
 * What the server needs of the host. The server computes nothing of its own: it passes on status, the session's
 * description, the two programs, and the journal's bytes, from which a page works out everything else.
 */
import type { StatusJson } from '../session/status.ts';

export interface SegmentInfo {
  /** From 1, in the order in which they were written. */
  readonly number: number;
  /** Input records before the segment's first. */
  readonly firstRecord: number;
  readonly records: number;
  /** Nanoseconds since the journal's epoch, of the first and the last record. */
  readonly startNs: number;
  readonly endNs: number;
  readonly bytes: number;
  /** True where `snapshot(number)` gives the state before the segment's first record. */
  readonly hasSnapshot: boolean;
}

/** The journal's files, as far as they are written. A byte that `size` counts never changes. */
export interface JournalSource {
  /** All segments, oldest first; the last one may still grow. */
  segments(): readonly SegmentInfo[];
  /** Bytes of a segment that can be read; 0 where there is none of that number. */
  size(segment: number): number;
  /** `length` bytes from `offsetBytes` on; the caller stays within size(). */
  read(segment: number, offsetBytes: number, length: number): Promise<Uint8Array> | Uint8Array;
  /** The state at the segment's start, or null. */
  snapshot(segment: number): Uint8Array | null;
  /** Called after bytes were added or a segment was begun. Returns the function that ends it. */
  onAppend(listener: () => void): () => void;
}

/** The two chained hashes at the end of the last written block. */
export interface WrittenHashes {
  readonly records: number;
  readonly inputHash: string;
  readonly commandHash: string;
}

export interface HostSource {
  status(): StatusJson;
  /** What a page needs to build the same session; the server does not look into it. */
  session(): unknown;
  readonly kernels: Uint8Array;
  readonly strategy: Uint8Array;
  readonly journal: JournalSource;
  hashes(): WrittenHashes;
}
