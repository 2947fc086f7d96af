/**
 * A session as a journal describes it: configuration and strategy from the head of its first segment, the kernels that are
 * installed. Replay, backtest and the replica that takes snapshots start from here.
 */
import { BlockType } from '../events/journal-format.ts';
import type { SegmentHeader } from '../events/journal-format.ts';
import { JournalReader } from '../capture/journal-reader.ts';
import { JournalError } from '../capture/journal-files.ts';
import { openJournal } from '../capture/journal-open.ts';
import { newestSnapshot } from '../capture/journal-snapshots.ts';
import type { Snapshot } from '../capture/journal-snapshots.ts';
import type { SessionConfig } from '../session/config.ts';
import { strategyFromBytes } from './programs.ts';
import type { LoadedStrategy } from './programs.ts';

export interface JournalHead {
  readonly header: SegmentHeader;
  readonly config: SessionConfig;
  readonly strategy: LoadedStrategy;
}

/** What stands before the first record. `segment`: the one to read it from. Throws where the head is not whole. */
export async function readJournalHead(directory: string, segment?: number): Promise<JournalHead> {
  const types = [BlockType.segmentHeader, BlockType.config, BlockType.strategy, BlockType.inputs];
  const reader = new JournalReader(directory, { types, ...(segment === undefined ? {} : { fromSegment: segment }) });
  let header: SegmentHeader | undefined;
  let config: SessionConfig | undefined;
  let strategy: LoadedStrategy | undefined;
  for (const block of reader.blocks()) {
    if (block.type === BlockType.segmentHeader) header = parse(block.payload) as SegmentHeader;
    else if (block.type === BlockType.config) config = parse(block.payload) as SessionConfig;
    else if (block.type === BlockType.strategy) strategy = await strategyFromBytes(block.payload);
    if (block.type === BlockType.inputs || (header && config && strategy)) break;
  }
  if (header === undefined || config === undefined || strategy === undefined) {
    throw new JournalError(
      `${directory}: the head of its first segment lacks header, configuration or strategy; it cannot be replayed`,
    );
  }
  return { header, config, strategy };
}

export type Programs = Pick<SegmentHeader, 'configSha256' | 'strategySha256' | 'kernelsSha256'>;

/** Whether both were made by the same programs and settings. */
export function isSameProgram(a: Programs, b: Programs): boolean {
  return (
    a.configSha256 === b.configSha256 && a.strategySha256 === b.strategySha256 && a.kernelsSha256 === b.kernelsSha256
  );
}

/**
 * The newest snapshot, where these programs and settings took it and recorded all that follows; a state holds settings, so
 * another one's would bring back what has been changed since. Undefined: the journal is to be replayed from its start.
 * Throws where that start has been retired.
 */
export function snapshotFor(
  directory: string,
  wanted: Programs,
  note: (text: string) => void = () => undefined,
): Snapshot | undefined {
  const { segments } = openJournal(directory);
  const snapshot = newestSnapshot(directory, Infinity, note);
  if (
    snapshot !== undefined &&
    segments.every((s) => s.segment < snapshot.segment - 1 || isSameProgram(s.header, wanted))
  ) {
    return snapshot;
  }
  if (segments[0]!.header.firstRecord > 0) {
    throw new JournalError(
      `${directory}: its first segments are retired, and no snapshot was taken with the present settings and programs; continue it with those that recorded it, or start a new journal in another directory`,
    );
  }
  return undefined;
}

function parse(payload: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(payload));
}
