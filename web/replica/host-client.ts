/** The page's requests to its host: JSON, bytes, ranges, and the stream. Failures name what was asked and the remedy that the host gave. */
import type { StatusJson } from '../../host/session/status.ts';
import type { PageHashes } from './agreement.ts';
import type { Segment } from './start-point.ts';

/** A request that the host refused or did not answer. */
export class HostError extends Error {
  readonly remedy: string;
  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

export type StreamText =
  | ({ readonly type: 'hashes' } & PageHashes)
  | ({ readonly type: 'status' } & StatusJson)
  | { readonly type: 'segment'; readonly number: number }
  | { readonly type: 'reset'; readonly segment: number; readonly offset: number };

export interface StreamHandlers {
  bytes(bytes: Uint8Array): void;
  text(message: StreamText): void;
  closed(): void;
}

export class HostClient {
  readonly #base: URL;
  readonly #token: string | null;

  /** `url` of the page, with `?token=` where the host wants one. */
  constructor(url: string) {
    this.#base = new URL(url);
    this.#token = this.#base.searchParams.get('token');
  }

  /** A path of the host as an address, token included. */
  address(path: string): URL {
    const url = new URL(path, this.#base);
    if (this.#token !== null) url.searchParams.set('token', this.#token);
    return url;
  }

  async json(path: string): Promise<unknown> {
    return (await this.#get(path)).json();
  }

  async bytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await this.#get(path)).arrayBuffer());
  }

  async segments(): Promise<readonly Segment[]> {
    return ((await this.json('/api/journal')) as { segments: Segment[] }).segments;
  }

  /** Bytes `from` to `to` (not included, cut off at the end) of a segment. */
  async range(segment: number, from: number, to: number): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.#get(`/api/journal/segments/${segment}`, { Range: `bytes=${from}-${to - 1}` });
    return new Uint8Array(await response.arrayBuffer());
  }

  /** Opens the stream; the result closes it, after which no handler is called. */
  stream(segment: number, offset: number, handlers: StreamHandlers): () => void {
    const url = this.address(`/api/stream?segment=${segment}&offset=${offset}`);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    let isOpen = true;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      if (!isOpen) return;
      if (typeof event.data === 'string') handlers.text(JSON.parse(event.data) as StreamText);
      else handlers.bytes(new Uint8Array(event.data));
    };
    socket.onclose = () => {
      if (isOpen) handlers.closed();
      isOpen = false;
    };
    return () => {
      isOpen = false;
      socket.close();
    };
  }

  async #get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(this.address(path), { headers });
    } catch {
      throw new HostError(
        'the host does not answer',
        'see whether it is still running; this page tries again by itself',
      );
    }
    if (response.ok) return response;
    const body = (await response.json().catch(() => ({}))) as { error?: string; remedy?: string };
    throw new HostError(
      body.error ?? `${path} gave status ${response.status}`,
      body.remedy ?? 'see the log of the host',
    );
  }
}
