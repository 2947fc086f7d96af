/**
 * The requests that a client sends over a stream connection, and the venue's answers to right and wrong ones.
 */

const METHODS = ['SUBSCRIBE', 'UNSUBSCRIBE', 'LIST_SUBSCRIPTIONS', 'SET_PROPERTY', 'GET_PROPERTY'];
/** The venue's limit for one connection. */
const MAX_STREAMS = 200;

/** The part of a connection that requests change. */
export interface StreamSubscriptions {
  readonly streams: Set<string>;
  /** Frames are wrapped in `{"stream":...,"data":...}`. */
  isCombined: boolean;
}

function error(code: number, msg: string, id?: number | string): string {
  return JSON.stringify(id === undefined ? { error: { code, msg } } : { error: { code, msg }, id });
}

/** Performs the request in `text` on `subscriptions` and gives the answer to send. */
export function answerStreamRequest(text: string, subscriptions: StreamSubscriptions): string {
  let request: { method?: unknown; params?: unknown; id?: unknown };
  try {
    request = JSON.parse(text) as typeof request;
  } catch {
    return error(3, 'Invalid JSON: expected value at line 1 column 1');
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    return error(2, 'Invalid request: expected an object');
  }
  const { method, id } = request;
  const params: unknown = request.params ?? [];
  if (!(typeof id === 'string' || (typeof id === 'number' && Number.isInteger(id) && id >= 0))) {
    return error(2, 'Invalid request: request ID must be an unsigned integer');
  }
  if (method === undefined) return error(2, 'Invalid request: missing field `method`', id);
  if (typeof method !== 'string' || !METHODS.includes(method)) {
    const what = typeof method === 'string' ? method : JSON.stringify(method);
    return error(2, `Invalid request: unknown variant \`${what}\`, expected one of ${METHODS.join(', ')}`, id);
  }
  if (!Array.isArray(params)) return error(2, 'Invalid request: params must be an array', id);
  const { streams } = subscriptions;
  switch (method) {
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE': {
      const names = params as unknown[];
      if (names.length === 0 || !names.every((name) => typeof name === 'string' && name !== '')) {
        return error(2, 'Invalid request: params must be names of streams', id);
      }
      if (method === 'UNSUBSCRIBE') for (const name of names) streams.delete(name as string);
      else {
        if (new Set([...streams, ...names]).size > MAX_STREAMS) {
          return error(2, `Invalid request: more than ${MAX_STREAMS} streams on one connection`, id);
        }
        for (const name of names) streams.add(name as string);
      }
      return JSON.stringify({ result: null, id });
    }
    case 'LIST_SUBSCRIPTIONS':
      return JSON.stringify({ result: [...streams], id });
    default: {
      if (params[0] !== 'combined') return error(0, 'Unknown property', id);
      if (method === 'GET_PROPERTY') return JSON.stringify({ result: subscriptions.isCombined, id });
      if (typeof params[1] !== 'boolean') return error(1, 'Invalid value type: expected Boolean', id);
      subscriptions.isCombined = params[1];
      return JSON.stringify({ result: null, id });
    }
  }
}
