/**
 * The host's one port: the HTTP API, the page, and the stream of the journal over WebSocket. It listens on 127.0.0.1
 * unless a token allows another address.
 */
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type AccessOptions, checkAccessOptions, checkHost, checkOrigin, checkToken } from './access.ts';
import { answer } from './http.ts';
import { Problem } from './problem.ts';
import type { HostSource } from './source.ts';
import { JournalStream } from './stream.ts';
import { readStaticFiles } from './static-files.ts';

export interface ServerOptions {
  readonly source: HostSource;
  /** 0: any free port. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly address?: string;
  readonly token?: string;
  /** Further names in the Host header, for instance that of a reverse proxy. */
  readonly allowedHosts?: readonly string[];
  /** Folder of the built page. */
  readonly webFolder: string;
  /** A page further behind in the journal starts again from the newest snapshot; default 256 MiB. */
  readonly maxLagBytes?: number;
  /** Period of status messages to the pages, ms; default 250. */
  readonly statusMs?: number;
  /** Open pages; a further one is refused. Default 32. */
  readonly maxPages?: number;
  /** Hears of failures that no request can be told of. */
  readonly onError?: (error: unknown) => void;
}

export interface RunningServer {
  /** Of the page, without the token. */
  readonly url: string;
  readonly port: number;
  /** Pages connected now. */
  pages(): number;
  /** Ends all connections and frees the port. */
  close(): Promise<void>;
}

/** What a page sends is a few words at most. */
const MAXIMUM_PAGE_MESSAGE_BYTES = 4096;
/** A page that answers no ping for so long is gone. */
const PING_MS = 30_000;

/**
 * Starts listening.
 * @throws where the port is taken or not allowed, or the address needs a token; the message names the remedy
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { source } = options;
  const access: AccessOptions = {
    address: options.address ?? '127.0.0.1',
    token: options.token,
    allowedHosts: (options.allowedHosts ?? []).map((name) => name.toLowerCase()),
  };
  checkAccessOptions(access);
  const context = { source, access, files: readStaticFiles(options.webFolder) };
  const onError = options.onError ?? (() => undefined);
  const server = createServer((request, response) => void answer(request, response, context));
  server.requestTimeout = 30_000;
  server.headersTimeout = 10_000;

  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAXIMUM_PAGE_MESSAGE_BYTES,
  });
  const answered = new WeakSet<object>();
  const maxPages = options.maxPages ?? 32;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    try {
      const url = new URL(request.url ?? '/', 'http://host');
      checkHost(request, access);
      checkOrigin(request);
      checkToken(request, url.searchParams, access);
      if (url.pathname !== '/api/stream') {
        throw new Problem(404, `there is no WebSocket at ${url.pathname}`, 'connect to /api/stream?segment=N&offset=B');
      }
      if (sockets.clients.size >= maxPages) {
        throw new Problem(503, `${maxPages} pages are open already`, 'close one of them, or raise the limit of pages');
      }
      const start = {
        segment: wholeNumber(url.searchParams, 'segment', 1),
        offset: wholeNumber(url.searchParams, 'offset', 0),
      };
      const size = source.journal.size(start.segment);
      if (!source.journal.segments().some((segment) => segment.number === start.segment) || start.offset > size) {
        throw new Problem(
          404,
          `the journal has no byte ${start.offset} in segment ${start.segment}`,
          'take segment and offset from /api/journal',
        );
      }
      sockets.handleUpgrade(request, socket, head, (page) => {
        answered.add(page);
        page.on('pong', () => answered.add(page));
        page.on('error', onError);
        new JournalStream(
          page,
          source,
          {
            start,
            maxLagBytes: options.maxLagBytes ?? 256 * 1024 * 1024,
            statusMs: options.statusMs ?? 250,
          },
          onError,
        );
      });
    } catch (error) {
      refuseUpgrade(socket, error);
    }
  });

  const pings = setInterval(() => {
    for (const page of sockets.clients) {
      if (!answered.delete(page)) page.terminate();
      else page.ping();
    }
  }, PING_MS);
  pings.unref();

  await listen(server, options.port, access.address);
  server.on('error', onError);
  const port = (server.address() as AddressInfo).port;
  const name = access.address.includes(':') ? `[${access.address}]` : access.address;
  return {
    url: `http://${name}:${port}/`,
    port,
    pages: () => sockets.clients.size,
    close: async () => {
      clearInterval(pings);
      for (const page of sockets.clients) page.terminate();
      sockets.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(listenError(error, port, address), { cause: error })),
    );
    server.listen(port, address, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

function listenError(error: NodeJS.ErrnoException, port: number, address: string): string {
  if (error.code === 'EADDRINUSE') {
    return `port ${port} of ${address} is taken; stop the program that uses it, or choose another one with --port (0 takes any free one)`;
  }
  if (error.code === 'EACCES')
    return `port ${port} of ${address} is not allowed to this user; choose one above 1023 with --port`;
  if (error.code === 'EADDRNOTAVAIL')
    return `${address} is not an address of this machine; use 127.0.0.1 or one that it has`;
  return `the dashboard cannot listen on ${address}:${port}: ${error.message}; choose another address or port`;
}

/** A whole number of the query, or `fallback` where it is not there. */
function wholeNumber(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name);
  if (text === null) return fallback;
  if (!/^\d{1,15}$/.test(text))
    throw new Problem(400, `${name}=${text} is not a whole number`, `give ${name} as a whole number from 0`);
  return Number(text);
}

function refuseUpgrade(socket: Duplex, error: unknown): void {
  const problem =
    error instanceof Problem ? error : new Problem(500, 'the host failed to answer', 'see the log of the host');
  const body = JSON.stringify({ error: problem.message, remedy: problem.remedy });
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => (socket as Socket).destroySoon(),
  );
}
