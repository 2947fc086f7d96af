/**
 * A network, a clock and timers without any of them: simulated time in which a test says what the other side does.
 * Events run in the order of their time; nothing happens between them.
 */
import type {
  GetLimits,
  HttpAnswer,
  MonotonicClock,
  Random,
  Socket,
  SocketEvents,
  TimerHandle,
  Timers,
  Transport,
  VenueDependencies,
} from '../../host/venues/transport.ts';

interface Pending {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  /** Set by the code under test, so that it counts as a leak if it is left. */
  readonly isTimer: boolean;
}

/** mulberry32: small, seeded, good enough to vary a test. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    },
  };
}

/** Simulated time. */
export class VirtualTime implements Timers, MonotonicClock {
  #nowMs = 0;
  #order = 0;
  readonly #pending = new Map<TimerHandle, Pending>();

  nowMs(): number {
    return this.#nowMs;
  }

  /** Timers that the code under test has set and neither cleared nor seen fire. */
  get timersLeft(): number {
    let count = 0;
    for (const { isTimer } of this.#pending.values()) if (isTimer) count++;
    return count;
  }

  setTimer(delayMs: number, run: () => void): TimerHandle {
    return this.#add(delayMs, run, true);
  }

  clearTimer(timer: TimerHandle): void {
    this.#pending.delete(timer);
  }

  /** Something that the world does later. */
  later(delayMs: number, run: () => void): void {
    this.#add(delayMs, run, false);
  }

  /** Runs everything due until `untilMs` and stands there. */
  runUntil(untilMs: number): void {
    for (;;) {
      let next: [TimerHandle, Pending] | undefined;
      for (const entry of this.#pending) {
        const [, pending] = entry;
        if (pending.atMs > untilMs) continue;
        if (
          next === undefined ||
          pending.atMs < next[1].atMs ||
          (pending.atMs === next[1].atMs && pending.order < next[1].order)
        ) {
          next = entry;
        }
      }
      if (next === undefined) break;
      this.#pending.delete(next[0]);
      this.#nowMs = Math.max(this.#nowMs, next[1].atMs);
      next[1].run();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #add(delayMs: number, run: () => void, isTimer: boolean): TimerHandle {
    const handle = {} as TimerHandle;
    this.#pending.set(handle, { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run, isTimer });
    return handle;
  }
}

/** The other side's view of one socket. */
export class VirtualSocket implements Socket {
  readonly url: string;
  readonly openedAtMs: number;
  readonly #time: VirtualTime;
  readonly #events: SocketEvents;
  readonly #server: VirtualServer;
  readonly sentAtMs: number[] = [];
  isOpen = false;
  isOver = false;
  isPaused = false;

  constructor(url: string, time: VirtualTime, events: SocketEvents, server: VirtualServer) {
    this.url = url;
    this.openedAtMs = time.nowMs();
    this.#time = time;
    this.#events = events;
    this.#server = server;
  }

  /** Server side: the handshake succeeds. */
  accept(): void {
    if (this.isOver) return;
    this.isOpen = true;
    this.#events.open();
  }

  /** Server side: a message arrives at the client. */
  deliver(text: string): void {
    if (this.isOpen && !this.isOver) this.#events.message(new TextEncoder().encode(text), false);
  }

  /** Server side: a pong arrives. */
  pong(): void {
    if (this.isOpen && !this.isOver) this.#events.control();
  }

  /** Server side, or the network: the socket is gone. */
  end(code: number, reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    this.isOpen = false;
    this.#events.close(code, reason);
  }

  send(text: string): void {
    if (!this.isOpen || this.isOver) return;
    this.sentAtMs.push(this.#time.nowMs());
    this.#server.received(this, text);
  }

  ping(): void {
    if (!this.isOpen || this.isOver) return;
    this.sentAtMs.push(this.#time.nowMs());
    this.#server.pinged(this);
  }

  close(code: number, reason: string): void {
    if (this.isOver) return;
    this.#server.closing(this, code, reason);
  }

  terminate(): void {
    this.isOver = true;
    this.isOpen = false;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }
}

/** What a test's other side does. */
export interface VirtualServer {
  connecting(socket: VirtualSocket): void;
  received(socket: VirtualSocket, text: string): void;
  pinged(socket: VirtualSocket): void;
  closing(socket: VirtualSocket, code: number, reason: string): void;
  get?(url: string, limits: GetLimits): Promise<HttpAnswer>;
}

/** The dependencies of a connection in simulated time, and what they have seen. */
export class VirtualWorld implements VenueDependencies {
  readonly timers: VirtualTime;
  readonly clock: VirtualTime;
  readonly random: Random;
  readonly transport: Transport;
  readonly sockets: VirtualSocket[] = [];

  constructor(seed: number, server: (world: VirtualWorld) => VirtualServer) {
    const time = new VirtualTime();
    this.timers = time;
    this.clock = time;
    this.random = seededRandom(seed);
    const other = server(this);
    this.transport = {
      open: (url, _limits, events) => {
        const socket = new VirtualSocket(url, time, events, other);
        this.sockets.push(socket);
        other.connecting(socket);
        return socket;
      },
      get: (url, limits) => other.get?.(url, limits) ?? Promise.reject(new Error(`${url}: nobody answers`)),
    };
  }

  /** Sockets that neither side has ended. */
  get socketsLeft(): number {
    return this.sockets.filter(({ isOver }) => !isOver).length;
  }
}
