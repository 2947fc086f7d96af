/** The whole tick in one process: a frame's bytes to the commands that it leads to, journal included. */
import type { Effort } from '../effort.ts';
import { withPauses } from '../garbage.ts';
import { livePath, withJournal } from '../live.ts';
import type { Material } from '../material.ts';
import type { Results } from '../result.ts';
import { Samples } from '../samples.ts';

export const TICK_BUDGET_US = { p50: 15, p99: 60 };
/** Journal time between two heartbeats of the host, which flush what has waited. */
const HEARTBEAT_NS = 10e6;

export async function benchTick(material: Material, effort: Effort, results: Results): Promise<void> {
  const { first } = material;
  const capacity = first.frames.length * effort.tickPasses;
  const all = new Samples(capacity);
  const commanded = new Samples(capacity);
  const parsed = new Samples(capacity);
  const flushed = new Samples(capacity);
  const pauses = { count: 0, totalMs: 0, worstMs: 0 };
  for (let pass = 0; pass <= effort.tickPasses; pass++) {
    const seen = await onePass(material, all, commanded, flushed);
    if (pass === 0) {
      all.clear();
      commanded.clear();
      flushed.clear();
      continue;
    }
    pauses.count += seen.count;
    pauses.totalMs += seen.totalMs;
    pauses.worstMs = Math.max(pauses.worstMs, seen.worstMs);
    parseAll(first.frames, parsed);
  }
  const name = 'tick: frame bytes to commands, journal written';
  const budget = [
    { figure: 'p50', atMost: TICK_BUDGET_US.p50 },
    { figure: 'p99', atMost: TICK_BUDGET_US.p99 },
  ] as const;
  const beside = 'JSON.parse of the frame alone';
  results.add({ name, variant: beside, unit: 'us/frame', events: parsed.count, ...parsed.figures() });
  results.add({ name, variant: 'every frame', unit: 'us/frame', events: all.count, ...all.figures(), beside, budget });
  results.add({
    name,
    variant: 'frames with a command, flushed',
    unit: 'us/frame',
    events: commanded.count,
    ...commanded.figures(),
    beside,
    budget,
  });
  results.add({
    name,
    variant: 'of it the flush',
    unit: 'us/frame',
    events: flushed.count,
    ...flushed.figures(),
    beside,
  });
  const collections = { name: 'tick: garbage collections meanwhile', events: all.count };
  results.add({ ...collections, variant: 'count', unit: 'collections', min: pauses.count, p50: pauses.count });
  results.add({ ...collections, variant: 'total', unit: 'ms', min: pauses.totalMs, p50: pauses.totalMs });
  results.add({ ...collections, variant: 'worst', unit: 'ms', min: pauses.worstMs, p50: pauses.worstMs });
}

function onePass(material: Material, all: Samples, commanded: Samples, flushed: Samples) {
  const { first, firstOnly } = material;
  return withJournal(material, firstOnly, (writer) => {
    const { session, feed, flush } = livePath(material, firstOnly, first.snapshots, writer);
    const account = session.accounts[0]!;
    return withPauses(() => {
      feed.subscribed();
      let heartbeatNs = 0;
      for (const frame of first.frames) {
        const commands = account.commands;
        const startMs = performance.now();
        feed.frame(frame);
        const us = (performance.now() - startMs) * 1000;
        all.add(us);
        if (account.commands > commands) {
          commanded.add(us);
          flushed.add(flush.us);
        }
        // In the recording's time: at this speed the machine's own would leave a hundred times more to be flushed.
        if (session.nowRelNs - heartbeatNs < HEARTBEAT_NS) continue;
        heartbeatNs = session.nowRelNs;
        writer.tick(heartbeatNs / 1e6);
      }
      feed.finish();
    });
  });
}

function parseAll(frames: readonly Uint8Array[], samples: Samples): void {
  for (const frame of frames) {
    const startMs = performance.now();
    JSON.parse(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('utf8'));
    samples.add((performance.now() - startMs) * 1000);
  }
}
