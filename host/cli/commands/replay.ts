/**
 * `tidebook replay DIR`: feeds the inputs as they were recorded, recomputes what is derived, and reports the first
 * difference. Recorded by other programs or settings is normal: it replays, and says that hashes cannot be compared.
 */
import { KINDS, RECORD_BYTES } from '#generated/records.ts';
import { JournalReader } from '../../capture/journal-reader.ts';
import { openJournal } from '../../capture/journal-open.ts';
import { BlockType } from '../../events/journal-format.ts';
import type { SegmentHeader } from '../../events/journal-format.ts';
import { Records } from '../../events/record.ts';
import { Session } from '../../session/session.ts';
import { readJournalHead } from '../journaled-session.ts';
import { outcome, outcomeText } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { kernelsProgram, packageVersion } from '../programs.ts';
import { CommandFailed, ExitCode } from './failure.ts';
import { strategiesOf } from '../../session/strategies.ts';

export interface ReplayOptions {
  readonly verify: boolean;
  readonly skipDamaged: boolean;
}

/** Where recomputed and recorded part. */
export interface Difference {
  /** Input records consumed when the difference was seen. */
  readonly records: number;
  /** Index of the derived record in the journal, from 0. */
  readonly derived: number;
  readonly what: 'differs' | 'only recorded' | 'only recomputed';
  readonly recorded: DescribedRecord | null;
  readonly recomputed: DescribedRecord | null;
}

export interface DescribedRecord {
  readonly kind: string;
  readonly localTs: string;
  readonly px: number;
  readonly qty: number;
  readonly orderId: number;
  readonly ival: number;
  readonly fval: number;
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

/** Two streams of derived records, laid side by side; holds only what one of them is ahead. */
class Comparison {
  compared = 0;
  difference: Difference | null = null;
  #recorded: Uint8Array[] = [];
  #recomputed: Uint8Array[] = [];

  recorded(bytes: Uint8Array, records: number): void {
    this.#push(this.#recorded, bytes);
    this.#compare(records);
  }
  recomputed(bytes: Uint8Array): void {
    this.#push(this.#recomputed, bytes);
  }

  #push(list: Uint8Array[], bytes: Uint8Array): void {
    if (this.difference !== null) return;
    for (let at = 0; at < bytes.length; at += RECORD_BYTES) list.push(bytes.slice(at, at + RECORD_BYTES));
  }

  #compare(records: number): void {
    const count = Math.min(this.#recorded.length, this.#recomputed.length);
    for (let i = 0; i < count && this.difference === null; i++) {
      const a = this.#recorded[i]!;
      const b = this.#recomputed[i]!;
      if (!a.every((byte, k) => byte === b[k])) {
        this.difference = { records, derived: this.compared, what: 'differs', recorded: describe(a), recomputed: describe(b) };
      }
      this.compared += 1;
    }
    this.#recorded.splice(0, count);
    this.#recomputed.splice(0, count);
  }

  /**
   * Nothing more comes. Where the journal was not closed, what only was recomputed is no difference: it had not been
   * written yet. Returns how many such records there are.
   */
  end(records: number, isSealed: boolean): number {
    this.#compare(records);
    if (this.difference !== null) return 0;
    if (!isSealed && this.#recorded.length === 0) return this.#recomputed.length;
    const recorded = this.#recorded[0];
    const recomputed = this.#recomputed[0];
    if (recorded !== undefined) {
      this.difference = { records, derived: this.compared, what: 'only recorded', recorded: describe(recorded), recomputed: null };
    } else if (recomputed !== undefined) {
      this.difference = { records, derived: this.compared, what: 'only recomputed', recorded: null, recomputed: describe(recomputed) };
    }
    return 0;
  }
}

function describe(bytes: Uint8Array): DescribedRecord {
  const r = Records.allocate(1);
  r.bytes.set(bytes);
  return {
    kind: KINDS.find((k) => k.code === r.kind(0))?.name ?? String(r.kind(0)),
    localTs: String(r.localTs(0)),
    px: r.px(0),
    qty: r.qty(0),
    orderId: r.orderId(0),
    ival: r.ival(0),
    fval: r.fval(0),
  };
}

/** In words, what of the recording's programs and settings is not what the replay runs; empty where nothing. */
function whyNotComparable(head: SegmentHeader, segments: readonly SegmentHeader[], kernelsSha256: string): string[] {
  const reasons = new Set<string>();
  const version = packageVersion();
  for (const header of segments) {
    if (header.kernelsSha256 !== kernelsSha256) {
      reasons.add(`recorded with kernels ${header.kernelsSha256.slice(0, 12)}, replayed with ${kernelsSha256.slice(0, 12)}`);
    }
    if (header.tidebookVersion !== version) reasons.add(`recorded by tidebook ${header.tidebookVersion}, replayed by ${version}`);
    if (header.configSha256 !== head.configSha256) reasons.add(`continued with other settings in segment ${header.segment}`);
    if (header.strategySha256 !== head.strategySha256) reasons.add(`continued with another strategy in segment ${header.segment}`);
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
  const reader = new JournalReader(directory, {
    types: [BlockType.inputs, BlockType.derived, BlockType.seal],
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
  const unwritten = comparison.end(session.records, isSealed);
  const notes = [...reader.holes.map((hole) => hole.message), ...(reader.tail ? [reader.tail.message] : [])];
  if (!isSealed) {
    notes.push(
      `${directory} was not closed (its host was killed, or still runs): equal means up to its last whole block; ` +
        `${unwritten} derived records had not been written`,
    );
  }
  const report: ReplayReport = {
    ...outcome(session, 0, kernels.sha256, (performance.now() - started) / 1000),
    equal: comparison.difference === null,
    comparable: reasons.length === 0,
    notComparableBecause: reasons,
    derivedRecords,
    firstDifference: comparison.difference,
    notes,
  };
  return report;
}

export function replayText(report: ReplayReport): string {
  const lines = [outcomeText(report), ...report.notes];
  if (!report.comparable) lines.push(`hashes are not comparable: ${report.notComparableBecause.join('; ')}`);
  const d = report.firstDifference;
  if (d === null) lines.push(`equal: all ${report.derivedRecords} derived records were recomputed to the last bit`);
  else {
    lines.push(`first difference (${d.what}) after input record ${d.records}, derived record ${d.derived}:`);
    lines.push(`  recorded   ${JSON.stringify(d.recorded)}`, `  recomputed ${JSON.stringify(d.recomputed)}`);
  }
  return lines.join('\n');
}
