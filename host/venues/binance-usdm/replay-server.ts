/**
 * Serves recordings as the venue would: the Binance USD-M protocol (combined and raw streams, subscribe frames, pings,
 * REST snapshots) on 127.0.0.1. A client cannot tell it from the venue but by its address, and by the end: when the
 * recording is over, connections are closed with code 1000 and the reason `end of recording`.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { FaultPlan, type PlannedFault } from './replay/faults.ts';
import { Playback, type PlaybackCounts } from './replay/playback.ts';
import { RecordingReader } from './replay/recording-reader.ts';
import { scanRecording } from './replay/recording-scan.ts';
import { ReplayConnection } from './replay/replay-connection.ts';
import { answerRest } from './replay/rest-routes.ts';
import { SnapshotDesk } from './replay/snapshot-desk.ts';
import { END_OF_RECORDING } from './streams.ts';

const HOST = '127.0.0.1';
/** Requests of clients are short. */
const MAX_REQUEST_BYTES = 64 * 1024;
/** How long a client may take to answer a close frame. */
const CLOSE_TIMEOUT_MS = 1000;

export interface ServeRecordingOptions {
  /** Paths of recordings made by one host; merged by local time. */
  readonly files: readonly string[];
  /** 0: any free one. */
  readonly port: number;
  /** Recorded seconds per second, or `full`: as fast as the clients read. */
  readonly speed: number | 'full';
  /** The first so many recorded seconds go out at full speed. Default 0. */
  readonly fastForwardSeconds?: number;
  /** How long the recording waits for a client's snapshot request. Default 5,000. */
  readonly snapshotWaitMs?: number;
  /** The recording begins so long after the last request of the first subscriber. Default 50. */
  readonly settleMs?: number;
  /** The venue pings every three minutes. Default 180,000. */
  readonly pingEveryMs?: number;
  /** A client that takes nothing for so long is cut. Default 60,000. */
  readonly stallMs?: number;
  readonly faults?: readonly PlannedFault[];
  /** Told in words what a user may want to know. Default: nobody. */
  readonly onNotice?: (text: string) => void;
}

export interface ReplaySummary extends PlaybackCounts {
  /** From the first frame's permission to go until the end. */
  readonly seconds: number;
  /** False: closed before the end of the recording. */
  readonly isComplete: boolean;
}

export interface ReplayServer {
  readonly port: number;
  /** Same as `restUrl`. */
  readonly url: string;
  readonly restUrl: string;
  readonly websocketUrl: string;
  /** In capitals. */
  readonly symbols: readonly string[];
  /** Resolves at the end of the recording or after `close()`; rejected when the recording cannot be read on. */
  readonly done: Promise<ReplaySummary>;
  close(): Promise<void>;
}

/** The streams of `/stream?streams=a/b` or `/ws/a/b`, after any of the venue's tiers; undefined: no such path. */
function streamsOfPath(path: string): { isCombined: boolean; streams: string[] } | undefined {
  const url = new URL(path, 'ws://127.0.0.1');
  const pathname = url.pathname.replace(/^\/(public|market)(?=\/)/, '');
  if (pathname === '/stream') {
    const streams = (url.searchParams.get('streams') ?? '').split('/').filter((name) => name !== '');
    return { isCombined: true, streams };
  }
  if (pathname === '/ws' || pathname.startsWith('/ws/')) {
    return {
      isCombined: false,
      streams: pathname
        .slice(4)
        .split('/')
        .filter((name) => name !== ''),
    };
  }
  return undefined;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') {
        reject(new Error(`port ${port} of ${HOST} is taken; choose another with --port, or 0 for any free one`));
      } else if (error.code === 'EACCES') {
        reject(new Error(`port ${port} of ${HOST} may not be used; choose one above 1023 with --port`));
      } else {
        reject(error);
      }
    });
    server.listen(port, HOST, resolve);
  });
}

function checkOptions(options: ServeRecordingOptions): void {
  const { files, port, speed } = options;
  if (files.length === 0) throw new Error('no recording to serve; name at least one file');
  if (!(Number.isInteger(port) && port >= 0 && port <= 65535)) {
    throw new Error(`port ${port} is not a port; choose one from 1024 to 65535, or 0 for any free one`);
  }
  if (speed !== 'full' && !(speed > 0 && Number.isFinite(speed))) {
    throw new Error(`speed ${speed} is not above 0; give a number such as 1 or 10, or full`);
  }
}

/** Opens the recordings and desks: one desk a symbol, however many files it has. */
async function openRecordings(
  files: readonly string[],
): Promise<{ readers: RecordingReader[]; deskOfFile: Map<string, SnapshotDesk>; startMs: number }> {
  const scanned = [];
  for (const file of files) scanned.push(await scanRecording(file));
  scanned.sort((a, b) => a.startMs - b.startMs);
  const desks = new Map<string, SnapshotDesk>();
  const deskOfFile = new Map<string, SnapshotDesk>();
  for (const { path, symbol, snapshot } of scanned) {
    let desk = desks.get(symbol);
    if (desk === undefined) {
      desk = new SnapshotDesk(symbol, snapshot);
      desks.set(symbol, desk);
    }
    deskOfFile.set(path, desk);
  }
  const readers: RecordingReader[] = [];
  // In the order given: it decides between equal times.
  for (const file of files) readers.push(await RecordingReader.open(file));
  return { readers, deskOfFile, startMs: scanned[0]!.startMs };
}

/**
 * Starts serving; the recording begins with the first subscription.
 * @throws Error (RecordingError for the files) with what is wrong and what to do.
 */
export async function serveRecording(options: ServeRecordingOptions): Promise<ReplayServer> {
  checkOptions(options);
  const onNotice = options.onNotice ?? ((): void => undefined);
  const faults = new FaultPlan(options.faults ?? []);
  const { readers, deskOfFile, startMs } = await openRecordings(options.files);
  const desks = new Map([...deskOfFile.values()].map((desk) => [desk.symbol, desk]));
  const playback = new Playback(readers, deskOfFile, faults, {
    speed: options.speed === 'full' ? Infinity : options.speed,
    fastForwardSeconds: options.fastForwardSeconds ?? 0,
    snapshotWaitMs: options.snapshotWaitMs ?? 5000,
    settleMs: options.settleMs ?? 50,
    stallMs: options.stallMs ?? 60_000,
    onNotice,
  });
  const server = createServer((request, response) => {
    answerRest(
      {
        desks,
        faults,
        mayWait: (desk) => !playback.isOver && playback.hasDepthListener(desk),
        requested: () => {
          playback.requested();
        },
        venueTimeMs: () => Math.floor(Math.max(startMs, ...[...desks.values()].map(({ book }) => book.eventMs))),
      },
      request,
      response,
    );
  });
  // Pongs are the connection's to send: a muted one must not answer.
  const websockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_REQUEST_BYTES,
    autoPong: false,
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const wanted = streamsOfPath(request.url ?? '/');
    if (wanted === undefined || faults.takeConnectionRefusal()) {
      const status = wanted === undefined ? '404 Not Found' : '503 Service Unavailable';
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    websockets.handleUpgrade(request, socket, head, (websocket) => {
      const connection = new ReplayConnection(websocket, socket, wanted.isCombined, wanted.streams, () => {
        playback.changed();
      });
      playback.connections.add(connection);
      playback.changed();
      if (playback.isOver) connection.close(END_OF_RECORDING.code, END_OF_RECORDING.reason);
    });
  });
  try {
    await listen(server, options.port);
  } catch (error) {
    for (const reader of readers) reader.close();
    throw error;
  }
  const pinger = setInterval(() => {
    for (const connection of playback.connections) connection.ping();
  }, options.pingEveryMs ?? 180_000);

  const closeConnections = async (code: number, reason: string): Promise<void> => {
    for (const connection of playback.connections) connection.close(code, reason);
    const endMs = performance.now() + CLOSE_TIMEOUT_MS;
    while (playback.connections.size > 0 && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    for (const connection of playback.connections) connection.cut();
  };
  const play = async (): Promise<ReplaySummary> => {
    try {
      await playback.run();
    } catch (error) {
      await closeConnections(1011, 'the recording cannot be read on');
      throw error;
    } finally {
      for (const reader of readers) reader.close();
    }
    const seconds = (performance.now() - playback.begunMs) / 1000;
    if (playback.isOver) {
      // Whatever is unsent goes out before the close frame; a slow client is given time to read it.
      for (const connection of playback.connections) connection.close(END_OF_RECORDING.code, END_OF_RECORDING.reason);
    }
    return { ...playback.counts, seconds, isComplete: playback.isOver };
  };
  const done = play();
  // Whoever does not wait for the end must not be ended by its failure.
  done.catch((error: unknown) => {
    onNotice(error instanceof Error ? error.message : String(error));
  });
  const { port } = server.address() as AddressInfo;
  const restUrl = `http://${HOST}:${port}`;
  return {
    port,
    url: restUrl,
    restUrl,
    websocketUrl: `ws://${HOST}:${port}`,
    symbols: [...desks.keys()],
    done,
    async close() {
      clearInterval(pinger);
      playback.stop();
      await closeConnections(1001, 'the server is closing');
      await done.catch(() => undefined);
      websockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
