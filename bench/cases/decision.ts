/** A decision of the default strategy on a live state, and the whole wake around it. */
import { RECORD_BYTES, WakeReason } from '#generated/records.ts';
import { initStrategy, resolveParameters } from '../../host/engine/load-strategy.ts';
import type { Decider, Strategy, View, Wake } from '../../host/engine/strategy.ts';
import unguarded from '../../host/engine/strategies/glft.ts';
import { OwnOrders } from '../../host/portfolio/own-orders.ts';
import { OwnOrderState } from '../../host/portfolio/own-order-state.ts';
import type { Account } from '../../host/session/account.ts';
import { CommandBuffer } from '../../host/session/command-buffer.ts';
import { featureIndex } from '../../host/session/config.ts';
import { Session } from '../../host/session/session.ts';
import { AccountView } from '../../host/session/view.ts';
import type { Effort } from '../effort.ts';
import { collectYoung, usedHeapBytes } from '../garbage.ts';
import type { Material } from '../material.ts';
import type { Results } from '../result.ts';
import { Samples } from '../samples.ts';
import { timePerEventNs } from '../timing.ts';

export const DECISION_BUDGET_NS = 100;
/** Bytes per decision below which growth of the heap is what the measurement itself makes. */
const ALLOCATION_BUDGET_BYTES = 0.1;
const BATCH = 2000;
const ALLOCATION_CHUNK = 5000;
/** Records fed between two looks at the state, while a state with two standing quotes is sought. */
const STEP_RECORDS = 100;

export function benchDecision(material: Material, effort: Effort, results: Results): void {
  const session = sessionOf(material);
  feedUntil(session, material.bothRecords, bothQuotesStand);
  const account = session.accounts[0]!;
  const out = new CommandBuffer();
  const guarded = deciderOf(material.strategy.strategy, session, account);
  const plain = deciderOf(unguarded, session, account);
  const slots = OwnOrders.slots(account.config.orderCapacity);
  const empty = new OwnOrders(new Float64Array(slots), account.config.orderCapacity);
  const bare = new AccountView(session.core, empty, account.positions, new Float64Array(guarded.memory));
  const budget = [{ figure: 'p50', atMost: DECISION_BUDGET_NS }] as const;

  const states: [string, AccountView, number][] = [
    ['both quotes stand', account.view, 0],
    ['both quotes placed', bare, 2],
  ];
  for (const [name, view, commands] of states) {
    const common = { name: `decision of glft, ${name}`, unit: 'ns/decision', events: BATCH };
    // The bundled one first, as the host runs it: the view and the writer have seen no other strategy yet.
    const decide = loopOf(guarded, view, out);
    const bundled = timePerEventNs(effort, BATCH, () => decide(BATCH));
    const grown = bytesPerEvent(effort.decisions, decide);
    const decidePlain = loopOf(plain, view, out);
    const direct = timePerEventNs(effort, BATCH, () => decidePlain(BATCH));
    if (out.count !== commands) throw new Error(`${name}: ${out.count} commands came where ${commands} were expected`);
    results.add({ ...common, variant: 'imported, unguarded', ...direct });
    results.add({ ...common, variant: 'from its bundle', ...bundled, beside: 'imported, unguarded', budget });
    results.add({
      name: `decision of glft, ${name}: allocation`,
      variant: 'from its bundle',
      unit: 'bytes/decision',
      events: effort.decisions,
      ...grown,
      budget: [{ figure: 'p50', atMost: ALLOCATION_BUDGET_BYTES }],
    });
  }
  benchWake(material, session, account, effort, results);
}

function benchWake(material: Material, session: Session, account: Account, effort: Effort, results: Results): void {
  const wake = (count: number) => {
    for (let i = 0; i < count; i++) account.onWake(WakeReason.step, -1, 0, undefined);
  };
  const common = {
    name: 'whole wake: loss limit, decision, records, hash',
    unit: 'ns/wake',
    variant: 'both quotes stand',
  };
  results.add({ ...common, events: BATCH, ...timePerEventNs(effort, BATCH, () => wake(BATCH)) });
  results.add({
    ...common,
    name: 'whole wake: allocation',
    unit: 'bytes/wake',
    events: effort.decisions,
    ...bytesPerEvent(effort.decisions, wake),
  });
  const [quiet, active] = recordedWakes(material);
  const recorded = { name: 'whole wake, each one timed', unit: 'us/wake' };
  results.add({ ...recorded, variant: 'no command', events: quiet.count, ...quiet.figures() });
  results.add({
    ...recorded,
    variant: 'with commands',
    events: active.count,
    ...active.figures(),
    beside: 'no command',
  });
}

/** The wakes of the recording, as they come; the clock's own 50 ns or so included. The first pass compiles. */
function recordedWakes(material: Material): [quiet: Samples, active: Samples] {
  const capacity = material.bothRecords.length / RECORD_BYTES;
  const quiet = new Samples(capacity);
  const active = new Samples(capacity);
  for (let pass = 0; pass < 2; pass++) {
    quiet.clear();
    active.clear();
    const session = sessionOf(material);
    const account = session.accounts[0]!;
    let startMs = 0;
    let commands = 0;
    session.sink = {
      beforeDecision() {
        commands = account.commands;
        startMs = performance.now();
      },
      afterDecision() {
        const us = (performance.now() - startMs) * 1000;
        (account.commands > commands ? active : quiet).add(us);
      },
    };
    session.feed(material.bothRecords);
  }
  return [quiet, active];
}

function sessionOf(material: Material): Session {
  const { kernels, config, strategy } = material;
  return new Session({
    kernels,
    config,
    strategies: new Map(config.accounts.map((a) => [a.strategy, strategy.strategy])),
  });
}

/** Feeds until the state is as wanted. Throws where the recording never gets there. */
function feedUntil(session: Session, bytes: Uint8Array, wanted: (session: Session) => boolean): void {
  for (let at = 0; at < bytes.length; at += STEP_RECORDS * RECORD_BYTES) {
    session.feed(bytes.subarray(at, at + STEP_RECORDS * RECORD_BYTES));
    if (wanted(session)) return;
  }
  throw new Error('the recording has no moment at which both quotes stand; check the demo configuration');
}

/** A bid and an ask are live, and a decision at this moment leaves them where they are. */
function bothQuotesStand(session: Session): boolean {
  const account = session.accounts[0]!;
  const { orders } = account;
  if (orders.count !== 2 || !account.view.isLive(0)) return false;
  if (orders.state(0) !== OwnOrderState.live || orders.state(1) !== OwnOrderState.live) return false;
  const before = account.commands;
  account.onWake(WakeReason.step, -1, 0, undefined);
  return account.commands === before;
}

function deciderOf(strategy: Strategy, session: Session, account: Account): Decider {
  const features = featureIndex(session.config);
  const traded = account.config.instruments.map((i) => session.config.instruments[i]!);
  const symbol = traded[0]!.symbol;
  return initStrategy(strategy, resolveParameters(strategy, account.config.parameters), traded, {
    math: session.core.exports,
    feature: (name) => features.get(name.includes(':') ? name : `${symbol}:${name}`)!,
  });
}

const WAKE: Wake = { reasons: WakeReason.step, timeNs: 0, instrument: -1, decision: 1 };

/** A loop of its own for each strategy, so that none is called through a place that has seen the other. */
function loopOf(decider: Decider, view: View, out: CommandBuffer): (count: number) => void {
  return (count) => {
    for (let i = 0; i < count; i++) {
      out.begin(i);
      decider.decide(WAKE, view, out);
    }
  };
}

/**
 * Bytes of the JavaScript heap that an event takes, after a run that compiles. Measured in chunks too short for a
 * collection to hide what was allocated, less what the measurement itself takes.
 */
function bytesPerEvent(events: number, run: (count: number) => void): { min: number; p50: number } {
  run(events);
  const chunks = Math.ceil(events / ALLOCATION_CHUNK);
  const samples = new Samples(chunks);
  for (let i = 0; i < chunks; i++) {
    collectYoung();
    const own = grownBytes(0, run);
    const grown = grownBytes(ALLOCATION_CHUNK, run);
    samples.add(Math.max(0, grown - own) / ALLOCATION_CHUNK);
  }
  return { min: samples.quantile(0), p50: samples.quantile(0.5) };
}

function grownBytes(count: number, run: (count: number) => void): number {
  const before = usedHeapBytes();
  run(count);
  return usedHeapBytes() - before;
}
