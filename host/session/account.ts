/**
 * One account: its own orders and position, its strategy, and risk between the strategy and the venue. All that it remembers
 * stands in one Float64Array (`buffer`).
 */
import { BUY, CommandKind, DERIVED, DenialRule, Kind, OperatorAction, SELL } from '#generated/records.ts';
import type { Records } from '../events/record.ts';
import type { MarketCore } from '../kernels/core.ts';
import { OwnOrders } from '../portfolio/own-orders.ts';
import { OwnOrderState } from '../portfolio/own-order-state.ts';
import { Positions } from '../portfolio/position.ts';
import { SectionLayout } from '../portfolio/section.ts';
import { Risk } from '../risk/risk.ts';
import { MAX_LADDER_ROWS, initStrategy } from '../engine/load-strategy.ts';
import type { Decider, Parameters, Strategy } from '../engine/strategy.ts';
import { CommandBuffer } from './command-buffer.ts';
import { featureIndex } from './config.ts';
import type { AccountConfig, SessionConfig } from './config.ts';
import { AccountView } from './view.ts';

const DECISIONS = 0;
const COMMANDS = 1;
const DENIALS = 2;
const FILLS = 3;
const REJECTIONS = 4;
const SHUTDOWN = 5;
const COUNTERS = 6;
const SHUT_DOWN = 1;
const SHUT_DOWN_WHILE_PAUSED = 2;
const LADDER_ROWS_PER_SIDE = MAX_LADDER_ROWS;

/** Stands in a ladder row that was not written; no NaN, whose bits an engine may choose. */
export const UNSET_ROW = -Number.MAX_VALUE;
/** Reason code of a decision in which the strategy threw. */
export const STRATEGY_FAILED = -1;

/** Called for each command that risk let pass and that a real venue must get. */
export type CommandSink = (account: number, record: Records, index: number) => void;

interface MutableWake {
  reasons: number;
  timeNs: number;
  instrument: number;
  decision: number;
}

export class Account {
  readonly index: number;
  readonly config: AccountConfig;
  readonly buffer: Float64Array;
  readonly orders: OwnOrders;
  readonly positions: Positions;
  readonly risk: Risk;
  readonly view: AccountView;
  readonly strategy: Strategy;
  /** Why the strategy was stopped, if it threw. */
  failure: string | null = null;
  /** Ladder of the last quote of each side: [bid rows, ask rows]; UNSET_ROW where a row was not written. */
  readonly lastLadder: Float64Array;
  readonly #core: MarketCore;
  readonly #session: SessionConfig;
  readonly #counters: Float64Array;
  readonly #parameterValues: Float64Array;
  readonly #features: ReadonlyMap<string, number>;
  readonly #out = new CommandBuffer();
  readonly #wake: MutableWake = { reasons: 0, timeNs: 0, instrument: -1, decision: 0 };
  readonly #equities: Float64Array;
  readonly #marks: Float64Array;
  readonly #parameters: Parameters;
  #decider: Decider;

  /** Slots of the buffer that this account needs; the same for every account of one configuration and strategy. */
  static layout(config: AccountConfig, instruments: number, memory: number, parameters: number): SectionLayout {
    const layout = new SectionLayout();
    layout.add('counters', COUNTERS);
    layout.add('orders', OwnOrders.slots(config.orderCapacity));
    layout.add('positions', Positions.slots(instruments));
    layout.add('risk', Risk.SLOTS);
    layout.add('ladder', 2 * LADDER_ROWS_PER_SIDE);
    layout.add('parameters', parameters);
    layout.add('memory', memory);
    return layout;
  }

  constructor(
    index: number,
    session: SessionConfig,
    strategy: Strategy,
    parameters: Parameters,
    core: MarketCore,
    layout: SectionLayout,
  ) {
    const config = session.accounts[index]!;
    this.index = index;
    this.config = config;
    this.strategy = strategy;
    this.#session = session;
    this.#core = core;
    this.#parameters = parameters;
    this.#features = featureIndex(session);
    this.buffer = layout.allocate();
    this.#counters = layout.view(this.buffer, 'counters');
    this.orders = new OwnOrders(layout.view(this.buffer, 'orders'), config.orderCapacity);
    this.positions = new Positions(layout.view(this.buffer, 'positions'), session.instruments);
    this.risk = new Risk(layout.view(this.buffer, 'risk'), config.risk, this.orders, this.positions);
    this.lastLadder = layout.view(this.buffer, 'ladder');
    this.lastLadder.fill(UNSET_ROW);
    this.#parameterValues = layout.view(this.buffer, 'parameters');
    this.view = new AccountView(core, this.orders, this.positions, layout.view(this.buffer, 'memory'));
    this.#equities = new Float64Array(this.positions.settlementCurrencies.length);
    this.#marks = new Float64Array(session.instruments.length);
    Object.values(parameters).forEach((value, i) => (this.#parameterValues[i] = typeof value === 'number' ? value : 0));
    this.#decider = this.#init();
  }

  get decisions(): number {
    return this.#counters[DECISIONS]!;
  }
  get commands(): number {
    return this.#counters[COMMANDS]!;
  }
  get denials(): number {
    return this.#counters[DENIALS]!;
  }
  get fills(): number {
    return this.#counters[FILLS]!;
  }
  get rejections(): number {
    return this.#counters[REJECTIONS]!;
  }
  /** True once the operator has asked for the end: own orders are cancelled, nothing new is sent. */
  get isShutDown(): boolean {
    return this.#counters[SHUTDOWN] !== 0;
  }

  /** Equity per settlement currency at the present mids: trading profit less fees, with funding. */
  equities(): Float64Array {
    for (let i = 0; i < this.#marks.length; i++) this.#marks[i] = this.view.midTicks(i);
    for (let c = 0; c < this.#equities.length; c++) this.#equities[c] = this.positions.equityIn(c, this.#marks);
    return this.#equities;
  }

  /** Builds the strategy anew from its parameters; its memory stays. Called after a restore, too. */
  rebuildStrategy(): void {
    this.#decider = this.#init();
  }

  #init(): Decider {
    const names = Object.keys(this.#parameters);
    const current: Record<string, number | string | boolean> = { ...this.#parameters };
    names.forEach((name, i) => {
      if (typeof current[name] === 'number') current[name] = this.#parameterValues[i]!;
    });
    const traded = this.config.instruments.map((i) => this.#session.instruments[i]!);
    const first = traded[0]!.symbol;
    return initStrategy(this.strategy, current, traded, {
      math: this.#core.exports,
      feature: (name) => {
        const found = this.#features.get(name.includes(':') ? name : `${first}:${name}`);
        if (found === undefined) {
          const known = [...this.#features.keys()].join(', ') || 'none';
          throw new Error(`strategy ${this.strategy.name} asks for feature "${name}"; configured are: ${known}`);
        }
        return found;
      },
    });
  }

  /**
   * One wake: events of own orders first, then the decision, each command through risk. What it derives stands in
   * core.derived afterwards; returns how many records. `send` gets what must go to a real venue.
   */
  onWake(reasons: number, instrument: number, events: number, send: CommandSink | undefined): number {
    const timeNs = this.#core.nowRelNs;
    const box = this.#core.outbox(this.index);
    for (let i = 0; i < events; i++) this.#onEvent(box, i, timeNs);
    const stopped = this.risk.checkLoss(this.equities()) || this.risk.isPaused || this.isShutDown;

    const decision = (this.#counters[DECISIONS]! += 1);
    const out = this.#out;
    out.begin(decision);
    if (!stopped) {
      const wake = this.#wake;
      wake.reasons = reasons;
      wake.timeNs = timeNs;
      wake.instrument = instrument;
      wake.decision = decision;
      this.#decide(wake, out);
    }
    return this.#settle(decision, reasons, timeNs, send);
  }

  /**
   * A strategy that throws is stopped for good and its orders are cancelled, here and in every replay alike; what it had
   * written in this decision is not sent.
   */
  #decide(wake: MutableWake, out: CommandBuffer): void {
    try {
      this.#decider.decide(wake, this.view, out);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.failure = `strategy ${this.strategy.name} failed in decision ${wake.decision}: ${text}`;
      this.risk.kill();
      out.begin(wake.decision);
      out.reason(STRATEGY_FAILED);
    }
  }

  #onEvent(box: Records, i: number, timeNs: number): void {
    const kind = box.kind(i);
    if (kind === Kind.operator) return this.#onOperator(box.ival(i), box.px(i), box.qty(i));
    const instrument = box.instrument(i);
    const info = this.#session.instruments[instrument];
    if (info === undefined) return;
    const lots = Math.round(box.qty(i) / info.lotSize);
    if (kind === Kind.orderFilled) {
      this.#counters[FILLS]! += 1;
      const ticks = Math.round(box.px(i) / info.tickSize);
      this.positions.applyFill(instrument, box.side(i), ticks, lots, box.ival(i) === 1);
    } else if (kind === Kind.orderRejected) this.#counters[REJECTIONS]! += 1;
    this.orders.apply(kind, box.orderId(i), lots, timeNs);
  }

  #onOperator(action: number, parameter: number, value: number): void {
    if (action === OperatorAction.pause) this.risk.pause();
    else if (action === OperatorAction.resume) this.#resume();
    else if (action === OperatorAction.kill) this.risk.kill();
    else if (action === OperatorAction.shutdown) {
      if (!this.isShutDown) this.#counters[SHUTDOWN] = this.risk.isPaused ? SHUT_DOWN_WHILE_PAUSED : SHUT_DOWN;
      this.risk.pause();
    } else if (action === OperatorAction.parameter && parameter < this.#parameterValues.length) {
      this.#parameterValues[parameter] = value;
      this.rebuildStrategy();
    }
  }

  /** After a shutdown: as it was before. */
  #resume(): void {
    if (this.#counters[SHUTDOWN] !== SHUT_DOWN_WHILE_PAUSED) this.risk.resume();
    this.#counters[SHUTDOWN] = 0;
  }

  /** Takes the strategy's commands through risk and sends them; writes every record of the decision. */
  #settle(decision: number, reasons: number, timeNs: number, send: CommandSink | undefined): number {
    const out = this.#out;
    const r = this.#core.derived;
    const first = this.config.instruments[0]!;
    let n = 0;
    r.begin(n, Kind.decision, (first | DERIVED) >>> 0);
    r.setPx(n, out.fair);
    r.setQty(n, this.positions.positionLots(first));
    r.setOrderId(n, decision);
    r.setIval(n, reasons);
    r.setFval(n, out.reasonCode);
    n += 1;
    for (let k = 0; k < out.count; k++)
      n =
        out.kind[k] === CommandKind.place
          ? this.#place(k, n, timeNs, send)
          : this.#cancel(out.id[k]!, n, timeNs, send, true);
    for (let id = this.risk.nextCancel(); id >= 0; id = this.risk.nextCancel())
      n = this.#cancel(id, n, timeNs, send, false);
    this.#core.exports.stamp(this.index, n);
    return n;
  }

  #place(k: number, start: number, timeNs: number, send: CommandSink | undefined): number {
    const out = this.#out;
    const instrument = out.instrument[k]!;
    const side = out.side[k]!;
    const ticks = out.priceTicks[k]!;
    const id = out.id[k]!;
    let n = start;
    this.#write(n++, Kind.intent, k, out.lots[k]!);
    const mid = this.view.midTicks(instrument);
    const allowed = this.risk.place(instrument, side, ticks, out.lots[k]!, mid, this.view.isLive(instrument), timeNs);
    if (this.risk.rule !== DenialRule.none) {
      this.#counters[DENIALS]! += 1;
      this.#write(n, Kind.denial, k, out.lots[k]! - allowed);
      this.#core.derived.setIval(n, this.risk.rule);
      this.#core.derived.setFval(n, this.risk.limit);
      n += 1;
    }
    if (allowed < 1) return n;
    this.orders.add(id, instrument, side, ticks, allowed, timeNs);
    this.#counters[COMMANDS]! += 1;
    this.#write(n, Kind.command, k, allowed);
    this.#dispatch(CommandKind.place, id, instrument, side, ticks, allowed, out.timeInForce[k]!, send, n);
    return this.#writeLadder(k, n + 1);
  }

  #writeLadder(k: number, start: number): number {
    const out = this.#out;
    const r = this.#core.derived;
    const shown = out.side[k]! > 0 ? 0 : LADDER_ROWS_PER_SIDE;
    let n = start;
    for (let row = 0; row < MAX_LADDER_ROWS; row++) {
      const isWritten = row < out.ladderRows[k]!;
      const value = isWritten ? out.rows[k * MAX_LADDER_ROWS + row]! : UNSET_ROW;
      this.lastLadder[shown + row] = value;
      if (!isWritten) continue;
      r.begin(n, Kind.ladder | (out.side[k]! > 0 ? BUY : SELL), (out.instrument[k]! | DERIVED) >>> 0);
      r.setPx(n, value);
      r.setOrderId(n, out.id[k]!);
      r.setIval(n, row);
      n += 1;
    }
    return n;
  }

  /** A cancel is never denied; one for an order that is gone or already being cancelled has nothing left to do. */
  #cancel(id: number, start: number, timeNs: number, send: CommandSink | undefined, asked: boolean): number {
    const r = this.#core.derived;
    const slot = this.orders.find(id);
    const instrument = slot < 0 ? this.config.instruments[0]! : this.orders.instrument(slot);
    const side = slot < 0 ? 0 : this.orders.side(slot);
    let n = start;
    if (asked) {
      this.#writeCancel(n, Kind.intent, instrument, side, id);
      n += 1;
    }
    if (slot < 0 || this.orders.state(slot) === OwnOrderState.cancelPending) return n;
    this.risk.cancel(timeNs);
    this.orders.markCancelPending(id);
    this.#counters[COMMANDS]! += 1;
    this.#writeCancel(n, Kind.command, instrument, side, id);
    r.setQty(n, 0);
    this.#dispatch(CommandKind.cancel, id, instrument, side, 0, 0, 0, send, n);
    return n + 1;
  }

  #dispatch(
    command: number,
    id: number,
    instrument: number,
    side: number,
    ticks: number,
    lots: number,
    timeInForce: number,
    send: CommandSink | undefined,
    record: number,
  ): void {
    if (this.config.simulation === null) {
      send?.(this.index, this.#core.derived, record);
      return;
    }
    if (this.#core.exports.submit(this.index, command, id, instrument, side, ticks, lots, timeInForce) !== 0) {
      throw new Error(
        `account ${this.config.name}: the queue of requests to the simulated venue is full; raise order_capacity`,
      );
    }
  }

  #write(n: number, kind: number, k: number, lots: number): void {
    const out = this.#out;
    const r = this.#core.derived;
    const instrument = out.instrument[k]!;
    const info = this.#session.instruments[instrument];
    if (n >= this.#core.derivedCapacity)
      throw new Error('a decision derived more records than fit; give fewer commands');
    r.begin(n, kind | (out.side[k]! > 0 ? BUY : SELL), (instrument | DERIVED) >>> 0);
    r.setPx(n, out.priceTicks[k]! * (info?.tickSize ?? 0));
    r.setQty(n, lots * (info?.lotSize ?? 0));
    r.setOrderId(n, out.id[k]!);
    r.setIval(n, CommandKind.place);
    r.setFval(n, out.timeInForce[k]!);
  }

  #writeCancel(n: number, kind: number, instrument: number, side: number, id: number): void {
    const r = this.#core.derived;
    r.begin(n, kind | (side > 0 ? BUY : side < 0 ? SELL : 0), (instrument | DERIVED) >>> 0);
    r.setOrderId(n, id);
    r.setIval(n, CommandKind.cancel);
  }
}
