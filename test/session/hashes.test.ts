/** What the three hashes notice and what they do not, and that all state stands in linear memory. */
import { describe, expect, it } from 'vitest';
import { BookState, Channel, Kind, RECORD_BYTES } from '#generated/records.ts';
import { Instrument } from '#generated/layouts.ts';
import { hashCommands, hashRecords } from '../../host/reference/hash.ts';
import { compileAssembly } from '../support/assembly.ts';
import { BTC, idleAccount, recordedConfig } from '../support/configuration.ts';
import { ROOT, checkedKernels, decoders, kernels } from '../support/modules.ts';
import { freshSeed, randomFrom } from '../support/random.ts';
import { bothRecordings, recordsIn, slice } from '../support/recording.ts';
import { Run, openSession } from '../support/runs.ts';
import { mutableGlobals } from '../support/wasm-globals.ts';
import { readFileSync } from 'node:fs';

/** The starts of the chains (docs/journal.md). */
const INPUT_HASH_START = 0x74696465626f6f6bn;
const COMMAND_HASH_START = 0x636f6d6d616e6473n;

const hex = (hash: bigint): string => hash.toString(16).padStart(16, '0');

describe('inputHash', () => {
  it('is the documented chain over the input records', { timeout: 60_000 }, () => {
    const part = slice(bothRecordings(), 0, 3000);
    expect(new Run(recordedConfig()).feed(part).session.inputHash()).toBe(hex(hashRecords(part, INPUT_HASH_START)));
  });

  it('changes with every single bit of the input', { timeout: 60_000 }, () => {
    const random = randomFrom(freshSeed('inputHash bits'));
    const { core } = openSession({ ...recordedConfig([idleAccount({}, 2)]), features: [] });
    const count = 512;
    const first = Math.floor(random() * (bothRecordings().length / RECORD_BYTES - count));
    core.staging.bytes.set(slice(bothRecordings(), first, first + count));
    const hash = () => core.exports.hashRecords(0, count, INPUT_HASH_START);
    const before = hash();
    const bits = count * RECORD_BYTES * 8;
    // Every bit of one record, and a sample of the others.
    const record = Math.floor(random() * count) * RECORD_BYTES * 8;
    const chosen = Array.from({ length: RECORD_BYTES * 8 }, (_, i) => record + i);
    for (let i = 0; i < 3000; i++) chosen.push(Math.floor(random() * bits));
    for (const bit of chosen) {
      core.staging.bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(hash(), `bit ${bit} from record ${first}`).not.toBe(before);
      core.staging.bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect(hash()).toBe(before);
  });

  it('can be taken over from a journal’s blocks instead of being computed', { timeout: 60_000 }, () => {
    const part = slice(bothRecordings(), 0, 3000);
    const session = openSession(recordedConfig());
    session.core.setInputHash(0n);
    session.feed(part, 0x1234n);
    expect(session.inputHash()).toBe('0000000000001234');
  });
});

describe('commandHash', () => {
  it('is the documented chain over decisions, intents, commands and denials', { timeout: 60_000 }, () => {
    const run = new Run(recordedConfig()).feed(slice(bothRecordings(), 0, 200_000));
    expect(run.session.accounts[0]!.commands).toBeGreaterThan(20);
    expect(run.session.commandHash()).toBe(hex(hashCommands(run.derived.bytes, COMMAND_HASH_START)));
  });

  it('changes when the touch before a decision moves by one tick', { timeout: 60_000 }, () => {
    const part = slice(bothRecordings(), 0, 260_000);
    const random = randomFrom(freshSeed('touch before a decision'));
    const run = new Run(recordedConfig()).feed(part);
    const decisions = run.positions.filter((p) => p.kind === Kind.decision && p.inputs > 150_000 && p.inputs < 259_000);
    const records = recordsIn(part);
    let tried = 0;
    for (let attempt = 0; attempt < 200 && tried < 6; attempt++) {
      const { inputs } = decisions[Math.floor(random() * decisions.length)]!;
      // The newest frame of the instrument that moved the touch must be a ticker: that is the one to change.
      let at = inputs - 1;
      while (
        records.kind(at) !== Kind.frame ||
        records.instrument(at) !== 0 ||
        (records.px(at) !== Channel.bookTicker && records.px(at) !== Channel.depthDiff)
      )
        at -= 1;
      if (records.px(at) !== Channel.bookTicker) continue;
      const changed = part.slice(0, (inputs + 1) * RECORD_BYTES);
      const other = recordsIn(changed);
      const bid = other.kind(at + 1) === Kind.bestBid ? at + 1 : at + 2;
      other.setPx(bid, other.px(bid) - BTC.tickSize);
      const before = new Run(recordedConfig()).feed(slice(part, 0, inputs + 1)).session;
      if (before.core.instrument(0, Instrument.bookState) !== BookState.live) continue;
      expect(new Run(recordedConfig()).feed(changed).session.commandHash(), `record ${at}`).not.toBe(
        before.commandHash(),
      );
      tried += 1;
    }
    expect(tried).toBeGreaterThan(2);
  });

  it('does not change when a level moves that nobody reads', { timeout: 60_000 }, () => {
    const part = slice(bothRecordings(), 0, 300_000);
    const changed = part.slice();
    const records = recordsIn(changed);
    let moved = 0;
    for (let i = 0; i < records.capacity && moved < 50; i++) {
      // More than 1 % below a market of 61,000: no feature looks there, and no order stands there.
      if (records.kind(i) !== Kind.depth || records.instrument(i) !== 0 || records.side(i) < 0) continue;
      if (records.px(i) > 60_000 || records.qty(i) === 0) continue;
      records.setPx(i, records.px(i) - BTC.tickSize);
      moved += 1;
    }
    expect(moved).toBe(50);
    const before = new Run(recordedConfig()).feed(part).outcome();
    const after = new Run(recordedConfig()).feed(changed).outcome();
    expect(after.commandHash).toBe(before.commandHash);
    expect(after.inputHash).not.toBe(before.inputHash);
    expect(after.stateHash).not.toBe(before.stateHash);
  });
});

describe('stateHash', () => {
  it('changes with a buffer that the account alone holds', { timeout: 60_000 }, () => {
    const { session } = new Run(recordedConfig()).feed(slice(bothRecordings(), 0, 20_000));
    const before = session.stateHash();
    session.accounts[0]!.buffer[3]! += 1;
    expect(session.stateHash()).not.toBe(before);
  });
});

describe('all state stands in linear memory', () => {
  for (const [name, module] of [
    ['kernels.wasm', kernels()],
    ['decoders.wasm', decoders()],
  ] as const) {
    it(`${name} has no mutable global and imports nothing`, () => {
      expect(WebAssembly.Module.imports(module)).toEqual([]);
      expect(mutableGlobals(readFileSync(`${ROOT}build/${name}`))).toBe(0);
    });
  }

  it('and the test that says so would see one', { timeout: 60_000 }, async () => {
    const text = 'export let remembered: i32 = 0;\nexport function f(): i32 { remembered += 1; return remembered; }\n';
    let bytes: Uint8Array | undefined;
    const module = await compileAssembly({
      entry: 'assembly/remembers.ts',
      target: 'release',
      replaced: new Map([['assembly/remembers.ts', text]]),
      onBytes: (b) => (bytes = b),
    });
    expect(WebAssembly.Module.exports(module).map((e) => e.name)).toContain('remembered');
    expect(mutableGlobals(bytes!)).toBe(1);
  });

  it('the checked build imports nothing either', { timeout: 60_000 }, () => {
    expect(WebAssembly.Module.imports(checkedKernels())).toEqual([]);
  });
});
