/**
 * The REST side of Binance USD-M: book snapshots, within the venue's request weights.
 *
 * Requests are performed when the core asks for them. One an instrument is under way at most (a second request for the
 * same instrument joins the first), so that the queue is bounded by the number of instruments. After a 429 or 418 all
 * requests wait for as long as the venue asks.
 */
import { RateLimit } from '../rate-limit.ts';
import type { HttpAnswer, TimerHandle, VenueDependencies } from '../transport.ts';
import type { VenueInstrument } from '../venue.ts';

export interface SnapshotOptions {
  /** Levels a side. */
  readonly limit: number;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly maxConcurrent: number;
  /** A snapshot of 1,000 levels weighs 20 of the 2,400 that the venue allows a minute; half of that is left to orders. */
  readonly perMinute: number;
  /** How long to wait after 429 or 418 when the answer does not say. */
  readonly defaultRetryAfterMs: number;
}

export const DEFAULT_SNAPSHOTS: SnapshotOptions = {
  limit: 1000,
  timeoutMs: 10_000,
  maxBytes: 4 * 1024 * 1024,
  maxConcurrent: 8,
  perMinute: 60,
  defaultRetryAfterMs: 60_000,
};

export interface SnapshotHandler {
  snapshot(instrument: number, body: Uint8Array): void;
  snapshotFailed(instrument: number, httpStatus: number, text: string): void;
}

/** Milliseconds that the venue asks us to wait: seconds in Retry-After. */
function retryAfterMs(answer: HttpAnswer, defaultMs: number): number {
  const seconds = Number(answer.headers['retry-after'] ?? Number.NaN);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : defaultMs;
}

export class SnapshotRequests {
  readonly #restUrl: string;
  readonly #symbols: ReadonlyMap<number, string>;
  readonly #options: SnapshotOptions;
  readonly #deps: VenueDependencies;
  readonly #handler: SnapshotHandler;
  readonly #rate: RateLimit;
  /** Instruments that wait for their turn, in the order of asking. */
  readonly #waiting = new Set<number>();
  readonly #underWay = new Map<number, AbortController>();
  readonly #finished = new Set<Promise<void>>();
  #blockedUntilMs = -Infinity;
  #timer: TimerHandle | undefined;

  constructor(
    restUrl: string,
    instruments: readonly VenueInstrument[],
    options: SnapshotOptions,
    deps: VenueDependencies,
    handler: SnapshotHandler,
  ) {
    this.#restUrl = restUrl;
    this.#symbols = new Map(instruments.map(({ instrument, symbol }) => [instrument, symbol.toUpperCase()]));
    this.#options = options;
    this.#deps = deps;
    this.#handler = handler;
    this.#rate = new RateLimit(options.perMinute, 60_000);
  }

  /** @throws Error when the client does not have the instrument. */
  request(instrument: number): void {
    if (!this.#symbols.has(instrument)) {
      throw new Error(`instrument ${instrument} is not one of this venue's: ${[...this.#symbols.keys()].join(', ')}`);
    }
    if (this.#underWay.has(instrument)) return;
    this.#waiting.add(instrument);
    this.#next();
  }

  /** Forgets every request; none of them is answered. Resolves when none is under way any more. */
  async cancelAll(): Promise<void> {
    this.#waiting.clear();
    if (this.#timer !== undefined) this.#deps.timers.clearTimer(this.#timer);
    this.#timer = undefined;
    for (const controller of this.#underWay.values()) controller.abort();
    this.#underWay.clear();
    await Promise.all(this.#finished);
  }

  #next(): void {
    if (this.#timer !== undefined) return;
    for (const instrument of this.#waiting) {
      if (this.#underWay.size >= this.#options.maxConcurrent) return;
      const nowMs = this.#deps.clock.nowMs();
      const waitMs = Math.max(this.#blockedUntilMs - nowMs, this.#rate.waitMs(nowMs));
      if (waitMs > 0) {
        this.#timer = this.#deps.timers.setTimer(waitMs, () => {
          this.#timer = undefined;
          this.#next();
        });
        return;
      }
      this.#rate.take(nowMs);
      this.#waiting.delete(instrument);
      const done = this.#perform(instrument).finally(() => this.#finished.delete(done));
      this.#finished.add(done);
    }
  }

  async #perform(instrument: number): Promise<void> {
    const { limit, timeoutMs, maxBytes, defaultRetryAfterMs } = this.#options;
    const controller = new AbortController();
    this.#underWay.set(instrument, controller);
    const url = `${this.#restUrl}/fapi/v1/depth?symbol=${encodeURIComponent(this.#symbols.get(instrument)!)}&limit=${limit}`;
    let answer: HttpAnswer | undefined;
    let failure = '';
    try {
      answer = await this.#deps.transport.get(url, { timeoutMs, maxBytes, signal: controller.signal });
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    // A cancelled request is answered by silence.
    if (this.#underWay.get(instrument) !== controller) return;
    this.#underWay.delete(instrument);
    if (answer === undefined) this.#handler.snapshotFailed(instrument, 0, failure);
    else if (answer.status === 200 && answer.body.byteLength > 0) this.#handler.snapshot(instrument, answer.body);
    else {
      if (answer.status === 429 || answer.status === 418) {
        this.#blockedUntilMs = this.#deps.clock.nowMs() + retryAfterMs(answer, defaultRetryAfterMs);
      }
      const text = new TextDecoder().decode(answer.body.subarray(0, 300));
      this.#handler.snapshotFailed(instrument, answer.status, `${url}: status ${answer.status}: ${text}`);
    }
    this.#next();
  }
}
