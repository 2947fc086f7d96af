/** The part of the venue's REST interface that the replay server answers, with the venue's own errors. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultPlan } from './faults.ts';
import type { SnapshotDesk } from './snapshot-desk.ts';

/** The depth limits that the venue accepts. */
const DEPTH_LIMITS = [5, 10, 20, 50, 100, 500, 1000];
const DEFAULT_DEPTH_LIMIT = 500;

export interface RestContext {
  readonly desks: ReadonlyMap<string, SnapshotDesk>;
  readonly faults: FaultPlan;
  /** Whether a request for this desk is kept until the stream reaches the recorded snapshot. */
  mayWait(desk: SnapshotDesk): boolean;
  requested(): void;
  /** Venue time at the present position, ms since 1970. */
  venueTimeMs(): number;
}

function send(
  response: ServerResponse,
  status: number,
  body: Buffer | string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json;charset=UTF-8',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

function sendError(response: ServerResponse, status: number, code: number, msg: string): void {
  send(response, status, JSON.stringify({ code, msg }));
}

/** The greatest common step of decimal texts, as text with their number of decimals: 58710.20, 58710.10 -> 0.10 */
export function commonStep(decimals: Iterable<string>): string {
  let step = 0;
  let places = 0;
  for (const text of decimals) {
    const point = text.indexOf('.');
    places = Math.max(places, point < 0 ? 0 : text.length - point - 1);
    let rest = Number(text.replace('.', ''));
    while (rest !== 0) [step, rest] = [rest, step % rest];
  }
  return (step / 10 ** places).toFixed(places);
}

/** What the recorded snapshot tells of the symbol: the steps in which its prices and quantities stand. */
function symbolInfo(desk: SnapshotDesk): object {
  const base = desk.symbol.replace(/(USDT|USDC|BUSD)$/, '');
  const quote = desk.symbol.slice(base.length);
  const common = { symbol: desk.symbol, pair: desk.symbol, contractType: 'PERPETUAL', status: 'TRADING' };
  if (desk.recorded === undefined)
    return { ...common, baseAsset: base, quoteAsset: quote, marginAsset: quote, filters: [] };
  const { bids, asks } = JSON.parse(desk.recorded.toString()) as Record<'bids' | 'asks', [string, string][]>;
  const levels = [...bids, ...asks];
  const tickSize = commonStep(levels.map(([price]) => price));
  const stepSize = commonStep(levels.map(([, quantity]) => quantity));
  return {
    ...common,
    baseAsset: base,
    quoteAsset: quote,
    marginAsset: quote,
    pricePrecision: (tickSize.split('.')[1] ?? '').length,
    quantityPrecision: (stepSize.split('.')[1] ?? '').length,
    filters: [
      { filterType: 'PRICE_FILTER', tickSize },
      { filterType: 'LOT_SIZE', stepSize, minQty: stepSize },
    ],
  };
}

function depth(url: URL, context: RestContext, response: ServerResponse): void {
  const refusal = context.faults.takeRestRefusal();
  if (refusal !== undefined) {
    const { status, retryAfterSeconds } = refusal;
    const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
    send(response, status, JSON.stringify({ code: -1003, msg: 'Too many requests.' }), headers);
    return;
  }
  const symbol = url.searchParams.get('symbol');
  if (symbol === null || symbol === '') {
    sendError(response, 400, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.");
    return;
  }
  const desk = context.desks.get(symbol.toUpperCase());
  if (desk === undefined) {
    sendError(response, 400, -1121, 'Invalid symbol.');
    return;
  }
  const limit = Number(url.searchParams.get('limit') ?? DEFAULT_DEPTH_LIMIT);
  if (!DEPTH_LIMITS.includes(limit)) {
    sendError(response, 400, -4021, `${url.searchParams.get('limit') ?? ''} is not valid depth limit`);
    return;
  }
  const isAnswered = desk.request(limit, context.mayWait(desk), (body) => {
    if (response.destroyed) return Promise.resolve();
    const done = new Promise<void>((resolve) => {
      response.once('finish', resolve);
      response.once('close', resolve);
    });
    send(response, 200, body);
    return done;
  });
  if (!isAnswered) sendError(response, 503, -1000, `The recording does not tell the book of ${desk.symbol} here.`);
  context.requested();
}

/** Answers one request. */
export function answerRest(context: RestContext, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (request.method !== 'GET') {
    sendError(response, 405, -1000, 'The replay server answers GET only.');
    return;
  }
  switch (url.pathname) {
    case '/fapi/v1/ping':
      send(response, 200, '{}');
      break;
    case '/fapi/v1/time':
      send(response, 200, JSON.stringify({ serverTime: context.venueTimeMs() }));
      break;
    case '/fapi/v1/exchangeInfo': {
      const symbols = [...context.desks.values()].map(symbolInfo);
      send(response, 200, JSON.stringify({ timezone: 'UTC', serverTime: context.venueTimeMs(), symbols }));
      break;
    }
    case '/fapi/v1/depth':
      depth(url, context, response);
      break;
    default:
      sendError(response, 404, -5000, `Path ${url.pathname}, Method GET is invalid`);
  }
}
