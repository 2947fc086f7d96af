/** Running a session over input records and keeping everything that comes out of it. */
import { createHash } from 'node:crypto';
import { RECORD_BYTES } from '#generated/records.ts';
import glft from '../../host/engine/strategies/glft.ts';
import type { Strategy } from '../../host/engine/strategy.ts';
import type { SessionConfig } from '../../host/session/config.ts';
import { Session } from '../../host/session/session.ts';
import type { SessionSink } from '../../host/session/session.ts';
import { idle } from './configuration.ts';
import { kernels } from './modules.ts';

export const STRATEGIES: ReadonlyMap<string, Strategy> = new Map([
  ['glft', glft],
  ['idle', idle],
]);

/** Grows as needed; `bytes` is what was added so far. */
export class ByteLog {
  #buffer = new Uint8Array(65536);
  #length = 0;

  add(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#buffer.length) {
      const larger = new Uint8Array(2 * (this.#length + bytes.length));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}

export function openSession(config: SessionConfig, sink: SessionSink = {}, module = kernels()): Session {
  return new Session({ kernels: module, config, strategies: STRATEGIES, sink });
}

/** A session that keeps its derived records. */
export class Run {
  readonly session: Session;
  readonly derived = new ByteLog();

  constructor(config: SessionConfig, options: { module?: WebAssembly.Module; strategies?: ReadonlyMap<string, Strategy> } = {}) {
    this.session = new Session({
      kernels: options.module ?? kernels(),
      config,
      strategies: options.strategies ?? STRATEGIES,
      sink: { derived: (bytes) => this.derived.add(bytes) },
    });
  }

  /** Feeds in blocks of `block` records. */
  feed(bytes: Uint8Array, block = 8192): this {
    for (let at = 0; at < bytes.length; at += block * RECORD_BYTES) {
      this.session.feed(bytes.subarray(at, Math.min(bytes.length, at + block * RECORD_BYTES)));
    }
    return this;
  }

  /** All that two equal runs must agree on. */
  outcome(account = 0) {
    return {
      records: this.session.records,
      inputHash: this.session.inputHash(),
      commandHash: this.session.commandHash(account),
      stateHash: this.session.stateHash(account),
      derivedRecords: this.derived.bytes.length / RECORD_BYTES,
      derived: digest(this.derived.bytes),
    };
  }
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
