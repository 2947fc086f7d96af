/**
 * What a connection to a venue needs from outside: sockets, HTTP, timers, a clock and chance. All of it comes as
 * arguments, so that the life of a connection can be run without a network and without waiting.
 */

/** How the other side reports to the connection. After `close`, and after `terminate()`, nothing is called any more. */
export interface SocketEvents {
  /** The handshake is done. */
  open(): void;
  /** A whole message. The bytes belong to the receiver; nobody writes to them again. */
  message(bytes: Uint8Array, isBinary: boolean): void;
  /** A ping or pong came: a sign of life without a message. */
  control(): void;
  /** The socket is gone: its close code (1006: without a close frame), the reason, or the error's text. */
  close(code: number, reason: string): void;
}

/** One WebSocket, ours until it is closed or terminated. */
export interface Socket {
  /** Sends a text frame; without effect on a socket that is not open. */
  send(text: string): void;
  ping(): void;
  /** The orderly end: a close frame goes out and `close` is called when the other side answers. */
  close(code: number, reason: string): void;
  /** The end at once: no frame, no further call. */
  terminate(): void;
  /** Stops reading from the network; what was read already (at most one read of 64 KiB) may still be delivered. */
  pause(): void;
  resume(): void;
}

/** Bounds of an HTTP request. */
export interface GetLimits {
  readonly timeoutMs: number;
  /** A longer body is an error. */
  readonly maxBytes: number;
  /** Ends the request early; the promise is then rejected. */
  readonly signal?: AbortSignal;
}

/** A whole HTTP answer, whatever its status. Header names are in lower case. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface SocketLimits {
  /** A longer message closes the socket. */
  readonly maxMessageBytes: number;
}

export interface Transport {
  /** Starts to open a WebSocket; the outcome comes through `events`, never before `open` has returned. */
  open(url: string, limits: SocketLimits, events: SocketEvents): Socket;
  /** @throws (rejects) Error when no whole answer came: time-out, too large, aborted, network. */
  get(url: string, limits: GetLimits): Promise<HttpAnswer>;
}

declare const timerBrand: unique symbol;
/** A pending timer, to be given back to `clearTimer`. */
export type TimerHandle = { readonly [timerBrand]: true };

export interface Timers {
  setTimer(delayMs: number, run: () => void): TimerHandle;
  clearTimer(timer: TimerHandle): void;
}

export interface MonotonicClock {
  /** Milliseconds since any fixed moment; never goes back. */
  nowMs(): number;
}

export interface Random {
  /** A number in [0, 1). */
  next(): number;
}

/** Everything from outside in one parameter. */
export interface VenueDependencies {
  readonly transport: Transport;
  readonly timers: Timers;
  readonly clock: MonotonicClock;
  readonly random: Random;
}
