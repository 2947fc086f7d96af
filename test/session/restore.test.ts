/**
 * State is bytes: a session saved at any record and restored into a fresh one goes on to the last bit, and so does one whose
 * strategy is built anew from its memory in between.
 */
import { describe, expect, it } from 'vitest';
import { RECORD_BYTES } from '#generated/records.ts';
import { account, recordedConfig } from '../support/configuration.ts';
import { freshSeed, randomFrom } from '../support/random.ts';
import { bothRecordings, slice } from '../support/recording.ts';
import { Run, STRATEGIES, digest, openSession } from '../support/runs.ts';
import { Session } from '../../host/session/session.ts';
import { kernels } from '../support/modules.ts';

const CONFIG = recordedConfig([
  account(),
  account({ name: 'second', strategy: 'grid', instruments: [1], stepMs: 0, touchMoveTicks: 3 }),
]);

describe('save and restore', () => {
  it(
    'at random records, from session to session, ends as the session that was never saved',
    { timeout: 120_000 },
    () => {
      const bytes = bothRecordings();
      const total = bytes.length / RECORD_BYTES;
      const expected = new Run(CONFIG).feed(bytes);
      const random = randomFrom(freshSeed('save and restore'));
      const cuts = Array.from({ length: 12 }, () => Math.floor(random() * total));
      // The first records are where the books are not live yet.
      cuts.push(1, 2, Math.floor(random() * 3000), total);
      cuts.sort((a, b) => a - b);

      const derived: Uint8Array[] = [];
      let saved: Uint8Array | undefined;
      let from = 0;
      let last: Run | undefined;
      for (const cut of cuts) {
        last = new Run(CONFIG);
        if (saved !== undefined) last.session.restore(saved);
        last.feed(slice(bytes, from, cut), 8192);
        derived.push(last.derived.bytes);
        saved = last.session.save();
        from = cut;
      }
      const context = `saved at ${cuts.join(', ')}`;
      for (const n of [0, 1]) {
        expect(last!.session.commandHash(n), context).toBe(expected.session.commandHash(n));
        expect(last!.session.stateHash(n), context).toBe(expected.session.stateHash(n));
      }
      expect(last!.session.inputHash(), context).toBe(expected.session.inputHash());
      expect(digest(Buffer.concat(derived)), context).toBe(digest(expected.derived.bytes));
      expect(digest(last!.session.save()), context).toBe(digest(expected.session.save()));
    },
  );

  it('goes back, too: a session that ran on is what it was after restore()', { timeout: 60_000 }, () => {
    const bytes = bothRecordings();
    const run = new Run(CONFIG).feed(slice(bytes, 0, 150_000));
    const saved = run.session.save();
    const hash = [run.session.commandHash(0), run.session.stateHash(0), run.session.stateHash(1)];
    run.feed(slice(bytes, 150_000, 180_000));
    expect(run.session.stateHash(0)).not.toBe(hash[1]);
    run.session.restore(saved);
    expect([run.session.commandHash(0), run.session.stateHash(0), run.session.stateHash(1)]).toEqual(hash);
  });

  it('refuses the state of another configuration, and keeps its own', { timeout: 60_000 }, () => {
    const bytes = slice(bothRecordings(), 0, 5000);
    const saved = openSession(recordedConfig()).save();
    const run = new Run(CONFIG).feed(bytes);
    const before = run.outcome();
    expect(() => run.session.restore(saved)).toThrow(/another configuration/);
    expect(() => run.session.restore(new Uint8Array(3))).toThrow(/another configuration/);
    expect(run.outcome()).toEqual(before);
  });
});

describe('a strategy built anew from its memory', () => {
  for (const every of [1, 17]) {
    it(`after every ${every} decisions gives the same hashes`, { timeout: 120_000 }, () => {
      const bytes = slice(bothRecordings(), 0, 400_000);
      const expected = new Run(CONFIG).feed(bytes);
      let decisions = 0;
      const session: Session = new Session({
        kernels: kernels(),
        config: CONFIG,
        strategies: STRATEGIES,
        sink: {
          afterDecision() {
            if (++decisions % every !== 0) return;
            for (const a of session.accounts) a.rebuildStrategy();
          },
        },
      });
      session.feed(bytes);
      expect(decisions).toBeGreaterThan(1000);
      for (const n of [0, 1]) {
        expect(session.accounts[n]!.commands).toBeGreaterThan(50);
        expect(session.commandHash(n)).toBe(expected.session.commandHash(n));
        expect(session.stateHash(n)).toBe(expected.session.stateHash(n));
      }
    });
  }

  it('that keeps something outside its memory is found out', { timeout: 60_000 }, () => {
    const forgetful = {
      ...STRATEGIES.get('idle')!,
      name: 'forgetful',
      init: () => {
        let woken = 0;
        return {
          memory: 0,
          decide: (_w: unknown, _v: unknown, out: { reason(code: number): void }) => out.reason(++woken % 1000),
        };
      },
    };
    const strategies = new Map([...STRATEGIES, ['forgetful', forgetful]]);
    const config = recordedConfig([account({ strategy: 'forgetful' })]);
    const bytes = slice(bothRecordings(), 0, 50_000);
    const expected = new Run(config, { strategies }).feed(bytes);
    const rebuilt = new Run(config, { strategies });
    rebuilt.feed(slice(bytes, 0, 30_000));
    rebuilt.session.accounts[0]!.rebuildStrategy();
    rebuilt.feed(slice(bytes, 30_000, 50_000));
    expect(rebuilt.session.commandHash()).not.toBe(expected.session.commandHash());
  });
});
