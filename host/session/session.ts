/**
 * The only wiring: core, engine, risk and simulated venue. The live host, a backtest, a replay and the page all run this and
 * nothing else; they differ in where records come from and in what the sink does with what is derived.
 */
import { DERIVED, Kind, WakeReason } from '#generated/records.ts';
import { RECORD_BYTES, RECORD_FVAL, RECORD_IVAL, RECORD_ORDER_ID } from '#generated/records.ts';
import { Records } from '../events/record.ts';
import { MarketCore } from '../kernels/core.ts';
import { initStrategy, resolveParameters } from '../engine/load-strategy.ts';
import type { ExactMath, Strategy } from '../engine/strategy.ts';
import { Account } from './account.ts';
import type { CommandSink } from './account.ts';
import { STAGING_RECORDS, coreLayout } from './config.ts';
import type { SessionConfig } from './config.ts';

/** What a session tells its driver, in the order in which it happens. Bytes are valid during the call only. */
export interface SessionSink {
  /** Input records that were consumed. */
  inputs?(records: Uint8Array): void;
  /** Records that were recomputed from them. */
  derived?(records: Uint8Array): void;
  /** The core asks for a snapshot of this instrument's book. */
  snapshotRequested?(instrument: number): void;
  /** A checkpoint's records were derived (and handed to derived()). */
  checkpoint?(): void;
  /** A command that a real venue must get. */
  command?: CommandSink;
  /** Around each wake of an account; for whoever measures. */
  beforeDecision?(): void;
  afterDecision?(): void;
}

export interface SessionOptions {
  readonly kernels: WebAssembly.Module;
  readonly config: SessionConfig;
  /** By name of the strategy. */
  readonly strategies: ReadonlyMap<string, Strategy>;
  readonly sink?: SessionSink;
  /** False where the journal's blocks carry the chain, see feed(). */
  readonly hashInputs?: boolean;
}

const SNAPSHOT_MAGIC = 0x54444253;
const SNAPSHOT_VERSION = 1;

export class Session {
  readonly config: SessionConfig;
  readonly core: MarketCore;
  readonly accounts: readonly Account[];
  sink: SessionSink;
  readonly #hashInputs: boolean;
  readonly #checkpoint = Records.allocate(1);
  readonly #bidLevel = new Float64Array(1);
  readonly #askLevel = new Float64Array(1);

  constructor(options: SessionOptions) {
    const { config } = options;
    this.config = config;
    this.sink = options.sink ?? {};
    this.#hashInputs = options.hashInputs ?? true;
    // How much memory a strategy wants may depend on its parameters, and the core is laid out from that: a bare instance
    // serves for the arithmetic of the first init().
    const math = new WebAssembly.Instance(options.kernels, {}).exports as unknown as ExactMath;
    const plans = config.accounts.map((a) => {
      const strategy = options.strategies.get(a.strategy);
      if (strategy === undefined) {
        const known = [...options.strategies.keys()].join(', ');
        throw new Error(`account ${a.name}: strategy "${a.strategy}" is not loaded; there are: ${known}`);
      }
      const parameters = resolveParameters(strategy, a.parameters);
      const traded = a.instruments.map((i) => config.instruments[i]!);
      const memory = initStrategy(strategy, parameters, traded, { math, feature: () => 0 }).memory;
      const layout = Account.layout(a, config.instruments.length, memory, Object.keys(parameters).length);
      return { strategy, parameters, layout };
    });
    const accountBytes = Math.max(...plans.map((p) => p.layout.slots * 8));
    this.core = new MarketCore(options.kernels, coreLayout(config, accountBytes));
    this.accounts = plans.map((p, i) => new Account(i, config, p.strategy, p.parameters, this.core, p.layout));
  }

  /** Input records consumed so far. */
  get records(): number {
    return this.core.records;
  }
  /** Time of the present, ns since the journal's epoch. */
  get nowRelNs(): number {
    return this.core.nowRelNs;
  }

  /**
   * Feeds input records, bytes as they stand in a journal's block. `hashAfter`: the chain after them where the block
   * carries it and the session does not compute it.
   */
  feed(bytes: Uint8Array, hashAfter?: bigint): void {
    const count = bytes.byteLength / RECORD_BYTES;
    for (let from = 0; from < count; from += STAGING_RECORDS) {
      const n = Math.min(STAGING_RECORDS, count - from);
      this.core.staging.bytes.set(bytes.subarray(from * RECORD_BYTES, (from + n) * RECORD_BYTES));
      this.feedStaged(n, from + n === count ? hashAfter : undefined);
    }
  }

  /** Feeds the first `count` records of core.staging. */
  feedStaged(count: number, hashAfter?: bigint): void {
    const core = this.core;
    let done = 0;
    // Once more at the end: what is due before the next record is found when that record comes.
    while (done < count) {
      const consumed = core.advance(done, count - done, this.#hashInputs);
      if (consumed > 0) this.sink.inputs?.(this.#staged(done, consumed));
      done += consumed;
      if (done === count && hashAfter !== undefined) core.setInputHash(hashAfter);
      // After the sink has what was consumed: the journal never lacks a record that the core has seen.
      core.check();
      if (core.wakeEvents > 0) this.sink.derived?.(core.events.bytes.subarray(0, core.wakeEvents * RECORD_BYTES));
      const hostReasons = core.hostReasons;
      this.#wakeAccounts();
      if (hostReasons & WakeReason.snapshotRequest) this.#requestSnapshots();
      if (hostReasons & WakeReason.checkpoint) this.#takeCheckpoint();
    }
  }

  #staged(from: number, count: number): Uint8Array {
    return this.core.staging.bytes.subarray(from * RECORD_BYTES, (from + count) * RECORD_BYTES);
  }

  #wakeAccounts(): void {
    const core = this.core;
    const woken = core.wokenAccounts;
    for (let entry = 0; entry < woken; entry++) {
      const account = this.accounts[core.wakeAccount(entry)]!;
      const events = core.wakeEventCount(entry);
      if (events > 0 && this.sink.derived) this.#emitOwnEvents(account, events);
      this.sink.beforeDecision?.();
      const n = account.onWake(core.wakeReasons(entry), core.wakeInstrument(entry), events, this.sink.command);
      this.sink.afterDecision?.();
      this.sink.derived?.(core.derived.bytes.subarray(0, n * RECORD_BYTES));
    }
  }

  /** Own-order events of the simulated venue are derived; those of a real one are inputs and already in the journal. */
  #emitOwnEvents(account: Account, events: number): void {
    const box = this.core.outbox(account.index);
    for (let i = 0; i < events; i++) {
      if (box.high(i) & DERIVED) this.sink.derived!(box.bytes.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES));
    }
  }

  #requestSnapshots(): void {
    const events = this.core.events;
    for (let i = 0; i < this.core.wakeEvents; i++) {
      if (events.kind(i) === Kind.snapshotRequest) this.sink.snapshotRequested?.(events.instrument(i));
    }
  }

  #takeCheckpoint(): void {
    const r = this.#checkpoint;
    for (const account of this.accounts) {
      r.begin(0, Kind.checkpoint, DERIVED | (account.index << 24));
      r.setTimes(0, 0n, BigInt(this.config.epochNs) + BigInt(this.core.nowRelNs));
      r.setPx(0, this.core.records);
      r.setQty(0, account.decisions);
      r.setWord(0, RECORD_ORDER_ID, this.core.inputHash());
      r.setWord(0, RECORD_IVAL, this.core.commandHash(account.index));
      r.setWord(0, RECORD_FVAL, this.core.stateHash(account.index, account.buffer));
      this.sink.derived?.(r.bytes);
    }
    this.sink.checkpoint?.();
  }

  /** Lots that the book shows at one tick of a side (+1 bids, -1 asks). */
  levelLots(instrument: number, side: number, ticks: number): number {
    this.core.readLevels(instrument, ticks, 1, this.#bidLevel, this.#askLevel);
    return side > 0 ? this.#bidLevel[0]! : this.#askLevel[0]!;
  }

  /** Hashes as 16 hexadecimal digits. */
  inputHash(): string {
    return hex(this.core.inputHash());
  }
  commandHash(account = 0): string {
    return hex(this.core.commandHash(account));
  }
  stateHash(account = 0): string {
    return hex(this.core.stateHash(account, this.accounts[account]!.buffer));
  }

  /** The whole state as bytes; restore() into a session of the same configuration continues to the last bit. */
  save(): Uint8Array<ArrayBuffer> {
    const market = this.core.marketState();
    const parts = this.accounts.map((a) => [this.core.accountState(a.index), new Uint8Array(a.buffer.buffer)] as const);
    const length = parts.reduce((sum, [state, buffer]) => sum + state.length + buffer.length, market.length);
    const header = 16 + 8 * parts.length;
    const bytes = new Uint8Array(header + length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, SNAPSHOT_MAGIC, true);
    view.setUint32(4, SNAPSHOT_VERSION, true);
    view.setUint32(8, market.length, true);
    view.setUint32(12, parts.length, true);
    let at = header;
    bytes.set(market, at);
    at += market.length;
    parts.forEach(([state, buffer], i) => {
      view.setUint32(16 + 8 * i, state.length, true);
      view.setUint32(20 + 8 * i, buffer.length, true);
      bytes.set(state, at);
      bytes.set(buffer, at + state.length);
      at += state.length + buffer.length;
    });
    return bytes;
  }

  /** Takes over a saved state. Throws where it was saved under another configuration, and then changes nothing. */
  restore(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const market = this.core.marketState();
    const fits =
      bytes.length >= 16 &&
      view.getUint32(0, true) === SNAPSHOT_MAGIC &&
      view.getUint32(4, true) === SNAPSHOT_VERSION &&
      view.getUint32(8, true) === market.length &&
      view.getUint32(12, true) === this.accounts.length &&
      this.accounts.every(
        (a, i) =>
          view.getUint32(16 + 8 * i, true) === this.core.accountState(i).length &&
          view.getUint32(20 + 8 * i, true) === a.buffer.byteLength,
      );
    if (!fits) {
      throw new Error(
        'this snapshot was taken under another configuration or version; replay the journal from its start',
      );
    }
    let at = 16 + 8 * this.accounts.length;
    market.set(bytes.subarray(at, at + market.length));
    at += market.length;
    for (const account of this.accounts) {
      const state = this.core.accountState(account.index);
      state.set(bytes.subarray(at, at + state.length));
      at += state.length;
      new Uint8Array(account.buffer.buffer).set(bytes.subarray(at, at + account.buffer.byteLength));
      at += account.buffer.byteLength;
      account.rebuildStrategy();
    }
    this.core.restored();
  }
}

function hex(hash: bigint): string {
  return hash.toString(16).padStart(16, '0');
}
