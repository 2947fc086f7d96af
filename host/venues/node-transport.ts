/**
 * The real network for venue connections: WebSockets by `ws`, HTTP by Node, timers and clock of the process.
 * Messages are handed on as the buffers in which they arrived; nothing is copied or turned into text.
 */
import { get as httpGet, type ClientRequest, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { WebSocket } from 'ws';
import type {
  GetLimits,
  HttpAnswer,
  Socket,
  SocketEvents,
  SocketLimits,
  TimerHandle,
  Transport,
  VenueDependencies,
} from './transport.ts';

function openSocket(url: string, limits: SocketLimits, events: SocketEvents): Socket {
  const socket = new WebSocket(url, {
    // Compression would cost an order of magnitude in throughput (deflate is offered by default).
    perMessageDeflate: false,
    maxPayload: limits.maxMessageBytes,
    // The decoder judges the bytes; validating them here would read every byte twice.
    skipUTF8Validation: true,
    followRedirects: false,
  });
  let failure = '';
  socket.binaryType = 'nodebuffer';
  socket.on('open', () => {
    events.open();
  });
  socket.on('message', (data, isBinary) => {
    events.message(data as Buffer, isBinary);
  });
  const control = (): void => {
    events.control();
  };
  socket.on('ping', control);
  socket.on('pong', control);
  socket.on('error', (error) => {
    failure = error.message;
  });
  socket.on('close', (code, reason) => {
    events.close(code, failure === '' ? reason.toString() : failure);
  });
  return {
    send(text) {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    ping() {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    close(code, reason) {
      // A paused socket would never read the answer to the close frame.
      socket.resume();
      socket.close(code, reason);
    },
    terminate() {
      socket.removeAllListeners();
      // Ending a handshake in progress emits an error, which must find a listener.
      socket.on('error', () => undefined);
      socket.terminate();
    },
    pause() {
      socket.pause();
    },
    resume() {
      socket.resume();
    },
  };
}

function get(url: string, limits: GetLimits): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { signal } = limits;
    let request: ClientRequest | undefined;
    let settled = false;
    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      finish();
    };
    const fail = (text: string): void => {
      settle(() => {
        request?.destroy();
        reject(new Error(text));
      });
    };
    const abort = (): void => {
      fail(`${url}: aborted`);
    };
    const timer = setTimeout(() => {
      fail(`${url}: no whole answer within ${limits.timeoutMs} ms`);
    }, limits.timeoutMs);
    if (signal?.aborted === true) {
      abort();
      return;
    }
    signal?.addEventListener('abort', abort, { once: true });
    const receive = (response: IncomingMessage): void => {
      const parts: Buffer[] = [];
      let bytes = 0;
      response.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > limits.maxBytes) fail(`${url}: the answer is longer than ${limits.maxBytes} bytes`);
        else parts.push(part);
      });
      response.on('error', (error) => {
        fail(`${url}: ${error.message}`);
      });
      response.on('end', () => {
        settle(() => {
          const headers: Record<string, string> = {};
          for (const [name, value] of Object.entries(response.headers)) {
            if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
          }
          resolve({ status: response.statusCode ?? 0, headers, body: Buffer.concat(parts, bytes) });
        });
      });
    };
    try {
      request = (url.startsWith('https:') ? httpsGet : httpGet)(url, { agent: false }, receive);
      request.on('error', (error) => {
        fail(`${url}: ${error.message}`);
      });
    } catch (error) {
      fail(`${url}: ${(error as Error).message}`);
    }
  });
}

export const nodeTransport: Transport = { open: openSocket, get };

/** The dependencies of a live venue connection in this process. */
export function nodeDependencies(): VenueDependencies {
  return {
    transport: nodeTransport,
    timers: {
      setTimer: (delayMs, run) => setTimeout(run, delayMs) as unknown as TimerHandle,
      clearTimer: (timer) => {
        clearTimeout(timer as unknown as NodeJS.Timeout);
      },
    },
    clock: { nowMs: () => performance.now() },
    random: { next: () => Math.random() },
  };
}
