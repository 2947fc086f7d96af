/**
 * One page's way through the journal: the bytes of a segment from an offset on, then of the next one, then live.
 *
 * The host keeps no queue for a page. What the page has not taken yet stands in the journal's files; here is only its
 * place in them. Bytes are read when fewer than SEND_AHEAD_BYTES wait in the socket, so a page that stops reading costs
 * that much and no more. One that has fallen further behind than `maxLagBytes` is told to start again from the newest
 * snapshot, and goes on from there.
 */
import type { WebSocket } from 'ws';
import type { HostSource, JournalSource } from './source.ts';

/** Bytes handed to the socket and not yet sent, above which nothing is read for this page. */
export const SEND_AHEAD_BYTES = 1024 * 1024;
/** Largest binary message. */
export const MESSAGE_BYTES = 256 * 1024;

export interface StreamPlace {
  readonly segment: number;
  readonly offset: number;
}

export interface StreamOptions {
  readonly start: StreamPlace;
  readonly maxLagBytes: number;
  /** Period of the hashes and status messages, ms. */
  readonly statusMs: number;
}

/** Streams to `socket` until it closes. `onFailure` hears of a journal that cannot be read; the page is then closed. */
export class JournalStream {
  readonly #socket: WebSocket;
  readonly #source: HostSource;
  readonly #options: StreamOptions;
  readonly #onFailure: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  #segment: number;
  #offset: number;
  #isPumping = false;
  #isClosed = false;

  constructor(socket: WebSocket, source: HostSource, options: StreamOptions, onFailure: (error: unknown) => void) {
    this.#socket = socket;
    this.#source = source;
    this.#options = options;
    this.#onFailure = onFailure;
    this.#segment = options.start.segment;
    this.#offset = options.start.offset;
    this.#unsubscribe = source.journal.onAppend(() => this.#wake());
    this.#timer = setInterval(() => this.#tick(), options.statusMs);
    socket.on('close', () => this.close());
    this.#tick();
  }

  /** Where the next byte for this page stands. */
  get place(): StreamPlace {
    return { segment: this.#segment, offset: this.#offset };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#unsubscribe();
  }

  #hasRoom(): boolean {
    return this.#socket.readyState === this.#socket.OPEN && this.#socket.bufferedAmount < SEND_AHEAD_BYTES;
  }

  /** A page that does not read gets no status either, or its socket's buffer would grow by it. */
  #tick(): void {
    if (this.#isClosed) return;
    if (this.#hasRoom()) {
      this.#sendText({ type: 'hashes', ...this.#source.hashes() });
      this.#sendText({ type: 'status', ...this.#source.status() });
    }
    this.#wake();
  }

  #sendText(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  #wake(): void {
    if (this.#isPumping || this.#isClosed) return;
    this.#isPumping = true;
    this.#pump().then(
      () => {
        this.#isPumping = false;
      },
      (error: unknown) => {
        this.#isPumping = false;
        this.close();
        this.#socket.close(1011, 'the journal cannot be read');
        this.#onFailure(error);
      },
    );
  }

  /** Sends what there is, as far as the socket takes it; the next append or the timer wakes it again. */
  async #pump(): Promise<void> {
    const { journal } = this.#source;
    while (!this.#isClosed && this.#hasRoom()) {
      this.#skipWhereTooFarBehind();
      const available = journal.size(this.#segment) - this.#offset;
      if (available <= 0) {
        if (!this.#goToNextSegment()) return;
        continue;
      }
      const length = Math.min(MESSAGE_BYTES, available);
      const bytes = await journal.read(this.#segment, this.#offset, length);
      if (this.#isClosed) return;
      if (bytes.byteLength === 0) return;
      this.#offset += bytes.byteLength;
      this.#socket.send(bytes, { binary: true }, () => this.#wake());
    }
  }

  #goToNextSegment(): boolean {
    const next = this.#source.journal.segments().find((segment) => segment.number > this.#segment);
    if (next === undefined) return false;
    this.#segment = next.number;
    this.#offset = 0;
    this.#sendText({ type: 'segment', number: next.number });
    return true;
  }

  #skipWhereTooFarBehind(): void {
    const { journal } = this.#source;
    // Where the journal keeps less than maxLagBytes, the page's segment may be deleted while it does not read.
    const isGone = !journal.segments().some((segment) => segment.number === this.#segment);
    if (!isGone && lagBytes(journal, this.place) <= this.#options.maxLagBytes) return;
    const newest = newestSnapshot(journal);
    // Without a snapshot further on there is nothing to skip to.
    if (newest === null || newest <= this.#segment) return;
    this.#segment = newest;
    this.#offset = 0;
    this.#sendText({ type: 'reset', segment: newest, offset: 0 });
  }
}

/** Bytes of the journal behind `place`. */
function lagBytes(journal: JournalSource, place: StreamPlace): number {
  let bytes = journal.size(place.segment) - place.offset;
  const segments = journal.segments();
  for (let i = segments.length - 1; i >= 0 && segments[i]!.number > place.segment; i--)
    bytes += journal.size(segments[i]!.number);
  return bytes;
}

/** Number of the newest segment that has a snapshot, or null. */
function newestSnapshot(journal: JournalSource): number | null {
  const segments = journal.segments();
  for (let i = segments.length - 1; i >= 0; i--) if (segments[i]!.hasSnapshot) return segments[i]!.number;
  return null;
}
