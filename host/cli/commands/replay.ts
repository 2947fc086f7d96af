/**
 * `tidebook replay DIR`: feeds the inputs as they were recorded, recomputes what is derived, and reports the first
 * difference. Recorded by other programs or settings is normal: it replays, and says that hashes cannot be compared.
 */
import { JournalReader } from '../../capture/journal-reader.ts';
import { openJournal } from '../../capture/journal-open.ts';
import { readSnapshot } from '../../capture/journal-snapshots.ts';
import { BlockType } from '../../events/journal-format.ts';
import type { SegmentHeader } from '../../events/journal-format.ts';
import { Session } from '../../session/session.ts';
import { Comparison } from '../comparison.ts';
import type { Difference } from '../comparison.ts';
import { readJournalHead } from '../journaled-session.ts';
import { outcome, outcomeText } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { kernelsProgram, packageVersion } from '../programs.ts';
import { CommandFailed, ExitCode } from './failure.ts';
import { strategiesOf } from '../../session/strategies.ts';

const NOTHING_DERIVED =
  'nothing was compared: the journal holds no derived records, as one that was imported; "tidebook backtest" runs it';

export interface ReplayOptions {
  readonly verify: boolean;
  readonly skipDamaged: boolean;
}

export interface ReplayReport extends Outcome {
  readonly equal: boolean;
  /** False where program, strategy or settings are other ones than the journal was recorded with. */
  readonly comparable: boolean;
  readonly notComparableBecause: readonly string[];
  readonly derivedRecords: number;
  readonly firstDifference: Difference | null;
  /** What is missing from the journal, in words. */
  readonly notes: readonly string[];
}

/** In words, what of the recording's programs and settings is not what the replay runs; empty where nothing. */
function whyNotComparable(head: SegmentHeader, segments: readonly SegmentHeader[], kernelsSha256: string): string[] {
  const reasons = new Set<string>();
  const version = packageVersion();
  for (const header of segments) {
    if (header.kernelsSha256 !== kernelsSha256) {
      reasons.add(
        `recorded with kernels ${header.kernelsSha256.slice(0, 12)}, replayed with ${kernelsSha256.slice(0, 12)}`,
      );
    }
    if (header.tidebookVersion !== version)
      reasons.add(`recorded by tidebook ${header.tidebookVersion}, replayed by ${version}`);
    if (header.configSha256 !== head.configSha256)
      reasons.add(`continued with other settings in segment ${header.segment}`);
    if (header.strategySha256 !== head.strategySha256)
      reasons.add(`continued with another strategy in segment ${header.segment}`);
  }
  return [...reasons];
}

export async function replay(directory: string, options: ReplayOptions): Promise<ReplayReport> {
  const started = performance.now();
  const head = await readJournalHead(directory);
  const kernels = kernelsProgram();
  const reasons = whyNotComparable(
    head.header,
    openJournal(directory).segments.map((segment) => segment.header),
    kernels.sha256,
  );
  if (reasons.length > 0 && options.verify) {
    throw new CommandFailed(
      `${directory}: equality was demanded, but the journal was ${reasons.join('; ')}; replay it with the version that recorded it, or without --verify`,
      ExitCode.notEqual,
    );
  }
  const strategies = strategiesOf(head.config, head.strategy.strategy);
  const comparison = new Comparison();
  const session = new Session({
    kernels: new WebAssembly.Module(kernels.bytes),
    config: head.config,
    strategies,
    sink: { derived: (records) => comparison.recomputed(records) },
  });
  if (head.header.firstRecord > 0) restoreBeginning(session, directory, head.header.segment);
  const reader = new JournalReader(directory, {
    // The header, too: a segment that was only just opened is not sealed.
    types: [BlockType.segmentHeader, BlockType.inputs, BlockType.derived, BlockType.seal],
    skipDamaged: options.skipDamaged,
  });
  let derivedRecords = 0;
  let isSealed = false;
  for (const block of reader.blocks()) {
    isSealed = block.type === BlockType.seal;
    if (block.type === BlockType.inputs) session.feed(block.payload);
    else if (block.type === BlockType.derived) {
      derivedRecords += block.count;
      comparison.recorded(block.payload, session.records);
    }
  }
  comparison.end(session.records, isSealed);
  const notes = [...reader.holes.map((hole) => hole.message), ...(reader.tail ? [reader.tail.message] : [])];
  if (!isSealed) {
    notes.push(
      `${directory} was not closed (its host was killed, or still runs): equal means up to its last whole block; at its end ` +
        `${comparison.missing.length} derived records had not been written, and ${comparison.surplus.length} wait for an input that was not`,
    );
  }
  // An import has no decisions to compare with: that is not a difference, and not equality either.
  const isImported = isSealed && derivedRecords === 0 && comparison.difference !== null;
  if (isImported) notes.push(NOTHING_DERIVED);
  const report: ReplayReport = {
    ...outcome(session, 0, kernels.sha256, (performance.now() - started) / 1000),
    equal: comparison.difference === null,
    comparable: reasons.length === 0,
    notComparableBecause: reasons,
    derivedRecords,
    firstDifference: isImported ? null : comparison.difference,
    notes,
  };
  return report;
}

/** Where the first segments are retired: the state at the start of the oldest one that is left. */
function restoreBeginning(session: Session, directory: string, segment: number): void {
  const snapshot = readSnapshot(directory, segment);
  if (snapshot === undefined) {
    throw new CommandFailed(
      `${directory}: the segments before ${segment} are retired, and the snapshot at its start is missing; copy it back from where the journal was recorded`,
    );
  }
  session.restore(snapshot.state);
  session.core.setInputHash(snapshot.inputHash);
}

export function replayText(report: ReplayReport): string {
  const lines = [outcomeText(report), ...report.notes];
  if (!report.comparable) lines.push(`hashes are not comparable: ${report.notComparableBecause.join('; ')}`);
  const d = report.firstDifference;
  if (report.equal) lines.push(`equal: all ${report.derivedRecords} derived records were recomputed to the last bit`);
  else if (d !== null) {
    lines.push(`first difference (${d.what}) after input record ${d.records}, derived record ${d.derived}:`);
    lines.push(`  recorded   ${JSON.stringify(d.recorded)}`, `  recomputed ${JSON.stringify(d.recomputed)}`);
  }
  return lines.join('\n');
}
