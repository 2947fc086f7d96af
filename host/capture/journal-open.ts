/** What a journal directory holds, without reading all its records: sealed segments are taken from the manifest. */
import type { SegmentHeader, SegmentSeal } from '../events/journal-format.ts';
import { BlockType } from '../events/journal-format.ts';
import type { ManifestLine } from '../events/journal-manifest.ts';
import type { JournalFiles } from './journal-files.ts';
import { JournalError, listNumbers, nodeFiles, segmentPath } from './journal-files.ts';
import { readManifest } from './journal-manifest-file.ts';
import { checkHeader, JournalReader } from './journal-reader.ts';
import { scanSegment } from './segment-scan.ts';

export interface SegmentInfo {
  readonly segment: number;
  readonly path: string;
  readonly bytes: number;
  readonly header: SegmentHeader;
  /** False for the segment that is being written and for one that was cut off. */
  readonly sealed: boolean;
  /** Counts, last hash and times up to the last whole block. */
  readonly counts: SegmentSeal;
  /** What follows the last whole block, if anything. */
  readonly damage: string | undefined;
}

export interface OpenedJournal {
  readonly directory: string;
  readonly epochNs: bigint;
  readonly segments: readonly SegmentInfo[];
  /** Segments that have a snapshot of the state at their first record; a first segment 1 needs none. */
  readonly snapshots: readonly number[];
  /** Segments at which a replay can start: the first one of a whole journal, and those with a snapshot. */
  readonly starts: readonly number[];
  /** Input records up to the end, and the chain there. */
  readonly records: number;
  readonly inputHash: bigint;
  readonly manifest: readonly ManifestLine[];
  /** What is missing or damaged, in words. */
  readonly notes: readonly string[];
}

/** Opens the journal in `directory` for reading. Throws JournalError where there is none, NewerFormatError. */
export function openJournal(directory: string, files: JournalFiles = nodeFiles): OpenedJournal {
  const numbers = listNumbers(directory, 'segment', files);
  if (numbers.length === 0)
    throw new JournalError(`${directory} holds no journal: there is no segment-000001.tide in it`);
  const manifest = readManifest(directory, files);
  const notes = [...manifest.notes];
  const sealedLines = new Map<number, SegmentSeal & { readonly bytes: number }>();
  for (const line of manifest.lines) if (line.event === 'sealed') sealedLines.set(line.segment, line);

  const segments: SegmentInfo[] = [];
  for (const segment of numbers) {
    const info = segmentInfo(directory, segment, sealedLines.get(segment), files);
    if (info === undefined) {
      notes.push(`${segmentPath(directory, segment)}: not even its header is whole; it holds no records`);
      continue;
    }
    if (info.damage !== undefined) notes.push(`${info.path}: ${info.damage}`);
    segments.push(info);
  }
  const first = segments[0];
  const last = segments.at(-1);
  if (first === undefined || last === undefined) {
    throw new JournalError(`${directory}: no segment has a whole header; there is nothing to read`);
  }
  const snapshots = listNumbers(directory, 'snapshot', files);
  return {
    directory,
    epochNs: BigInt(first.header.epochNs),
    segments,
    snapshots,
    starts: segments.map((s) => s.segment).filter((n) => n === 1 || snapshots.includes(n)),
    records: last.counts.nextRecord,
    inputHash: BigInt(`0x${last.counts.inputHash}`),
    manifest: manifest.lines,
    notes,
  };
}

function segmentInfo(
  directory: string,
  segment: number,
  sealed: (SegmentSeal & { readonly bytes: number }) | undefined,
  files: JournalFiles,
): SegmentInfo | undefined {
  const path = segmentPath(directory, segment);
  const bytes = files.statSync(path).size;
  if (sealed?.bytes === bytes) {
    const reader = new JournalReader(directory, {
      fromSegment: segment,
      toSegment: segment,
      bufferBytes: 65536,
      files,
    });
    for (const block of reader.blocks()) {
      if (block.type !== BlockType.segmentHeader) break;
      return {
        segment,
        path,
        bytes,
        header: checkHeader(block, segment, path),
        sealed: true,
        counts: sealed,
        damage: undefined,
      };
    }
  }
  const scan = scanSegment(directory, segment, { files });
  if (scan.header === undefined) return undefined;
  const damage =
    scan.damage === undefined
      ? undefined
      : `whole up to byte ${scan.wholeBytes} of ${scan.fileBytes} (record ${scan.counts.nextRecord}): ${scan.damage}`;
  return { segment, path, bytes, header: scan.header, sealed: scan.sealed, counts: scan.counts, damage };
}
