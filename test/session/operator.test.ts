/** What the operator does enters as records, and so does what follows from it: pause, resume, shutdown, kill; and a strategy that throws. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Kind, NO_INSTRUMENT, OperatorAction } from '#generated/records.ts';
import { Records } from '../../host/events/record.ts';
import type { Strategy } from '../../host/engine/strategy.ts';
import { Session } from '../../host/session/session.ts';
import { account, recordedConfig } from '../support/configuration.ts';
import { kernels } from '../support/modules.ts';
import { bothRecordings, recordsIn, slice } from '../support/recording.ts';
import { Run, STRATEGIES } from '../support/runs.ts';

const ACTS_AT = 500_000;
const STEP = 60_000;

let bytes: Uint8Array;
beforeAll(() => {
  bytes = bothRecordings();
});

/** A run up to ACTS_AT, then each action followed by STEP records. */
class Scene {
  readonly run = new Run(recordedConfig([account()]));
  #at = ACTS_AT;

  constructor() {
    this.run.feed(slice(bytes, 0, ACTS_AT));
  }

  act(action: number): this {
    const record = Records.allocate(1);
    const now = recordsIn(bytes).localTs(this.#at - 1);
    record.begin(0, Kind.operator, NO_INSTRUMENT);
    record.setTimes(0, now, now);
    record.setIval(0, action);
    this.run.feed(record.bytes);
    return this;
  }

  goOn(): this {
    this.run.feed(slice(bytes, this.#at, this.#at + STEP));
    this.#at += STEP;
    return this;
  }

  get account() {
    return this.run.session.accounts[0]!;
  }
}

describe('the operator', () => {
  it('pauses: own orders are cancelled, and nothing is sent until the resume', () => {
    const scene = new Scene();
    expect(scene.account.orders.count).toBeGreaterThan(0);
    scene.act(OperatorAction.pause).goOn();
    expect(scene.account.orders.count).toBe(0);
    const { commands } = scene.account;
    scene.goOn();
    expect(scene.account.commands).toBe(commands);
    scene.act(OperatorAction.resume).goOn();
    expect(scene.account.commands).toBeGreaterThan(commands);
  });

  it('shuts down and goes on later as before', () => {
    const scene = new Scene().act(OperatorAction.shutdown).goOn();
    expect(scene.account.isShutDown).toBe(true);
    expect(scene.account.orders.count).toBe(0);
    const { commands } = scene.account;
    scene.act(OperatorAction.resume).goOn();
    expect(scene.account.isShutDown).toBe(false);
    expect(scene.account.commands).toBeGreaterThan(commands);
  });

  it('that paused before the shutdown finds the account paused after it', () => {
    const scene = new Scene().act(OperatorAction.pause).act(OperatorAction.shutdown).goOn();
    const { commands } = scene.account;
    scene.act(OperatorAction.resume).goOn();
    expect(scene.account.isShutDown).toBe(false);
    expect(scene.account.commands).toBe(commands);
    scene.act(OperatorAction.resume).goOn();
    expect(scene.account.commands).toBeGreaterThan(commands);
  });

  it('kills for good', () => {
    const scene = new Scene().act(OperatorAction.kill).goOn();
    expect(scene.account.orders.count).toBe(0);
    const { commands } = scene.account;
    scene.act(OperatorAction.resume).goOn();
    expect(scene.account.risk.isKilled).toBe(true);
    expect(scene.account.commands).toBe(commands);
  });
});

/** glft, until its decision number 2,000. */
function failing(): Strategy {
  const glft = STRATEGIES.get('glft')!;
  return {
    ...glft,
    init(parameters, instruments, context) {
      const inner = glft.init(parameters, instruments, context);
      return {
        memory: inner.memory,
        decide(wake, view, out) {
          inner.decide(wake, view, out);
          if (wake.decision === 2000) throw new Error('no idea what to do');
        },
      };
    },
  };
}

describe('a strategy that throws', () => {
  const run = () =>
    new Session({
      kernels: kernels(),
      config: recordedConfig([account()]),
      strategies: new Map([['glft', failing()]]),
    });

  it('is stopped, its orders are cancelled, and the market goes on; again the same in a replay', () => {
    const session = run();
    session.feed(bytes);
    const stopped = session.accounts[0]!;
    expect(stopped.failure).toContain('failed in decision 2000: no idea what to do');
    expect(stopped.risk.isKilled).toBe(true);
    expect(stopped.orders.count).toBe(0);
    expect(stopped.decisions).toBeGreaterThan(2000);
    expect(session.records).toBe(bytes.length / 64);
    const again = run();
    again.feed(bytes);
    expect(again.commandHash()).toBe(session.commandHash());
    expect(again.stateHash()).toBe(session.stateHash());
  });
});
