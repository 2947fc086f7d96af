/**
 * The life of one WebSocket connection, once for all venues: connect, subscribe, wait for the confirmations, keep alive,
 * notice silence, come back with growing waits, renew before the venue's limit, end in order. It knows no clock, timer,
 * chance or network but those it is given.
 */
import { ConnectionCause } from '#generated/records.ts';
import { RateLimit } from './rate-limit.ts';
import type { Socket, TimerHandle, VenueDependencies } from './transport.ts';

/** What a venue's protocol says about a frame. */
export type FrameMeaning =
  /** Market data: goes to the handler. */
  | { readonly meaning: 'data' }
  /** The answer to one subscribe frame. */
  | { readonly meaning: 'confirmed' }
  /** The venue refused a request of ours. */
  | { readonly meaning: 'refused'; readonly text: string }
  /** Any other answer: a sign of life, nothing more. */
  | { readonly meaning: 'other' };

/** A venue's protocol, as far as the connection needs it. */
export interface VenueProtocol {
  /** Where to connect; asked at every attempt. */
  url(): string;
  /** The subscribe frames of a fresh connection; each is answered by one frame that means `confirmed`. */
  subscribeFrames(): readonly string[];
  /** Judges a frame. It is called for every frame, so `data` is decided from the first bytes and allocates nothing. */
  read(bytes: Uint8Array, isBinary: boolean): FrameMeaning;
  /** A frame that keeps the connection alive, for venues that do not answer WebSocket pings. */
  readonly heartbeatFrame?: string;
  /** The close that ends a recording. */
  isEnd(code: number, reason: string): boolean;
}

/** The bounds of a connection's life. Times in milliseconds. */
export interface ConnectionOptions {
  /** From the first packet to the open socket. */
  readonly connectTimeoutMs: number;
  /** From the open socket to the last confirmation. */
  readonly confirmTimeoutMs: number;
  /** A ping (or the venue's heartbeat) goes out after so long without a sign of life. */
  readonly pingAfterMs: number;
  /** Without any sign of life for so long the connection counts as dead. */
  readonly silentAfterMs: number;
  /** Without market data for so long it counts as dead even if pings are answered. */
  readonly dataSilentAfterMs: number;
  /** The wait before attempt n is uniform in [0, min(backoffMaxMs, backoffBaseMs 2^(n-1))), and at least backoffFloorMs. */
  readonly backoffBaseMs: number;
  readonly backoffMaxMs: number;
  readonly backoffFloorMs: number;
  /** A connection that lived so long starts the waits anew. */
  readonly stableAfterMs: number;
  /** A living connection is replaced after this time, less up to a twentieth by chance. */
  readonly renewAfterMs: number;
  /** How long the answer to our close frame is awaited. */
  readonly closeTimeoutMs: number;
  /** Outgoing frames, pings included: at most so many in any window. */
  readonly sendCount: number;
  readonly sendWindowMs: number;
  /** Frames that wait for the rate limit; a further one is refused. */
  readonly maxQueuedFrames: number;
  /** Data before the last confirmation is kept and delivered after it; more than this loses the connection. */
  readonly maxHeldBytes: number;
  /** A longer message closes the socket. */
  readonly maxMessageBytes: number;
}

export const DEFAULT_CONNECTION: ConnectionOptions = {
  connectTimeoutMs: 10_000,
  confirmTimeoutMs: 10_000,
  pingAfterMs: 5_000,
  silentAfterMs: 15_000,
  dataSilentAfterMs: 60_000,
  backoffBaseMs: 500,
  backoffMaxMs: 30_000,
  backoffFloorMs: 50,
  stableAfterMs: 60_000,
  renewAfterMs: 23 * 3_600_000,
  closeTimeoutMs: 2_000,
  sendCount: 5,
  sendWindowMs: 1_000,
  maxQueuedFrames: 256,
  maxHeldBytes: 16 * 1024 * 1024,
  maxMessageBytes: 32 * 1024 * 1024,
};

export type ConnectionState =
  | { readonly name: 'idle' }
  | { readonly name: 'connecting'; readonly socket: Socket }
  | {
      readonly name: 'subscribing';
      readonly socket: Socket;
      missing: number;
      readonly held: Uint8Array[];
      heldBytes: number;
    }
  | { readonly name: 'live'; readonly socket: Socket; readonly sinceMs: number }
  /** Between two attempts. */
  | { readonly name: 'waiting'; readonly delayMs: number }
  /** Our close frame is out. */
  | { readonly name: 'closing'; readonly socket: Socket; readonly then: 'renew' | 'stop' }
  | { readonly name: 'ended' }
  | { readonly name: 'stopped' };

/** What the connection reports. Every `frame` lies between a `subscribed` and the next `lost` or `ended`. */
export interface ConnectionHandler {
  subscribed(): void;
  frame(bytes: Uint8Array): void;
  /** Also for an attempt that failed. The connection comes back by itself. */
  lost(cause: number, text: string): void;
  ended(): void;
}

export class Connection {
  readonly #protocol: VenueProtocol;
  readonly #options: ConnectionOptions;
  readonly #deps: VenueDependencies;
  readonly #handler: ConnectionHandler;
  /** Of the present socket: the venues count by connection. */
  #rate: RateLimit;
  readonly #outbox: string[] = [];
  readonly #stopWaiters: (() => void)[] = [];
  #state: ConnectionState = { name: 'idle' };
  /** Attempts since the last stable connection. */
  #attempts = 0;
  #paused = false;
  #sawSign = false;
  #sawData = false;
  #lastSignMs = 0;
  #lastDataMs = 0;
  #lastPingMs = 0;
  #phaseTimer: TimerHandle | undefined;
  #checkTimer: TimerHandle | undefined;
  #renewTimer: TimerHandle | undefined;
  #sendTimer: TimerHandle | undefined;

  constructor(
    protocol: VenueProtocol,
    options: ConnectionOptions,
    deps: VenueDependencies,
    handler: ConnectionHandler,
  ) {
    this.#protocol = protocol;
    this.#options = options;
    this.#deps = deps;
    this.#handler = handler;
    this.#rate = new RateLimit(options.sendCount, options.sendWindowMs);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Begins the first attempt. A connection starts once. */
  start(): void {
    if (this.#state.name !== 'idle') throw new Error(`a connection starts once; this one is ${this.#state.name}`);
    this.#connect();
  }

  /** Ends for good; resolves when the socket is gone. Nothing is reported after the call. */
  stop(): Promise<void> {
    const state = this.#state;
    if (state.name === 'stopped' || state.name === 'ended') {
      this.#state = { name: 'stopped' };
      return Promise.resolve();
    }
    const done = new Promise<void>((resolve) => this.#stopWaiters.push(resolve));
    this.#clearTimers();
    this.#outbox.length = 0;
    switch (state.name) {
      case 'live':
      case 'subscribing':
        this.#closeThen(state.socket, 'stop');
        break;
      case 'closing':
        this.#awaitClose(state.socket, 'stop');
        break;
      case 'connecting':
        state.socket.terminate();
        this.#finishStop();
        break;
      default:
        this.#finishStop();
    }
    return done;
  }

  /** Queues a text frame under the rate limit. False: not connected, or the queue is full. */
  send(text: string): boolean {
    if (this.#state.name !== 'live' && this.#state.name !== 'subscribing') return false;
    if (this.#outbox.length >= this.#options.maxQueuedFrames) return false;
    this.#outbox.push(text);
    this.#flush();
    return true;
  }

  /** Stops reading until `resume()`, over reconnects too. Silence is not counted meanwhile. */
  pause(): void {
    this.#paused = true;
    if (this.#state.name === 'live' || this.#state.name === 'subscribing') this.#state.socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#sawSign = true;
    this.#sawData = true;
    if (this.#state.name === 'live' || this.#state.name === 'subscribing') this.#state.socket.resume();
  }

  #connect(): void {
    this.#clearTimers();
    this.#outbox.length = 0;
    this.#rate = new RateLimit(this.#options.sendCount, this.#options.sendWindowMs);
    this.#attempts++;
    const url = this.#protocol.url();
    // Reports of a socket that is no longer ours are ignored.
    const mine = (): boolean => 'socket' in this.#state && this.#state.socket === socket;
    const socket = this.#deps.transport.open(
      url,
      { maxMessageBytes: this.#options.maxMessageBytes },
      {
        open: () => {
          if (mine()) this.#opened(socket);
        },
        message: (bytes, isBinary) => {
          if (mine()) this.#message(bytes, isBinary);
        },
        control: () => {
          this.#sawSign = true;
        },
        close: (code, reason) => {
          if (mine()) this.#closed(code, reason);
        },
      },
    );
    this.#state = { name: 'connecting', socket };
    this.#setPhaseTimer(this.#options.connectTimeoutMs, () => {
      this.#drop(ConnectionCause.failed, `no connection to ${url} within ${this.#options.connectTimeoutMs} ms`);
    });
  }

  #opened(socket: Socket): void {
    const frames = this.#protocol.subscribeFrames();
    this.#sawSign = true;
    this.#sawData = true;
    this.#check();
    if (this.#paused) socket.pause();
    this.#state = { name: 'subscribing', socket, missing: frames.length, held: [], heldBytes: 0 };
    this.#setPhaseTimer(this.#options.confirmTimeoutMs, () => {
      if (this.#state.name !== 'subscribing') return;
      this.#drop(
        ConnectionCause.failed,
        `${this.#state.missing} of ${frames.length} subscriptions not confirmed within ${this.#options.confirmTimeoutMs} ms`,
      );
    });
    this.#outbox.push(...frames);
    this.#flush();
    if (frames.length === 0) this.#confirmed();
  }

  #message(bytes: Uint8Array, isBinary: boolean): void {
    this.#sawSign = true;
    const state = this.#state;
    if (state.name !== 'live' && state.name !== 'subscribing') return;
    const verdict = this.#protocol.read(bytes, isBinary);
    switch (verdict.meaning) {
      case 'data':
        this.#sawData = true;
        if (state.name === 'live') this.#handler.frame(bytes);
        else this.#hold(state, bytes);
        break;
      case 'confirmed':
        if (state.name === 'subscribing' && --state.missing === 0) this.#confirmed();
        break;
      case 'refused':
        // A refusal while live concerns one request; while subscribing it concerns what we came for.
        if (state.name === 'subscribing') {
          this.#drop(ConnectionCause.failed, `the venue refused the subscription: ${verdict.text}`);
        }
        break;
      case 'other':
        break;
    }
  }

  #hold(state: Extract<ConnectionState, { name: 'subscribing' }>, bytes: Uint8Array): void {
    state.heldBytes += bytes.byteLength;
    if (state.heldBytes > this.#options.maxHeldBytes) {
      this.#drop(ConnectionCause.failed, `more than ${this.#options.maxHeldBytes} bytes came before the confirmation`);
      return;
    }
    state.held.push(bytes);
  }

  #confirmed(): void {
    const state = this.#state;
    if (state.name !== 'subscribing') return;
    const { socket, held } = state;
    const live: ConnectionState = { name: 'live', socket, sinceMs: this.#deps.clock.nowMs() };
    this.#clearPhaseTimer();
    this.#state = live;
    const renewMs = this.#options.renewAfterMs * (1 - this.#deps.random.next() / 20);
    this.#renewTimer = this.#deps.timers.setTimer(renewMs, () => {
      this.#renewTimer = undefined;
      this.#renew();
    });
    this.#handler.subscribed();
    for (const bytes of held) {
      // The handler may stop the connection in any of these calls.
      if (this.#state !== live) return;
      this.#handler.frame(bytes);
    }
  }

  #closed(code: number, reason: string): void {
    const state = this.#state;
    if (state.name === 'closing') {
      this.#clearTimers();
      if (state.then === 'stop') this.#finishStop();
      else this.#connect();
      return;
    }
    if (this.#protocol.isEnd(code, reason)) {
      this.#clearTimers();
      this.#state = { name: 'ended' };
      this.#handler.ended();
      return;
    }
    const why = reason === '' ? `code ${code}` : `code ${code}: ${reason}`;
    if (state.name === 'connecting') this.#lose(ConnectionCause.failed, `could not connect (${why})`);
    else this.#lose(ConnectionCause.closed, `the other end closed (${why})`);
  }

  /** Gives the present socket up at once and comes back. */
  #drop(cause: number, text: string): void {
    if ('socket' in this.#state) this.#state.socket.terminate();
    this.#lose(cause, text);
  }

  /** The socket is gone already. */
  #lose(cause: number, text: string): void {
    const state = this.#state;
    this.#clearTimers();
    this.#outbox.length = 0;
    if (state.name === 'live' && this.#deps.clock.nowMs() - state.sinceMs >= this.#options.stableAfterMs) {
      this.#attempts = 0;
    }
    const ceilingMs = Math.min(
      this.#options.backoffMaxMs,
      this.#options.backoffBaseMs * 2 ** Math.min(Math.max(0, this.#attempts - 1), 30),
    );
    const delayMs = Math.max(this.#options.backoffFloorMs, this.#deps.random.next() * ceilingMs);
    this.#state = { name: 'waiting', delayMs };
    this.#setPhaseTimer(delayMs, () => {
      this.#connect();
    });
    this.#handler.lost(cause, text);
  }

  #renew(): void {
    const state = this.#state;
    if (state.name !== 'live') return;
    this.#clearTimers();
    this.#attempts = 0;
    this.#closeThen(state.socket, 'renew');
    this.#handler.lost(ConnectionCause.planned, 'renewed before the venue ends the connection');
  }

  #closeThen(socket: Socket, then: 'renew' | 'stop'): void {
    this.#awaitClose(socket, then);
    socket.close(1000, '');
  }

  #awaitClose(socket: Socket, then: 'renew' | 'stop'): void {
    this.#state = { name: 'closing', socket, then };
    this.#setPhaseTimer(this.#options.closeTimeoutMs, () => {
      socket.terminate();
      if (then === 'stop') this.#finishStop();
      else this.#connect();
    });
  }

  #finishStop(): void {
    this.#clearTimers();
    this.#state = { name: 'stopped' };
    for (const resolve of this.#stopWaiters.splice(0)) resolve();
  }

  /**
   * The regular look at the connection. Signs of life only set a flag, so that a frame costs neither a clock reading nor
   * a timer; times are therefore known to a quarter of the shortest bound.
   */
  #check(): void {
    const { pingAfterMs, silentAfterMs, dataSilentAfterMs } = this.#options;
    const periodMs = Math.max(1, Math.min(pingAfterMs, silentAfterMs, dataSilentAfterMs) / 4);
    this.#checkTimer = this.#deps.timers.setTimer(periodMs, () => {
      this.#check();
    });
    const nowMs = this.#deps.clock.nowMs();
    if (this.#sawSign || this.#paused) this.#lastSignMs = nowMs;
    if (this.#sawData || this.#paused) this.#lastDataMs = nowMs;
    this.#sawSign = false;
    this.#sawData = false;
    if (nowMs - this.#lastSignMs >= silentAfterMs) {
      this.#drop(ConnectionCause.silent, `no sign of life for ${Math.round(nowMs - this.#lastSignMs)} ms`);
    } else if (nowMs - this.#lastDataMs >= dataSilentAfterMs && this.#state.name === 'live') {
      this.#drop(ConnectionCause.silent, `no market data for ${Math.round(nowMs - this.#lastDataMs)} ms`);
    } else if (nowMs - Math.max(this.#lastSignMs, this.#lastPingMs) >= pingAfterMs) {
      this.#ping(nowMs);
    }
  }

  #ping(nowMs: number): void {
    if (this.#state.name !== 'live' && this.#state.name !== 'subscribing') return;
    if (this.#rate.waitMs(nowMs) > 0) return;
    this.#rate.take(nowMs);
    this.#lastPingMs = nowMs;
    if (this.#protocol.heartbeatFrame === undefined) this.#state.socket.ping();
    else this.#state.socket.send(this.#protocol.heartbeatFrame);
  }

  #flush(): void {
    while (this.#outbox.length > 0 && this.#sendTimer === undefined) {
      if (this.#state.name !== 'live' && this.#state.name !== 'subscribing') return;
      const nowMs = this.#deps.clock.nowMs();
      const waitMs = this.#rate.waitMs(nowMs);
      if (waitMs > 0) {
        this.#sendTimer = this.#deps.timers.setTimer(waitMs, () => {
          this.#sendTimer = undefined;
          this.#flush();
        });
        return;
      }
      this.#rate.take(nowMs);
      this.#state.socket.send(this.#outbox.shift()!);
    }
  }

  #setPhaseTimer(delayMs: number, run: () => void): void {
    this.#clearPhaseTimer();
    this.#phaseTimer = this.#deps.timers.setTimer(delayMs, () => {
      this.#phaseTimer = undefined;
      run();
    });
  }

  #clearPhaseTimer(): void {
    if (this.#phaseTimer !== undefined) this.#deps.timers.clearTimer(this.#phaseTimer);
    this.#phaseTimer = undefined;
  }

  #clearTimers(): void {
    this.#clearPhaseTimer();
    for (const timer of [this.#checkTimer, this.#renewTimer, this.#sendTimer]) {
      if (timer !== undefined) this.#deps.timers.clearTimer(timer);
    }
    this.#checkTimer = undefined;
    this.#renewTimer = undefined;
    this.#sendTimer = undefined;
  }
}
