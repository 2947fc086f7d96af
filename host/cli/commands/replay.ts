/**
 * `tidebook replay DIR`: feeds the inputs as they were recorded, recomputes what is derived, and reports the first
 * difference. Recorded by other programs or settings is normal: it replays, and says that hashes cannot be compared.
 */
import { KINDS, RECORD_BYTES } from '#generated/records.ts';
import { JournalReader } from '../../capture/journal-reader.ts';
import { BlockType } from '../../events/journal-format.ts';
import { Records } from '../../events/record.ts';
import { Session } from '../../session/session.ts';
import { readJournalHead } from '../journaled-session.ts';
import { outcome, outcomeText } from '../outcome.ts';
import type { Outcome } from '../outcome.ts';
import { kernelsProgram, packageVersion } from '../programs.ts';
import { CommandFailed } from './failure.ts';
import { strategiesOf } from '../one-strategy.ts';

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

  /** Nothing more comes. */
  end(records: number): void {
    this.#compare(records);
    if (this.difference !== null) return;
    const recorded = this.#recorded[0];
    const recomputed = this.#recomputed[0];
    if (recorded !== undefined) {
      this.difference = { records, derived: this.compared, what: 'only recorded', recorded: describe(recorded), recomputed: null };
    } else if (recomputed !== undefined) {
      this.difference = { records, derived: this.compared, what: 'only recomputed', recorded: null, recomputed: describe(recomputed) };
    }
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

export async function replay(directory: string, options: ReplayOptions): Promise<ReplayReport> {
  const started = performance.now();
  const head = await readJournalHead(directory);
  const kernels = kernelsProgram();
  const reasons: string[] = [];
  if (head.header.kernelsSha256 !== kernels.sha256) {
    reasons.push(`recorded with kernels ${head.header.kernelsSha256.slice(0, 12)}, replayed with ${kernels.sha256.slice(0, 12)}`);
  }
  if (head.header.tidebookVersion !== packageVersion()) {
    reasons.push(`recorded by tidebook ${head.header.tidebookVersion}, replayed by ${packageVersion()}`);
  }
  if (reasons.length > 0 && options.verify) {
    throw new CommandFailed(`${directory}: equality was demanded, but it was ${reasons.join('; ')}; check out the version that recorded it`);
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
    types: [BlockType.inputs, BlockType.derived],
    skipDamaged: options.skipDamaged,
  });
  let derivedRecords = 0;
  for (const block of reader.blocks()) {
    if (block.type === BlockType.inputs) session.feed(block.payload);
    else {
      derivedRecords += block.count;
      comparison.recorded(block.payload, session.records);
    }
  }
  comparison.end(session.records);
  const notes = [...reader.holes.map((hole) => hole.message), ...(reader.tail ? [reader.tail.message] : [])];
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
