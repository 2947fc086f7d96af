/** The journal's stream: catching up, following, rotation, falling behind, and a page that stops reading. */
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type RunningServer, type ServerOptions, startServer } from '../../host/server/server.ts';
import { MESSAGE_BYTES, SEND_AHEAD_BYTES } from '../../host/server/stream.ts';
import { FakeSource, pattern } from './fake-source.ts';

const MIB = 1024 * 1024;
let source: FakeSource;
let server: RunningServer | undefined;
const sockets: { terminate(): void }[] = [];

beforeEach(() => {
  source = new FakeSource();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await server?.close();
  server = undefined;
});

async function start(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  server = await startServer({ source, port: 0, webFolder: '/nonexistent', ...options });
  return server;
}

/** A page that keeps what it is sent: bytes per segment, and the text messages. */
function open(
  port: number,
  segment: number,
  offset: number,
): { texts: Record<string, unknown>[]; bytes: Map<number, number[]>; sizes: number[] } {
  const got = { texts: [] as Record<string, unknown>[], bytes: new Map<number, number[]>(), sizes: [] as number[] };
  let current = segment;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/stream?segment=${segment}&offset=${offset}`, {
    perMessageDeflate: false,
  });
  sockets.push(socket);
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) {
      got.sizes.push(data.length);
      const list = got.bytes.get(current) ?? [];
      for (const byte of data) list.push(byte);
      got.bytes.set(current, list);
      return;
    }
    const message = JSON.parse(data.toString()) as Record<string, unknown>;
    if (message['type'] === 'segment') current = message['number'] as number;
    if (message['type'] === 'reset') current = message['segment'] as number;
    got.texts.push(message);
  });
  return got;
}

const received = (got: ReturnType<typeof open>, segment: number): Uint8Array =>
  Uint8Array.from(got.bytes.get(segment) ?? []);
const until = (condition: () => boolean): Promise<void> =>
  expect.poll(condition, { timeout: 5000, interval: 5 }).toBe(true);

describe('a page that reads', () => {
  it('catches up from an offset, follows, and goes over to the next segment', async () => {
    source.begin(pattern(700_000, 1), false);
    const { port } = await start();
    const got = open(port, 1, 1234);
    await until(() => (got.bytes.get(1)?.length ?? 0) === 700_000 - 1234);
    expect(received(got, 1)).toEqual(pattern(700_000, 1).subarray(1234));
    source.append(pattern(5000, 2));
    await until(() => received(got, 1).length === 705_000 - 1234);
    expect(received(got, 1).subarray(-5000)).toEqual(pattern(5000, 2));
    source.begin(pattern(3000, 3), true);
    await until(() => received(got, 2).length === 3000);
    expect(received(got, 2)).toEqual(pattern(3000, 3));
    expect(got.texts).toContainEqual({ type: 'segment', number: 2 });
    expect(Math.max(...got.sizes)).toBeLessThanOrEqual(MESSAGE_BYTES);
    expect(got.texts.filter((text) => text['type'] === 'reset')).toEqual([]);
  });

  it('is told hashes and status, again and again', async () => {
    source.begin(pattern(10, 1), false);
    const { port } = await start({ statusMs: 20 });
    const got = open(port, 1, 0);
    await until(() => got.texts.length >= 6);
    expect(got.texts).toContainEqual({ type: 'hashes', ...source.hashes() });
    expect(got.texts).toContainEqual({ type: 'status', ...source.status() });
  });

  it('leaves nothing behind when it closes', async () => {
    source.begin(pattern(10, 1), false);
    const running = await start();
    open(running.port, 1, 0);
    await until(() => source.listeners === 1);
    sockets.splice(0)[0]!.terminate();
    await until(() => source.listeners === 0 && running.pages() === 0);
  });

  it('too far behind is sent on to the newest snapshot, and only where there is one further on', async () => {
    source.begin(pattern(200_000, 1), true);
    source.begin(pattern(200_000, 2), true);
    source.begin(pattern(1000, 3), false);
    const { port } = await start({ maxLagBytes: 250_000 });
    const far = open(port, 1, 0);
    await until(() => received(far, 3).length === 1000);
    expect(far.texts.find((text) => text['type'] === 'reset')).toEqual({ type: 'reset', segment: 2, offset: 0 });
    expect(received(far, 1).length).toBe(0);
    expect(received(far, 2)).toEqual(pattern(200_000, 2));
    const near = open(port, 1, 199_000);
    await until(() => received(near, 3).length === 1000);
    expect(near.texts.some((text) => text['type'] === 'reset')).toBe(false);
  });

  it('without a snapshot further on gets everything, however far behind', async () => {
    source.begin(pattern(400_000, 1), true);
    const { port } = await start({ maxLagBytes: 1000 });
    const got = open(port, 1, 0);
    await until(() => received(got, 1).length === 400_000);
  });
});

describe('a page that stops reading', () => {
  it('costs the host a bounded amount of memory, however much the journal grows', { timeout: 30_000 }, async () => {
    // A journal that takes no memory itself: it grows by 100 MiB a step, and its bytes are made when they are read.
    const journal = new GrowingJournal();
    const { port } = await start({ source: journal, statusMs: 5 });
    const socket = await stalledPage(port);
    sockets.push({ terminate: () => socket.destroy() });
    await until(() => journal.listener !== null);
    for (let i = 0; i < 10; i++) await journal.grow(100 * MIB);
    // The operating system's own buffers have taken what they take; from here on nothing more is read for this page.
    const read = journal.bytesRead;
    expect(read).toBeLessThan(16 * MIB);
    const before = memoryBytes();
    for (let i = 0; i < 100; i++) await journal.grow(100 * MIB);
    expect(journal.bytesRead).toBe(read);
    expect(memoryBytes() - before).toBeLessThan(4 * SEND_AHEAD_BYTES);
    // Another page is served meanwhile.
    const other = open(port, 1, journal.bytes - 1000);
    await until(() => received(other, 1).length === 1000);
  });

  it('goes on where it stopped, or at the newest snapshot, once it reads again', { timeout: 30_000 }, async () => {
    source.begin(pattern(12 * MIB, 1), false);
    const { port } = await start({ maxLagBytes: 4 * MIB });
    const socket = await stalledPage(port);
    sockets.push({ terminate: () => socket.destroy() });
    await until(() => source.listeners === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    source.begin(pattern(1000, 2), true);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text = (text + chunk.toString('latin1')).slice(-4000)));
    socket.resume();
    const reset = (): boolean => text.includes('{"type":"reset","segment":2,"offset":0}');
    await until(reset);
  });
});

class GrowingJournal extends FakeSource {
  bytes = 0;
  listener: (() => void) | null = null;

  override readonly journal = {
    segments: () => [
      { number: 1, firstRecord: 0, records: 0, startNs: 0, endNs: 0, bytes: this.bytes, hasSnapshot: false },
    ],
    size: () => this.bytes,
    read: (_segment: number, _offset: number, length: number): Promise<Uint8Array> => {
      this.bytesRead += length;
      return Promise.resolve(new Uint8Array(length));
    },
    snapshot: () => null,
    onAppend: (listener: () => void): (() => void) => {
      this.listener = listener;
      return () => (this.listener = null);
    },
  };

  async grow(bytes: number): Promise<void> {
    this.bytes += bytes;
    this.listener?.();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What all buffers hold; JavaScript's own heap breathes by more than is looked for here. */
function memoryBytes(): number {
  return process.memoryUsage().external;
}

/** A WebSocket handshake on a bare socket that then reads nothing. */
function stalledPage(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(
        `GET /api/stream?segment=1&offset=0 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
      );
      socket.pause();
      resolve(socket);
    });
    socket.on('error', reject);
  });
}
