/** The HTTP side: status, session, the journal's bytes by range, the two programs, and the page's own files. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type AccessOptions, checkHost, checkOrigin, checkToken } from './access.ts';
import { setSecurityHeaders } from './headers.ts';
import { Problem } from './problem.ts';
import { parseRange } from './range.ts';
import type { HostSource } from './source.ts';
import { findStaticFile, type StaticFiles } from './static-files.ts';

/** Bytes read from the journal at a time; also what one request holds in memory. */
const CHUNK_BYTES = 256 * 1024;

export interface HttpContext {
  readonly source: HostSource;
  readonly access: AccessOptions;
  readonly files: StaticFiles;
}

/** Answers one request. Never throws: a failure becomes `{ error, remedy }`. */
export async function answer(request: IncomingMessage, response: ServerResponse, context: HttpContext): Promise<void> {
  try {
    setSecurityHeaders(response);
    checkHost(request, context.access);
    const url = new URL(request.url ?? '/', 'http://host');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      checkOrigin(request);
      response.setHeader('Allow', 'GET, HEAD');
      throw new Problem(
        405,
        `${request.method ?? ''} is not allowed`,
        'use GET; the host is operated from its command line',
      );
    }
    await route(request, response, url, context);
  } catch (error) {
    refuse(response, error);
  }
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  context: HttpContext,
): Promise<void> {
  const { source, files, access } = context;
  const path = url.pathname;
  if (path === '/healthz') {
    sendJson(request, response, { ok: true });
    return;
  }
  const isData = path.startsWith('/api/') || path === '/kernels.wasm' || path === '/strategy.js';
  if (!isData) {
    // The page's own files hold nothing of the session; it hands the token on to what does.
    const file = findStaticFile(files, path);
    if (path.startsWith('/assets/')) response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
    sendBytes(request, response, file.bytes, file.type);
    return;
  }
  checkToken(request, url.searchParams, access);
  if (path === '/api/status') sendJson(request, response, source.status());
  else if (path === '/api/session') sendJson(request, response, source.session());
  else if (path === '/api/journal') sendJson(request, response, { segments: source.journal.segments() });
  else if (path === '/kernels.wasm') sendBytes(request, response, source.kernels, 'application/wasm');
  else if (path === '/strategy.js') sendBytes(request, response, source.strategy, 'text/javascript; charset=utf-8');
  else {
    const match = /^\/api\/journal\/(segments|snapshots)\/(\d{1,9})$/.exec(path);
    if (match === null)
      throw new Problem(404, `there is nothing at ${path}`, 'see /api/status, /api/session and /api/journal');
    const number = Number(match[2]);
    if (match[1] === 'snapshots') sendSnapshot(request, response, source, number);
    else await sendSegment(request, response, source, number);
  }
}

function sendSnapshot(request: IncomingMessage, response: ServerResponse, source: HostSource, number: number): void {
  const bytes = source.journal.snapshot(number);
  if (bytes === null) {
    throw new Problem(
      404,
      `segment ${number} has no snapshot`,
      'take a segment whose hasSnapshot is true in /api/journal, or replay from segment 1',
    );
  }
  sendBytes(request, response, bytes, 'application/octet-stream');
}

/** The segment as it is now; what is appended meanwhile is not part of the answer. */
async function sendSegment(
  request: IncomingMessage,
  response: ServerResponse,
  source: HostSource,
  number: number,
): Promise<void> {
  const { journal } = source;
  if (!journal.segments().some((segment) => segment.number === number)) {
    throw new Problem(404, `there is no segment ${number}`, 'see /api/journal for those there are');
  }
  const size = journal.size(number);
  response.setHeader('Accept-Ranges', 'bytes');
  let range;
  try {
    range = parseRange(request.headers.range, size);
  } catch (error) {
    response.setHeader('Content-Range', `bytes */${size}`);
    throw error;
  }
  if (range.isPartial) response.setHeader('Content-Range', `bytes ${range.start}-${range.end - 1}/${size}`);
  response.writeHead(range.isPartial ? 206 : 200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': range.end - range.start,
  });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  for (let at = range.start; at < range.end && !response.destroyed; at += CHUNK_BYTES) {
    const bytes = await journal.read(number, at, Math.min(CHUNK_BYTES, range.end - at));
    // A reader that does not read holds one chunk here and no more.
    if (!response.write(bytes) && !gone.signal.aborted) {
      await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
    }
  }
  response.end();
}

function sendJson(request: IncomingMessage, response: ServerResponse, value: unknown): void {
  sendBytes(request, response, Buffer.from(JSON.stringify(value)), 'application/json; charset=utf-8');
}

function sendBytes(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array, type: string): void {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.byteLength });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Says what is wrong, where the answer has not begun; cuts it off where it has, so that it is not taken for whole. */
export function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const problem =
    error instanceof Problem
      ? error
      : new Problem(
          500,
          `the host failed to answer: ${error instanceof Error ? error.message : String(error)}`,
          'see the log of the host',
        );
  const body = JSON.stringify({ error: problem.message, remedy: problem.remedy });
  response.writeHead(problem.status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}
