/**
 * One instance of kernels.wasm laid out for a configuration: the only place that makes views of its memory. The memory is
 * sealed after the layout, so that no view is ever detached.
 */
import {
  ACCOUNT_CONFIG_BYTES,
  AccountConfig,
  AccountConfigTypes,
  CORE_CONFIG_BYTES,
  Core,
  CoreConfig,
  CoreConfigTypes,
  FEATURE_CONFIG_BYTES,
  FeatureConfig,
  FeatureConfigTypes,
  INSTRUMENT_CONFIG_BYTES,
  InstrumentConfig,
  InstrumentConfigTypes,
  WAKE_ENTRY_BYTES,
  Wake,
  WakeEntry,
} from '#generated/layouts.ts';
import type { FieldType } from '#generated/layouts.ts';
import { Records } from '../events/record.ts';

/** Field names of a struct that TypeScript writes. */
type FieldsOf<T> = { readonly [K in keyof T]?: number | bigint };

/** What the core is laid out from: the values of CoreConfig and its arrays. Missing fields are 0. */
export interface CoreLayout {
  readonly epochNs: bigint;
  readonly stagingRecords: number;
  readonly checkpointRecords: number;
  readonly accountBytes: number;
  readonly instruments: readonly FieldsOf<typeof InstrumentConfig>[];
  readonly accounts: readonly FieldsOf<typeof AccountConfig>[];
  readonly features: readonly FieldsOf<typeof FeatureConfig>[];
}

/** What kernels.wasm exports; every number is an i32 or a f64, addresses are bytes. */
interface Exports {
  memory: WebAssembly.Memory;
  reserveConfig(bytes: number): number;
  init(): number;
  restored(): void;
  advance(from: number, count: number, hashInputs: number): number;
  submit(
    a: number,
    command: number,
    id: number,
    i: number,
    side: number,
    ticks: number,
    lots: number,
    tif: number,
  ): number;
  stamp(account: number, count: number): void;
  stateHash(account: number, bufferBytes: number): bigint;
  inputHash(): bigint;
  setInputHash(value: bigint): void;
  commandHash(account: number): bigint;
  hashRecords(from: number, count: number, start: bigint): bigint;
  queueAhead(account: number, id: number): number;
  readLevels(instrument: number, firstTick: number, count: number): void;
  nextDueRelNs(): number;
  stagingArea(): number;
  wakeArea(): number;
  wakeEntriesArea(): number;
  eventsArea(): number;
  derivedArea(): number;
  accountArea(): number;
  coreArea(): number;
  outputsArea(): number;
  outputCount(): number;
  marketStart(): number;
  marketEnd(): number;
  instrumentArea(index: number): number;
  accountStateArea(index: number): number;
  accountStateBytes(index: number): number;
  outboxArea(account: number): number;
  exp(x: number): number;
  expm1(x: number): number;
  log(x: number): number;
  log1p(x: number): number;
  pow(x: number, y: number): number;
  tanh(x: number): number;
}

/** Ticks that one readLevels() can copy. */
export const MAX_LEVELS = 8192;
/** Instruments of one core: accounts name theirs in a 64-bit mask. */
export const MAX_INSTRUMENTS = 64;
const DERIVED_RECORDS = 1024;
const CORE_ERRORS: Readonly<Record<number, string>> = {
  1: "the queue of answers of an account's simulated venue is full; raise answer_capacity in [simulation]",
  2: 'the core derived more records in one wake than fit; report this with the journal',
};

export class MarketCore {
  readonly exports: Exports;
  /** Input records go here. */
  readonly staging: Records;
  /** Records that the session derives; stamped and hashed by stamp(). */
  readonly derived: Records;
  /** Records that the core derived in the last advance(); wakeEvents of them. */
  readonly events: Records;
  readonly f64: Float64Array;
  readonly #i32: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #outboxes: Records[];
  /** Index into f64 of each instrument's struct. */
  readonly #instruments: Int32Array;
  readonly #core: number;
  readonly #outputs: number;
  readonly #wake: number;
  readonly #entries: number;
  readonly instrumentCount: number;
  readonly accountCount: number;
  readonly derivedCapacity = DERIVED_RECORDS;

  /** Throws where the configuration cannot be laid out, naming what does not fit. */
  constructor(module: WebAssembly.Module, layout: CoreLayout) {
    if (layout.instruments.length < 1 || layout.instruments.length > MAX_INSTRUMENTS) {
      throw new Error(`${layout.instruments.length} instruments are configured; a core holds 1 to ${MAX_INSTRUMENTS}`);
    }
    const instance = new WebAssembly.Instance(module, {});
    const e = instance.exports as unknown as Exports;
    this.exports = e;
    writeLayout(e, layout);
    const failed = e.init();
    if (failed !== 0) throw new Error(layoutError(failed));

    const buffer = e.memory.buffer;
    this.f64 = new Float64Array(buffer);
    this.#i32 = new Int32Array(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.instrumentCount = layout.instruments.length;
    this.accountCount = layout.accounts.length;
    this.staging = new Records(buffer, e.stagingArea(), layout.stagingRecords * 64);
    this.derived = new Records(buffer, e.derivedArea(), DERIVED_RECORDS * 64);
    this.events = new Records(buffer, e.eventsArea(), (16 * layout.instruments.length + 16) * 64);
    this.#outboxes = layout.accounts.map(
      (a, n) => new Records(buffer, e.outboxArea(n), (Number(a.answerCapacity) + 4) * 64),
    );
    this.#instruments = Int32Array.from(layout.instruments, (_, i) => e.instrumentArea(i) / 8);
    this.#core = e.coreArea() / 8;
    this.#outputs = e.outputsArea() / 8;
    this.#wake = e.wakeArea() / 4;
    this.#entries = e.wakeEntriesArea() / 4;
  }

  /** Consumes staged records; returns how many. What it stopped for stands in the wake fields below. */
  advance(from: number, count: number, hashInputs: boolean): number {
    return this.exports.advance(from, count, hashInputs ? 1 : 0);
  }

  /** Throws where the last advance() found one of its queues full: this instance must not go on. */
  check(): void {
    const error = this.#i32[this.#wake + Wake.error / 4]!;
    if (error !== 0) throw new Error(CORE_ERRORS[error] ?? `core error ${error}`);
  }

  /** WakeReason bits for the host. */
  get hostReasons(): number {
    return this.#i32[this.#wake + Wake.hostReasons / 4]!;
  }
  get wokenAccounts(): number {
    return this.#i32[this.#wake + Wake.accounts / 4]!;
  }
  get wakeEvents(): number {
    return this.#i32[this.#wake + Wake.events / 4]!;
  }
  wakeAccount(entry: number): number {
    return this.#i32[this.#entries + (entry * WAKE_ENTRY_BYTES + WakeEntry.account) / 4]!;
  }
  wakeReasons(entry: number): number {
    return this.#i32[this.#entries + (entry * WAKE_ENTRY_BYTES + WakeEntry.reasons) / 4]!;
  }
  wakeInstrument(entry: number): number {
    return this.#i32[this.#entries + (entry * WAKE_ENTRY_BYTES + WakeEntry.instrument) / 4]!;
  }
  wakeEventCount(entry: number): number {
    return this.#i32[this.#entries + (entry * WAKE_ENTRY_BYTES + WakeEntry.events) / 4]!;
  }
  outbox(account: number): Records {
    return this.#outboxes[account]!;
  }

  /** A f64 field of an instrument; `field` is a byte offset of the generated Instrument. */
  instrument(index: number, field: number): number {
    return this.f64[this.#instruments[index]! + (field >> 3)]!;
  }
  /** Index into f64 of an instrument's struct. */
  instrumentBase(index: number): number {
    return this.#instruments[index]!;
  }
  output(index: number): number {
    return this.f64[this.#outputs + 2 * index]!;
  }
  outputIsValid(index: number): boolean {
    return this.f64[this.#outputs + 2 * index + 1]! !== 0;
  }
  /** Time of the present, ns since the journal's epoch. */
  get nowRelNs(): number {
    return this.f64[this.#core + (Core.nowRelNs >> 3)]!;
  }
  /** Input records consumed so far. */
  get records(): number {
    return this.f64[this.#core + (Core.records >> 3)]!;
  }
  get frames(): number {
    return this.f64[this.#core + (Core.frames >> 3)]!;
  }
  get unknownRecords(): number {
    return this.f64[this.#core + (Core.unknownRecords >> 3)]!;
  }

  /** Chains the state as account `account` sees it, its buffer included. */
  stateHash(account: number, buffer: Float64Array): bigint {
    this.#bytes.set(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength), this.exports.accountArea());
    return BigInt.asUintN(64, this.exports.stateHash(account, buffer.byteLength));
  }
  inputHash(): bigint {
    return BigInt.asUintN(64, this.exports.inputHash());
  }
  setInputHash(value: bigint): void {
    this.exports.setInputHash(value);
  }
  commandHash(account: number): bigint {
    return BigInt.asUintN(64, this.exports.commandHash(account));
  }

  /** Sizes of `count` ticks (at most MAX_LEVELS) from `firstTick` on, in lots. */
  readLevels(instrument: number, firstTick: number, count: number, bid: Float64Array, ask: Float64Array): void {
    this.exports.readLevels(instrument, firstTick, count);
    const at = this.exports.accountArea() / 8;
    bid.set(this.f64.subarray(at, at + count));
    ask.set(this.f64.subarray(at + count, at + 2 * count));
  }

  get memoryBytes(): number {
    return this.#bytes.byteLength;
  }

  /** Bytes of the state that all accounts share, not copied. */
  marketState(): Uint8Array {
    return this.#bytes.subarray(this.exports.marketStart(), this.exports.marketEnd());
  }
  /** Bytes of one account's state inside the core, not copied. */
  accountState(account: number): Uint8Array {
    const start = this.exports.accountStateArea(account);
    return this.#bytes.subarray(start, start + this.exports.accountStateBytes(account));
  }
  /** To be called once the bytes above were overwritten with saved ones. */
  restored(): void {
    this.exports.restored();
  }
}

function writeLayout(e: Exports, layout: CoreLayout): void {
  const { instruments, accounts, features } = layout;
  const bytes =
    CORE_CONFIG_BYTES +
    instruments.length * INSTRUMENT_CONFIG_BYTES +
    accounts.length * ACCOUNT_CONFIG_BYTES +
    features.length * FEATURE_CONFIG_BYTES;
  const start = e.reserveConfig(bytes);
  if (start === 0) throw new Error(layoutError(-2));
  const view = new DataView(e.memory.buffer, start, bytes);
  writeStruct(view, 0, CoreConfig, CoreConfigTypes, {
    epochNs: layout.epochNs,
    instruments: instruments.length,
    accounts: accounts.length,
    features: features.length,
    stagingRecords: layout.stagingRecords,
    checkpointRecords: layout.checkpointRecords,
    accountBytes: layout.accountBytes,
  });
  let at = CORE_CONFIG_BYTES;
  for (const [list, struct, types, size] of [
    [instruments, InstrumentConfig, InstrumentConfigTypes, INSTRUMENT_CONFIG_BYTES],
    [accounts, AccountConfig, AccountConfigTypes, ACCOUNT_CONFIG_BYTES],
    [features, FeatureConfig, FeatureConfigTypes, FEATURE_CONFIG_BYTES],
  ] as const) {
    for (const values of list) {
      writeStruct(view, at, struct, types, values);
      at += size;
    }
  }
}

function writeStruct(
  view: DataView,
  at: number,
  struct: Readonly<Record<string, number>>,
  types: Readonly<Record<string, FieldType>>,
  values: object,
): void {
  for (const [name, value] of Object.entries(values) as [string, number | bigint][]) {
    const offset = struct[name];
    if (offset === undefined) throw new Error(`the core's configuration has no field "${name}"`);
    const type = types[name]!;
    if (type === 'f64') view.setFloat64(at + offset, Number(value), true);
    else if (type === 'i32' || type === 'u32') view.setInt32(at + offset, Number(value), true);
    else view.setBigUint64(at + offset, BigInt.asUintN(64, BigInt(value)), true);
  }
}

function layoutError(code: number): string {
  if (code === -2) {
    return 'kernels.wasm has no memory for this configuration; lower window_ticks, far_levels or the number of accounts';
  }
  if (code <= -3) return `the configuration of feature ${-3 - code} names no instrument or kind that exists`;
  return `kernels.wasm refused its layout (code ${code})`;
}
