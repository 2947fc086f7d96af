/**
 * One client's stream connection at the replay server: its subscriptions, the frames sent to it with back-pressure, and
 * pings, which also serve as proof that the client has read everything before them.
 */
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { RecordedLine } from './recording-reader.ts';
import { answerStreamRequest, type StreamSubscriptions } from './stream-requests.ts';

/** Above this much unsent the playback waits, until it is below the lower mark. */
const HIGH_WATER_BYTES = 1024 * 1024;
const LOW_WATER_BYTES = 256 * 1024;
/** The venue ends a connection that sends more than 10 requests a second. */
const MAX_REQUESTS_PER_SECOND = 10;
const TEXT = { binary: false } as const;

export class ReplayConnection implements StreamSubscriptions {
  readonly streams = new Set<string>();
  isCombined: boolean;
  readonly #socket: WebSocket;
  /** What the WebSocket writes to. */
  readonly #wire: Duplex;
  #isGathering = false;
  readonly #onChange: () => void;
  readonly #pongWaiters = new Map<string, () => void>();
  #drainWaiters: (() => void)[] = [];
  #mutedUntilMs = 0;
  #barriers = 0;
  #windowStartMs = 0;
  #requestsInWindow = 0;
  #lastPongMs = performance.now();
  readonly #sent = (): void => {
    if (this.#drainWaiters.length > 0 && this.#socket.bufferedAmount <= LOW_WATER_BYTES) this.#release();
  };

  /** `onChange` is called when subscriptions change and when the connection ends. */
  constructor(socket: WebSocket, wire: Duplex, isCombined: boolean, streams: readonly string[], onChange: () => void) {
    this.#socket = socket;
    this.#wire = wire;
    this.isCombined = isCombined;
    this.#onChange = onChange;
    for (const stream of streams) this.streams.add(stream);
    socket.on('message', (data) => {
      this.#request((data as Buffer).toString());
    });
    socket.on('ping', (payload) => {
      if (!this.isMuted()) socket.pong(payload);
    });
    socket.on('pong', (payload) => {
      this.#lastPongMs = performance.now();
      const key = payload.toString();
      this.#pongWaiters.get(key)?.();
      this.#pongWaiters.delete(key);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#release();
      for (const resolve of this.#pongWaiters.values()) resolve();
      this.#pongWaiters.clear();
      onChange();
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Milliseconds since the last pong, or since the connection began. */
  quietMs(): number {
    return performance.now() - this.#lastPongMs;
  }

  isMuted(): boolean {
    return this.#mutedUntilMs > 0 && performance.now() < this.#mutedUntilMs;
  }

  /** For `ms` nothing is sent and no ping is answered. */
  mute(ms: number): void {
    this.#mutedUntilMs = performance.now() + ms;
  }

  /**
   * Sends the frame, or half of it, in the form that the connection asked for; gives the bytes sent. They are gathered
   * until `flush()`, since a write to the system for each frame is what costs.
   */
  sendLine(line: RecordedLine, isCorrupt: boolean): number {
    const { json, dataStart } = line;
    let bytes = this.isCombined ? json : json.subarray(dataStart, json.length - 1);
    if (isCorrupt) bytes = bytes.subarray(0, bytes.length >> 1);
    if (!this.#isGathering) {
      this.#isGathering = true;
      this.#wire.cork();
    }
    this.#socket.send(bytes, TEXT, this.#sent);
    return bytes.length;
  }

  /** Writes what was gathered. */
  flush(): void {
    if (!this.#isGathering) return;
    this.#isGathering = false;
    this.#wire.uncork();
  }

  /** More is unsent than the playback may leave behind. */
  get isFull(): boolean {
    return this.#socket.bufferedAmount > HIGH_WATER_BYTES;
  }

  /** Resolves when there is room again or the connection has ended; one that takes nothing for `stallMs` is cut. */
  async drained(stallMs: number): Promise<void> {
    if (!this.isOpen) return;
    const timer = setTimeout(() => {
      this.#socket.terminate();
    }, stallMs);
    await new Promise<void>((resolve) => this.#drainWaiters.push(resolve));
    clearTimeout(timer);
  }

  /** False: the client did not prove within `timeoutMs` that it has read everything sent before. */
  async barrier(timeoutMs: number): Promise<boolean> {
    if (!this.isOpen || this.isMuted()) return true;
    const key = `read ${++this.#barriers}`;
    return new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => {
        this.#pongWaiters.delete(key);
        resolve(false);
      }, timeoutMs);
      this.#pongWaiters.set(key, () => {
        clearTimeout(timer);
        resolve(true);
      });
      this.#socket.ping(key);
      this.flush();
    });
  }

  ping(): void {
    if (this.isOpen && !this.isMuted())
      this.#socket.ping(String(Math.floor(performance.timeOrigin + performance.now())));
  }

  close(code: number, reason: string): void {
    this.flush();
    this.#socket.close(code, reason);
  }

  cut(): void {
    this.#socket.terminate();
  }

  #request(text: string): void {
    if (this.isMuted()) return;
    const nowMs = performance.now();
    if (nowMs - this.#windowStartMs >= 1000) {
      this.#windowStartMs = nowMs;
      this.#requestsInWindow = 0;
    }
    if (++this.#requestsInWindow > MAX_REQUESTS_PER_SECOND) {
      this.#socket.close(1008, 'Too many requests');
      return;
    }
    this.#socket.send(answerStreamRequest(text, this));
    this.flush();
    this.#onChange();
  }

  #release(): void {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
