/** The HTTP API: what is there, what is refused, and that every refusal says what to do. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type RunningServer, type ServerOptions, startServer } from '../../host/server/server.ts';
import { FakeSource, pattern } from './fake-source.ts';

const TOKEN = 'a-token-of-enough-characters';
let folder: string;
let source: FakeSource;
let server: RunningServer | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidebook-server-'));
  mkdirSync(join(folder, 'web/assets'), { recursive: true });
  writeFileSync(join(folder, 'web/index.html'), '<!doctype html><title>Tidebook</title>');
  writeFileSync(join(folder, 'web/assets/page.js'), 'export {};');
  writeFileSync(join(folder, 'secret.txt'), 'not for the page');
  source = new FakeSource();
  source.begin(pattern(1000, 1), false);
  source.begin(pattern(600_000, 2), true);
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

async function start(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  server = await startServer({ source, port: 0, webFolder: join(folder, 'web'), ...options });
  return server;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
}

/** A request with headers and a path that fetch() would not send as they stand. */
function raw(port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Every refusal names the problem and the remedy. */
function expectRefusal(answer: Answer, status: number): void {
  expect(answer.status).toBe(status);
  const body = JSON.parse(answer.text) as { error: string; remedy: string };
  expect(body.error.length).toBeGreaterThan(5);
  expect(body.remedy.length).toBeGreaterThan(5);
}

describe('what the API gives', () => {
  it('status, session, journal, programs, health and the page', async () => {
    const { url } = await start();
    const get = (path: string): Promise<Response> => fetch(new URL(path, url));
    expect(await (await get('/api/status')).json()).toEqual(source.status());
    expect(await (await get('/api/session')).json()).toEqual(source.session());
    expect(await (await get('/api/journal')).json()).toEqual({ segments: source.journal.segments() });
    expect(await (await get('/healthz')).json()).toEqual({ ok: true });
    const kernels = await get('/kernels.wasm');
    expect(kernels.headers.get('content-type')).toBe('application/wasm');
    expect(new Uint8Array(await kernels.arrayBuffer())).toEqual(source.kernels);
    expect((await get('/strategy.js')).headers.get('content-type')).toContain('text/javascript');
    expect(new Uint8Array(await (await get('/api/journal/snapshots/2')).arrayBuffer())).toEqual(Uint8Array.of(7, 2));
    const page = await get('/');
    expect(await page.text()).toContain('Tidebook');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self' 'wasm-unsafe-eval'");
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe-inline');
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await get('/assets/page.js')).headers.get('content-type')).toContain('text/javascript');
  });

  it('segments by range, in reads of a bounded size', async () => {
    const { url } = await start();
    const at = new URL('/api/journal/segments/2', url);
    const bytes = source.journal.size(2);
    const all = new Uint8Array(await (await fetch(at)).arrayBuffer());
    expect(all).toEqual(pattern(600_000, 2));
    expect(source.largestRead).toBeLessThanOrEqual(256 * 1024);
    for (const [range, from, to] of [
      ['bytes=0-0', 0, 1],
      ['bytes=100-299', 100, 300],
      ['bytes=599990-', 599_990, bytes],
      ['bytes=599990-700000', 599_990, bytes],
      ['bytes=-5', bytes - 5, bytes],
    ] as const) {
      const part = await fetch(at, { headers: { Range: range } });
      expect(part.status).toBe(206);
      expect(part.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/${bytes}`);
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(all.subarray(from, to));
    }
    const beyond = await raw(server!.port, '/api/journal/segments/2', { Range: 'bytes=600000-' });
    expectRefusal(beyond, 416);
    expect(beyond.headers['content-range']).toBe(`bytes */${bytes}`);
    const head = await raw(server!.port, '/api/journal/segments/2', {}, 'HEAD');
    expect(head.headers['content-length']).toBe(String(bytes));
  });
});

describe('what the API refuses', () => {
  it('unknown paths, segments and snapshots, and methods', async () => {
    const { port } = await start();
    expectRefusal(await raw(port, '/nothing'), 404);
    expectRefusal(await raw(port, '/api/nothing'), 404);
    expectRefusal(await raw(port, '/api/journal/segments/3'), 404);
    expectRefusal(await raw(port, '/api/journal/segments/-1'), 404);
    expectRefusal(await raw(port, '/api/journal/snapshots/1'), 404);
    expectRefusal(await raw(port, '/api/status', {}, 'POST'), 405);
  });

  it('paths that climb out of the page folder', async () => {
    const { port } = await start();
    for (const path of [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/%2e%2e%2f%2e%2e%2fsecret.txt',
      '//etc/passwd',
      '/..\\secret.txt',
      '/%00',
    ]) {
      const answer = await raw(port, path);
      expect(answer.status, path).toBe(404);
      expect(answer.text).not.toContain('not for the page');
    }
  });

  it('a Host header that is not its own, and state-changing requests of other sites', async () => {
    const { port } = await start();
    expectRefusal(await raw(port, '/api/status', { Host: 'evil.example' }), 421);
    expectRefusal(await raw(port, '/', { Host: `evil.example:${port}` }), 421);
    expectRefusal(await raw(port, '/api/status', { Host: '10.1.2.3' }), 421);
    expect((await raw(port, '/api/status', { Host: `localhost:${port}` })).status).toBe(200);
    expectRefusal(await raw(port, '/api/status', { Origin: 'http://evil.example' }, 'POST'), 403);
  });

  it('a WebSocket of another site, of another path, or of a place that is not there', async () => {
    const { port } = await start();
    const status = (path: string, origin?: string, host?: string): Promise<number> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, {
          perMessageDeflate: false,
          ...(origin === undefined ? {} : { origin }),
          ...(host === undefined ? {} : { headers: { Host: host } }),
        });
        socket.on('unexpected-response', (_request, response) => {
          response.destroy();
          resolve(response.statusCode!);
        });
        socket.on('open', () => {
          socket.terminate();
          resolve(101);
        });
        socket.on('error', () => undefined);
      });
    const good = '/api/stream?segment=1&offset=0';
    expect(await status(good)).toBe(101);
    expect(await status(good, `http://127.0.0.1:${port}`)).toBe(101);
    expect(await status(good, 'http://evil.example')).toBe(403);
    expect(await status(good, `http://127.0.0.1:${port + 1}`)).toBe(403);
    expect(await status(good, 'null')).toBe(403);
    expect(await status(good, undefined, 'evil.example')).toBe(421);
    expect(await status('/api/other')).toBe(404);
    expect(await status('/api/stream?segment=9&offset=0')).toBe(404);
    expect(await status('/api/stream?segment=1&offset=1001')).toBe(404);
    expect(await status('/api/stream?segment=x')).toBe(400);
  });

  it('more pages than it may have', async () => {
    const { port } = await start({ maxPages: 1 });
    const first = new WebSocket(`ws://127.0.0.1:${port}/api/stream?segment=1&offset=0`);
    await new Promise((resolve) => first.once('open', resolve));
    const code = await new Promise((resolve) => {
      const second = new WebSocket(`ws://127.0.0.1:${port}/api/stream?segment=1&offset=0`);
      second.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      second.on('error', () => undefined);
    });
    expect(code).toBe(503);
    first.terminate();
  });
});

describe('addresses and tokens', () => {
  it('another address needs a token of some length', async () => {
    await expect(start({ address: '0.0.0.0' })).rejects.toThrow(
      /without a token; set a token, or listen on 127\.0\.0\.1/,
    );
    await expect(start({ token: 'short' })).rejects.toThrow(/at least 16/);
  });

  it('with a token set, data needs it, in the header or in the address', async () => {
    const { port } = await start({ token: TOKEN, address: '0.0.0.0' });
    for (const path of ['/api/status', '/api/journal/segments/1', '/kernels.wasm', '/strategy.js']) {
      expectRefusal(await raw(port, path), 401);
      expectRefusal(await raw(port, path, { Authorization: 'Bearer a-token-of-enough-characterz' }), 401);
      expectRefusal(await raw(port, `${path}?token=${TOKEN}x`), 401);
      expect((await raw(port, path, { Authorization: `Bearer ${TOKEN}` })).status).toBe(200);
      expect((await raw(port, `${path}?token=${TOKEN}`)).status).toBe(200);
    }
    expect((await raw(port, '/')).status).toBe(200);
    expect((await raw(port, `/api/status?token=${TOKEN}`, { Host: '10.1.2.3:80' })).status).toBe(200);
    expectRefusal(await raw(port, `/api/status?token=${TOKEN}`, { Host: 'evil.example' }), 421);
    const refused = new WebSocket(`ws://127.0.0.1:${port}/api/stream`);
    refused.on('error', () => undefined);
    const code = await new Promise((resolve) =>
      refused.on('unexpected-response', (_request, response) => resolve(response.statusCode)),
    );
    expect(code).toBe(401);
  });

  it('a taken port is named, with what to do', async () => {
    const { port } = await start();
    await expect(startServer({ source, port, webFolder: folder })).rejects.toThrow(new RegExp(`port ${port} .*--port`));
  });

  it('a request that is not HTTP does not disturb it', async () => {
    const { port, url } = await start();
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('\0\0\0 not http\r\n\r\n'));
      socket.on('close', () => resolve());
      socket.on('error', () => undefined);
      socket.resume();
    });
    expect((await fetch(new URL('/healthz', url))).status).toBe(200);
  });
});
