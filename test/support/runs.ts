/** Running a session over input records and keeping everything that comes out of it. */
import { createHash } from 'node:crypto';
import { RECORD_BYTES } from '#generated/records.ts';
import glft from '../../host/engine/strategies/glft.ts';
import grid from '../../host/engine/strategies/grid.ts';
import type { Strategy } from '../../host/engine/strategy.ts';
import type { SessionConfig } from '../../host/session/config.ts';
import { Session } from '../../host/session/session.ts';
import type { SessionSink } from '../../host/session/session.ts';
import { idle } from './configuration.ts';
import { kernels } from './modules.ts';

export const STRATEGIES: ReadonlyMap<string, Strategy> = new Map([
  ['glft', glft],
  ['grid', grid],
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
  clear(): void {
    this.#length = 0;
  }
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
}

export function openSession(config: SessionConfig, sink: SessionSink = {}, module = kernels()): Session {
  return new Session({ kernels: module, config, strategies: STRATEGIES, sink });
}

/** A session that keeps its derived records, and where between the inputs they came. */
export class Run {
  readonly session: Session;
  readonly derived = new ByteLog();
  /** For each call of the sink with derived records: how many inputs had been consumed, and the kind of the first. */
  readonly positions: { readonly inputs: number; readonly kind: number }[] = [];
  #inputs = 0;

  constructor(
    config: SessionConfig,
    options: { module?: WebAssembly.Module; strategies?: ReadonlyMap<string, Strategy> } = {},
  ) {
    this.session = new Session({
      kernels: options.module ?? kernels(),
      config,
      strategies: options.strategies ?? STRATEGIES,
      sink: {
        inputs: (bytes) => {
          this.#inputs += bytes.length / RECORD_BYTES;
        },
        derived: (bytes) => {
          this.derived.add(bytes);
          this.positions.push({ inputs: this.#inputs, kind: bytes[0]! });
        },
      },
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
      positions: digest(new TextEncoder().encode(JSON.stringify(this.positions))),
    };
  }
}

export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
