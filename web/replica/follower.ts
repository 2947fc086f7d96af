/**
 * Keeps a replica at the present, or takes it back to a chosen time: fetches what a session is made of, picks the
 * snapshot to start from, streams the journal, and starts again where the stream breaks off or skips ahead.
 */
import { Agreement } from './agreement.ts';
import { type HostClient, HostError, type StreamText } from './host-client.ts';
import { Observer } from './observer.ts';
import type { FromReplica, ReplicaState } from './protocol.ts';
import { Replica } from './replica.ts';
import type { ReplicaSession, SessionParts } from './session-port.ts';
import { OPENING_BYTES, type Segment, startPoint } from './start-point.ts';

/** Bytes of one range request while stepping back. */
const RANGE_BYTES = 1024 * 1024;
const COLUMNS_MS = 50;
/** Every so many column messages, how things stand. */
const STATE_EVERY = 2;
/** The journal's list is asked for again so often, for the scrubber, ms. */
const SEGMENTS_MS = 5000;
const RETRY_FIRST_MS = 500;
const RETRY_LAST_MS = 8000;

export type OpenSession = (parts: SessionParts) => Promise<ReplicaSession>;
export type LoadModule = (url: string) => Promise<unknown>;

/** What is fetched once for all replicas of a session. */
interface Fetched {
  readonly description: unknown;
  readonly epochNs: bigint;
  readonly kernels: Uint8Array<ArrayBuffer>;
  readonly strategyModule: unknown;
}

export class Follower {
  readonly #client: HostClient;
  readonly #openSession: OpenSession;
  readonly #loadModule: LoadModule;
  readonly #post: (message: FromReplica, transfer?: Transferable[]) => void;
  readonly #agreement = new Agreement();
  #fetched: Fetched | null = null;
  #replica: Replica | null = null;
  #position: ReplicaState['position'] = 'opening';
  #segments: readonly Segment[] = [];
  #segment = 1;
  #hostRecords: number | null = null;
  #hasEnded = false;
  /** Raised whenever another place is chosen; work for an older one stops. */
  #generation = 0;
  #closeStream: () => void = () => undefined;
  #retryMs = RETRY_FIRST_MS;
  #ticks = 0;

  constructor(
    client: HostClient,
    openSession: OpenSession,
    loadModule: LoadModule,
    post: (message: FromReplica, transfer?: Transferable[]) => void,
  ) {
    this.#client = client;
    this.#openSession = openSession;
    this.#loadModule = loadModule;
    this.#post = post;
  }

  start(): void {
    setInterval(() => this.#tick(), COLUMNS_MS);
    setInterval(
      () =>
        void this.#client.segments().then(
          (segments) => (this.#segments = segments),
          () => undefined,
        ),
      SEGMENTS_MS,
    );
    this.live();
  }

  /** Follows the present, with some history before it; `fromSegment`: nothing before that segment. */
  live(fromSegment = 1): void {
    this.#run(async (isCurrent) => {
      this.#position = 'opening';
      await this.#fetch();
      this.#segments = await this.#client.segments();
      const segments = this.#segments.filter((segment) => segment.number >= fromSegment);
      const start = startPoint(segments, segments.at(-1)?.endNs ?? 0, OPENING_BYTES);
      if (start === null)
        throw new HostError('the journal is still empty', 'wait until the first market data has arrived');
      await this.#begin(start, Number.POSITIVE_INFINITY, isCurrent);
      if (!isCurrent()) return;
      this.#position = 'catchingUp';
      this.#stream(start.number, 0);
    });
  }

  /** Shows the session as it was at `relNs`, and stays there. */
  seek(relNs: number): void {
    this.#run(async (isCurrent) => {
      this.#position = 'catchingUp';
      await this.#fetch();
      this.#segments = await this.#client.segments();
      const start = startPoint(this.#segments, relNs);
      if (start === null) return;
      const replica = await this.#begin(start, relNs, isCurrent);
      for (const segment of this.#segments) {
        if (segment.number < start.number) continue;
        replica?.beginSegment(0);
        for (let at = 0; at < segment.bytes; at += RANGE_BYTES) {
          if (!isCurrent() || replica === null || replica.isDone) break;
          const bytes = await this.#client.range(segment.number, at, Math.min(segment.bytes, at + RANGE_BYTES));
          if (isCurrent()) replica.push(bytes);
        }
      }
      if (isCurrent()) this.#position = 'history';
    });
  }

  /** Says the hashes of the present state; the state's own is too long a sum to be told with every state message. */
  hashes(): void {
    const session = this.#replica?.session;
    this.#post({
      type: 'hashes',
      hashes:
        session === undefined
          ? null
          : {
              records: session.records,
              inputHash: session.inputHash(),
              commandHash: session.commandHash(0),
              stateHash: session.stateHash(0),
            },
    });
  }

  /** Runs `work` as the newest wish. A failure is told, and the present tried again after a while. */
  #run(work: (isCurrent: () => boolean) => Promise<void>): void {
    const generation = ++this.#generation;
    this.#closeStream();
    const isCurrent = (): boolean => generation === this.#generation;
    work(isCurrent).catch((error: unknown) => {
      if (isCurrent()) this.#fail(error);
    });
  }

  async #fetch(): Promise<void> {
    const description = await this.#client.json('/api/session');
    // A host that was started anew has another session; what was fetched of the old one is void.
    if (this.#fetched !== null && JSON.stringify(description) === JSON.stringify(this.#fetched.description)) return;
    const { epochNs, strategySha256 } = description as { epochNs?: string | null; strategySha256?: string };
    if (typeof epochNs !== 'string') {
      throw new HostError('the host has not begun its session yet', 'wait until the first market data has arrived');
    }
    // A module is loaded once for each address, so that another strategy needs another one.
    const strategy = this.#client.address(`/strategy.js?sha256=${strategySha256 ?? ''}`);
    const [kernels, strategyModule] = await Promise.all([
      this.#client.bytes('/kernels.wasm'),
      this.#loadModule(strategy.href),
    ]);
    this.#fetched = { description, epochNs: BigInt(epochNs), kernels, strategyModule };
    this.#hasEnded = false;
  }

  /** A fresh session at the start of a segment. Null where another wish came meanwhile. */
  async #begin(start: Segment, untilNs: number, isCurrent: () => boolean): Promise<Replica | null> {
    const fetched = this.#fetched!;
    const snapshot = start.hasSnapshot ? await this.#client.bytes(`/api/journal/snapshots/${start.number}`) : null;
    let observer: Observer | null = null;
    const session = await this.#openSession({
      description: fetched.description,
      kernels: fetched.kernels,
      strategyModule: fetched.strategyModule,
      sink: (records, count) => observer?.derived(records, count),
    });
    if (snapshot !== null) session.restore(snapshot);
    if (!isCurrent()) return null;
    observer = new Observer(session, fetched.epochNs);
    this.#agreement.restart();
    this.#hostRecords = null;
    this.#replica = new Replica(session, observer, this.#agreement, fetched.epochNs, untilNs);
    this.#segment = start.number;
    this.#post({
      type: 'opened',
      epochMs: Number(fetched.epochNs / 1_000_000n),
      instruments: session.instruments,
      accounts: session.accounts,
      ladderRows: session.ladderRows,
    });
    this.#post({ type: 'clear' });
    return this.#replica;
  }

  #stream(segment: number, offset: number): void {
    const replica = this.#replica!;
    this.#segment = segment;
    replica.beginSegment(offset);
    this.#closeStream = this.#client.stream(segment, offset, {
      bytes: (bytes) => {
        this.#retryMs = RETRY_FIRST_MS;
        this.#guard(() => replica.push(bytes));
        this.#noticeCaughtUp();
      },
      text: (message) => this.#text(message),
      closed: () => this.#reconnect(),
    });
  }

  #text(message: StreamText): void {
    if (message.type === 'hashes') {
      this.#hostRecords = message.records;
      this.#agreement.host(message);
      this.#noticeCaughtUp();
    } else if (message.type === 'status') {
      this.#hasEnded = message.ended !== null;
      this.#post({ type: 'host', status: message });
    } else if (message.type === 'segment') {
      this.#segment = message.number;
      this.#replica?.beginSegment(0);
    } else {
      // The replica cannot jump; a fresh one starts from that snapshot or a newer one.
      this.live(message.segment);
    }
  }

  #noticeCaughtUp(): void {
    if (this.#position !== 'catchingUp' || this.#hostRecords === null) return;
    if ((this.#replica?.session.records ?? 0) >= this.#hostRecords) this.#position = 'live';
  }

  /** Goes on where the stream broke off, as long as the host still runs the same session. */
  #reconnect(): void {
    const generation = this.#generation;
    this.#position = 'disconnected';
    const wait = this.#nextRetryMs();
    setTimeout(() => {
      if (generation !== this.#generation) return;
      const before = this.#fetched;
      Promise.all([this.#fetch(), this.#client.segments()]).then(
        ([, segments]) => {
          if (generation !== this.#generation) return;
          // The journal may have given up the segment meanwhile.
          const isThere = segments.some((segment) => segment.number === this.#segment);
          if (this.#fetched !== before || !isThere) {
            this.live();
            return;
          }
          this.#position = 'catchingUp';
          this.#stream(this.#segment, this.#replica?.offsetBytes ?? 0);
        },
        () => {
          if (generation === this.#generation) this.#reconnect();
        },
      );
    }, wait);
  }

  #nextRetryMs(): number {
    const wait = this.#retryMs;
    this.#retryMs = Math.min(RETRY_LAST_MS, 2 * wait);
    return wait;
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#generation++;
      this.#closeStream();
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const isHost = error instanceof HostError;
    this.#position = 'disconnected';
    this.#post({
      type: 'failure',
      message: error instanceof Error ? error.message : String(error),
      remedy: isHost
        ? error.remedy
        : 'reload the page; if it happens again, run "tidebook replay" over the journal and report what it says',
    });
    if (!isHost) return;
    const generation = this.#generation;
    setTimeout(() => {
      if (generation === this.#generation) this.live();
    }, this.#nextRetryMs());
  }

  #tick(): void {
    const replica = this.#replica;
    if (replica === null) return;
    const { session, observer } = replica;
    session.instruments.forEach((_, instrument) => {
      const batch = observer.takeColumns(instrument);
      if (batch.count > 0) this.#post({ type: 'columns', instrument, batch }, [batch.meta.buffer, batch.sizes.buffer]);
    });
    const fills = observer.takeFills();
    if (fills.length > 0) this.#post({ type: 'fills', fills });
    if (this.#ticks++ % STATE_EVERY === 0) this.#post(this.#state(replica));
  }

  #state({ session, observer }: Replica): ReplicaState {
    return {
      type: 'state',
      position: this.#position === 'disconnected' && this.#hasEnded ? 'live' : this.#position,
      nowRelNs: session.nowRelNs,
      startRelNs: this.#segments[0]?.startNs ?? 0,
      endRelNs: Math.max(this.#segments.at(-1)?.endNs ?? 0, session.nowRelNs),
      records: session.records,
      decisions: session.decisions,
      inputHash: session.inputHash(),
      commandHash: session.commandHash(0),
      agreedRecords: this.#agreement.records,
      difference: this.#agreement.difference,
      books: session.instruments.map((_, i) => {
        const { bookState, bookCause, bidTicks, bidLots, askTicks, askLots } = session.book(i);
        return { bookState, bookCause, bidTicks, bidLots, askTicks, askLots };
      }),
      orders: session.orders(0).map((order) => ({ ...order })),
      positionsLots: session.instruments.map((_, i) => session.positionLots(0, i)),
      equity: { ...session.equity(0) },
      ladders: observer.ladders(),
    };
  }
}
