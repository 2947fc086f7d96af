/**
 * kernels.wasm: everything from records to wakes, and the simulated venue. The host writes the configuration, calls init()
 * once, and from then on only advance(), submit() and the readers below; the memory does not grow any more.
 */
import {
  ACCOUNT_CONFIG_BYTES,
  AccountConfig,
  CORE_BYTES,
  CORE_CONFIG_BYTES,
  CoreConfig,
  FEATURE_CONFIG_BYTES,
  FeatureConfig,
  INSTRUMENT_CONFIG_BYTES,
  InstrumentConfig,
  WAKE_BYTES,
  WAKE_ENTRY_BYTES,
} from '../build/generated/assembly/layouts';
import {
  KIND_COMMAND,
  KIND_DECISION,
  KIND_DENIAL,
  KIND_INTENT,
  RECORD_BYTES,
} from '../build/generated/assembly/records';
import { FEATURE_KINDS, featureBytes, featureInit, featureOutputs } from '../build/generated/assembly/features';
import { ladderGet } from './book/ladder';
import { ladderOf } from './book/book';
import { findNextDue } from './core/advance';
import { bookOf, instrumentAt, instrumentBytes, instrumentInit, liveBytes } from './core/instrument';
import { core } from './core/outbox';
import { kindOf, recordAt } from './core/record';
import { outboxOf } from './core/wakes';
import { COMMAND_HASH_START, INPUT_HASH_START, STATE_HASH_START, hashWords } from './math/hash';
import { allocate, root } from './memory';
import { INTEREST_BYTES, accountAt, accountBytes, accountInit, orderFront, rebuildInterest } from './sim/venue';

export { advance } from './core/advance';
export { submit } from './sim/venue';
export { exp, expm1, log, log1p, pow, tanh } from './math/inexact';

/** Room for the records that one wake of the core itself can make: a few per instrument. */
const EVENTS_PER_INSTRUMENT: i32 = 16;
/** Records that the session may derive in one decision: decision, intents, commands, denials and ladders. */
const DERIVED_RECORDS: i32 = 1024;
/** Ticks that one call of readLevels can copy. */
const LEVELS: i32 = 8192;

/** Layout failures; the host turns them into sentences. */
const INIT_OK: i32 = 0;
const INIT_SEALED: i32 = -1;
const INIT_NO_MEMORY: i32 = -2;
const INIT_BAD_FEATURE: i32 = -3;

/** Reserves the area into which the host writes CoreConfig, InstrumentConfig[], AccountConfig[], FeatureConfig[]. */
export function reserveConfig(bytes: i32): usize {
  const p = allocate(bytes);
  root().config = <u32>p;
  return p;
}

function instrumentConfig(i: i32): InstrumentConfig {
  return changetype<InstrumentConfig>(<usize>root().config + <usize>(CORE_CONFIG_BYTES + i * INSTRUMENT_CONFIG_BYTES));
}
function accountConfig(c: CoreConfig, i: i32): AccountConfig {
  const before = CORE_CONFIG_BYTES + c.instruments * INSTRUMENT_CONFIG_BYTES + i * ACCOUNT_CONFIG_BYTES;
  return changetype<AccountConfig>(<usize>root().config + <usize>before);
}
function featureConfig(c: CoreConfig, i: i32): FeatureConfig {
  const before = CORE_CONFIG_BYTES + c.instruments * INSTRUMENT_CONFIG_BYTES + c.accounts * ACCOUNT_CONFIG_BYTES;
  return changetype<FeatureConfig>(<usize>root().config + <usize>(before + i * FEATURE_CONFIG_BYTES));
}

/**
 * Lays everything out and seals the memory. Returns 0, or a negative number: -1 sealed already, -2 no memory, -3 - k the
 * configuration of feature k is not usable.
 */
export function init(): i32 {
  const r = root();
  if (r.sealed) return INIT_SEALED;
  const c = changetype<CoreConfig>(<usize>r.config);
  r.instruments = c.instruments;
  r.accounts = c.accounts;
  r.stagingRecords = c.stagingRecords;
  r.checkpointRecords = c.checkpointRecords;
  r.derivedCapacity = DERIVED_RECORDS;
  r.eventCapacity = EVENTS_PER_INSTRUMENT * c.instruments + EVENTS_PER_INSTRUMENT;
  r.accountAreaBytes = c.accountBytes;

  // Tables of addresses and areas that are not state.
  r.instrumentTable = <u32>allocate(c.instruments * 4);
  r.accountTable = <u32>allocate(c.accounts * 4);
  r.outboxTable = <u32>allocate(c.accounts * 4);
  r.featureTable = <u32>allocate(c.instruments * 4);
  r.interestTable = <u32>allocate(c.instruments * INTEREST_BYTES);
  r.wake = <u32>allocate(WAKE_BYTES);
  r.wakeEntries = <u32>allocate(c.accounts * WAKE_ENTRY_BYTES);
  r.events = <u32>allocate(r.eventCapacity * RECORD_BYTES);
  r.derived = <u32>allocate(DERIVED_RECORDS * RECORD_BYTES);
  r.accountArea = <u32>allocate(max(c.accountBytes, LEVELS * 16));
  for (let n = 0; n < c.accounts; n++) {
    const box = allocate(64 + (accountConfig(c, n).answerCapacity + 4) * RECORD_BYTES);
    if (box == 0) return INIT_NO_MEMORY;
    store<u32>(<usize>r.outboxTable + ((<usize>n) << 2), <u32>box);
  }
  const tables = layoutFeatureTables(c);
  if (tables < 0) return tables;

  // State that all accounts share.
  r.marketStart = <u32>allocate(CORE_BYTES);
  r.core = r.marketStart;
  core().inputHash = INPUT_HASH_START;
  core().nextCheckpoint = c.checkpointRecords;
  r.outputs = <u32>allocate(r.outputCount * 16);
  for (let i = 0; i < c.instruments; i++) {
    const p = allocate(instrumentBytes(instrumentConfig(i)));
    if (p == 0) return INIT_NO_MEMORY;
    instrumentInit(p, instrumentConfig(i), i);
    store<u32>(<usize>r.instrumentTable + ((<usize>i) << 2), <u32>p);
  }
  const features = layoutFeatures(c);
  if (features < 0) return features;
  r.marketEnd = r.top;

  // State of each account.
  for (let n = 0; n < c.accounts; n++) {
    const bytes = accountBytes(accountConfig(c, n), c.instruments);
    const p = allocate(bytes);
    if (p == 0) return INIT_NO_MEMORY;
    store<u32>(<usize>r.accountTable + ((<usize>n) << 2), <u32>p);
    accountInit(p, accountConfig(c, n), bytes, COMMAND_HASH_START);
  }
  r.staging = <u32>allocate(c.stagingRecords * RECORD_BYTES);
  if (r.staging == 0) return INIT_NO_MEMORY;
  r.sealed = 1;
  restored();
  return INIT_OK;
}

/** Per instrument: mask of the kinds present, then (first entry, count) for each kind; entries of a kind lie together. */
function layoutFeatureTables(c: CoreConfig): i32 {
  const r = root();
  r.outputCount = 0;
  for (let k = 0; k < c.features; k++) {
    const f = featureConfig(c, k);
    if (f.instrument < 0 || f.instrument >= c.instruments || featureOutputs(f.kind) < 0 || featureBytes(f) < 0) {
      return INIT_BAD_FEATURE - k;
    }
    f.output = r.outputCount;
    r.outputCount += featureOutputs(f.kind);
  }
  for (let i = 0; i < c.instruments; i++) {
    const table = allocate(8 + FEATURE_KINDS * 8 + c.features * 8);
    if (table == 0) return INIT_NO_MEMORY;
    store<u32>(<usize>r.featureTable + ((<usize>i) << 2), <u32>table);
  }
  return INIT_OK;
}

function layoutFeatures(c: CoreConfig): i32 {
  const r = root();
  for (let i = 0; i < c.instruments; i++) {
    const table = <usize>load<u32>(<usize>r.featureTable + ((<usize>i) << 2));
    let entry = table + 8 + <usize>(FEATURE_KINDS * 8);
    let mask: u32 = 0;
    for (let kind = 0; kind < FEATURE_KINDS; kind++) {
      store<u32>(table + 8 + <usize>(kind * 8), <u32>entry);
      let count: u32 = 0;
      for (let k = 0; k < c.features; k++) {
        const f = featureConfig(c, k);
        if (f.instrument != i || f.kind != kind) continue;
        const state = allocate(featureBytes(f));
        if (state == 0) return INIT_NO_MEMORY;
        const out = <usize>r.outputs + ((<usize>f.output) << 4);
        featureInit(state, out, f, instrumentAt(i));
        store<u32>(entry, <u32>state);
        store<u32>(entry, <u32>out, 4);
        entry += 8;
        count += 1;
      }
      store<u32>(table + 12 + <usize>(kind * 8), count);
      if (count > 0) mask |= 1 << kind;
    }
    store<u32>(table, mask);
  }
  return INIT_OK;
}

/** To be called after the bytes of a saved state were copied back: makes anew what is not state. */
export function restored(): void {
  rebuildInterest();
  findNextDue();
  for (let n = 0; n < root().accounts; n++) store<i32>(outboxOf(n), 0);
}

/**
 * Stamps `count` derived records with the present and chains those that commandHash covers (decision, intent, command,
 * denial; the account's bits of ev left out).
 */
export function stamp(account: i32, count: i32): void {
  const a = accountAt(account);
  const now = core().nowNs;
  for (let i = 0; i < count; i++) {
    const record = recordAt(root().derived, i);
    record.exchTs = 0;
    record.localTs = now;
    const kind = kindOf(record);
    if (kind == KIND_DECISION || kind == KIND_INTENT || kind == KIND_COMMAND || kind == KIND_DENIAL) {
      a.commandHash = hashWords(changetype<usize>(record), RECORD_BYTES >> 3, a.commandHash);
    }
    record.ev |= (<u64>account) << 56;
  }
}

/**
 * Chains everything that decides what an account will do: core, features, instruments, the account, and its buffer, which
 * the host has copied to accountArea(). inputHash and what a checkpoint cannot see (memory that holds nothing) stay out.
 */
export function stateHash(account: i32, bufferBytes: i32): u64 {
  const r = root();
  let h = hashWords(<usize>r.core + 8, (CORE_BYTES >> 3) - 1, STATE_HASH_START);
  h = hashWords(r.outputs, r.outputCount << 1, h);
  for (let i = 0; i < r.instruments; i++) {
    const x = instrumentAt(i);
    h = hashWords(changetype<usize>(x), liveBytes(x) >> 3, h);
  }
  const c = changetype<CoreConfig>(<usize>r.config);
  for (let i = 0; i < c.instruments; i++) {
    const table = <usize>load<u32>(<usize>r.featureTable + ((<usize>i) << 2));
    for (let k = 0; k < c.features; k++) {
      const f = featureConfig(c, k);
      if (f.instrument != i) continue;
      const state = featureState(table, f.kind, <usize>r.outputs + ((<usize>f.output) << 4));
      h = hashWords(state, featureBytes(f) >> 3, h);
    }
  }
  const a = accountAt(account);
  h = hashWords(changetype<usize>(a), a.bytes >> 3, h);
  return hashWords(r.accountArea, bufferBytes >> 3, h);
}

function featureState(table: usize, kind: i32, out: usize): usize {
  let e = <usize>load<u32>(table + 8 + <usize>(kind * 8));
  while (<usize>load<u32>(e, 4) != out) e += 8;
  return load<u32>(e);
}

export function inputHash(): u64 {
  return core().inputHash;
}
/** Takes over a hash that the journal's blocks carry. */
export function setInputHash(value: u64): void {
  core().inputHash = value;
}
export function commandHash(account: i32): u64 {
  return accountAt(account).commandHash;
}
/** Chains records of the staging area; for whoever writes or checks a journal. */
export function hashRecords(from: i32, count: i32, start: u64): u64 {
  return hashWords(<usize>root().staging + ((<usize>from) << 6), count << 3, start);
}

/** Estimated lots ahead of a live simulated order; -1 where there is no such order. */
export function queueAhead(account: i32, id: f64): f64 {
  return orderFront(account, id);
}

/**
 * Copies the sizes of `count` ticks from `firstTick` on into accountArea(): bids, then asks, in lots. At most 8192 ticks.
 */
export function readLevels(instrument: i32, firstTick: i32, count: i32): void {
  const book = bookOf(instrumentAt(instrument));
  const n = min(count, LEVELS);
  const out = <usize>root().accountArea;
  for (let i = 0; i < n; i++) {
    store<f64>(out + ((<usize>i) << 3), ladderGet(ladderOf(book, 1), firstTick + i));
    store<f64>(out + ((<usize>(n + i)) << 3), ladderGet(ladderOf(book, -1), firstTick + i));
  }
}

/** When something is due without a record, ns since the journal's epoch; a time too early may be given, never one too late. */
export function nextDueRelNs(): f64 {
  const due = root().nextDueNs;
  return due == i64.MAX_VALUE ? Infinity : <f64>(due - changetype<CoreConfig>(<usize>root().config).epochNs);
}

export function stagingArea(): usize {
  return root().staging;
}
export function wakeArea(): usize {
  return root().wake;
}
export function wakeEntriesArea(): usize {
  return root().wakeEntries;
}
export function eventsArea(): usize {
  return root().events;
}
export function derivedArea(): usize {
  return root().derived;
}
export function accountArea(): usize {
  return root().accountArea;
}
export function coreArea(): usize {
  return root().core;
}
export function outputsArea(): usize {
  return root().outputs;
}
export function outputCount(): i32 {
  return root().outputCount;
}
export function marketStart(): usize {
  return root().marketStart;
}
export function marketEnd(): usize {
  return root().marketEnd;
}
export function instrumentArea(index: i32): usize {
  return changetype<usize>(instrumentAt(index));
}
export function accountStateArea(index: i32): usize {
  return changetype<usize>(accountAt(index));
}
export function accountStateBytes(index: i32): i32 {
  return accountAt(index).bytes;
}
/** Own-order events of an account that was woken. */
export function outboxArea(account: i32): usize {
  return outboxOf(account) + 64;
}
