/** Runs the chosen subjects one after another and gives everything that was measured. */
import { benchBacktest } from './cases/backtest.ts';
import { benchCore } from './cases/core.ts';
import { benchDecision } from './cases/decision.ts';
import { benchDecode } from './cases/decode.ts';
import { benchTick } from './cases/tick.ts';
import { QUICK, WHOLE } from './effort.ts';
import type { Effort } from './effort.ts';
import { describeMachine, describeVersions, loadAverage } from './machine.ts';
import { loadMaterial } from './material.ts';
import type { Material } from './material.ts';
import type { BenchOptions, Subject } from './options.ts';
import { Results } from './result.ts';
import type { BenchDocument } from './result.ts';

type Case = (material: Material, effort: Effort, results: Results) => void | Promise<void>;

const CASES: Readonly<Record<Subject, Case>> = {
  decode: benchDecode,
  core: benchCore,
  decision: benchDecision,
  tick: benchTick,
  backtest: benchBacktest,
};

export async function runBench(options: BenchOptions, progress: (text: string) => void): Promise<BenchDocument> {
  const effort = options.quick ? QUICK : WHOLE;
  const before = loadAverage();
  progress('reading and decoding the recordings');
  const material = await loadMaterial(effort.records);
  const results = new Results();
  for (const subject of options.subjects) {
    progress(subject);
    await CASES[subject](material, effort, results);
  }
  return {
    quick: options.quick,
    machine: describeMachine(),
    versions: describeVersions(),
    load: { before, after: loadAverage() },
    results: results.list,
  };
}
