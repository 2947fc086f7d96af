/**
 * Answers snapshot requests for one symbol. Until the stream has passed the recorded snapshot, a request is answered with
 * that snapshot, at the moment of the recording at which it was taken; from then on from the server's own book.
 */
import { ServerBook } from './server-book.ts';

/** Sends an answer; resolves when it has gone out or nobody takes it. */
export type SendSnapshot = (body: Buffer) => Promise<void>;

/** The most that the venue gives; a recorded answer has as many. */
const RECORDED_LIMIT = 1000;

export class SnapshotDesk {
  readonly symbol: string;
  readonly book = new ServerBook();
  readonly recorded: Buffer | undefined;
  #waiting: { readonly limit: number; readonly send: SendSnapshot }[] = [];
  #wasRequested = false;
  #hasPassed = false;

  constructor(symbol: string, recorded: Buffer | undefined) {
    this.symbol = symbol;
    this.recorded = recorded;
    this.#hasPassed = recorded === undefined;
  }

  /** Somebody has asked, before or at the recorded snapshot. */
  get wasRequested(): boolean {
    return this.#wasRequested;
  }

  get hasPassed(): boolean {
    return this.#hasPassed;
  }

  /**
   * Answers, or keeps the request until the recorded snapshot is reached if `mayWait`.
   * False: the recording does not tell the book here.
   */
  request(limit: number, mayWait: boolean, send: SendSnapshot): boolean {
    this.#wasRequested = true;
    if (!this.#hasPassed) {
      if (mayWait) this.#waiting.push({ limit, send });
      else void send(this.#recordedBody(limit));
      return true;
    }
    if (!this.book.isKnown) return false;
    void send(Buffer.from(this.book.snapshot(limit)));
    return true;
  }

  /** The stream has reached the recorded snapshot: whoever waits is answered. */
  async pass(): Promise<void> {
    this.#hasPassed = true;
    await this.answerWaiting();
  }

  async answerWaiting(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    await Promise.all(waiting.map(({ limit, send }) => send(this.#recordedBody(limit))));
  }

  #recordedBody(limit: number): Buffer {
    const { recorded } = this;
    if (recorded === undefined) throw new Error(`no snapshot of ${this.symbol} is recorded`);
    if (limit >= RECORDED_LIMIT) return recorded;
    const book = new ServerBook();
    book.applySnapshot(recorded.toString());
    return Buffer.from(book.snapshot(limit));
  }
}
