/**
 * A session as a journal describes it: configuration and strategy from the head of its first segment, the kernels that are
 * installed. Replay, backtest and the replica that takes snapshots start from here.
 */
import { BlockType } from '../events/journal-format.ts';
import type { SegmentHeader } from '../events/journal-format.ts';
import { JournalReader } from '../capture/journal-reader.ts';
import { JournalError } from '../capture/journal-files.ts';
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

function parse(payload: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(payload));
}
