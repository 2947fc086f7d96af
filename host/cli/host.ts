/**
 * The live host: venues in, one session, journal out, and what the dashboard asks for. Bytes of a venue become records
 * (VenueFeed), records go through the session, and what went in and what came out stands in the journal before anything
 * leaves. It starts with `start()`, and ends with the recording, an operator's shutdown, or an error of the disk.
 */
import { Worker } from 'node:worker_threads';
import { Kind, NO_INSTRUMENT, OperatorAction, RECORD_BYTES } from '#generated/records.ts';
import type { Logger } from 'pino';
import { JournalReader } from '../capture/journal-reader.ts';
import { JournalWriter, JournalWriteError } from '../capture/journal-writer.ts';
import { listNumbers } from '../capture/journal-files.ts';
import { openJournal } from '../capture/journal-open.ts';
import { HostClock } from '../events/clock.ts';
import { BlockType } from '../events/journal-format.ts';
import type { SegmentHeader } from '../events/journal-format.ts';
import { Records } from '../events/record.ts';
import { Session } from '../session/session.ts';
import type { SessionConfig } from '../session/config.ts';
import { VenueFeed } from '../venues/feed.ts';
import { nodeDependencies } from '../venues/node-transport.ts';
import { venueKind } from '../venues/registry.ts';
import type { VenueClient, VenueHandler } from '../venues/venue.ts';
import { Comparison } from './comparison.ts';
import { isSameProgram, snapshotFor } from './journaled-session.ts';
import type { Programs } from './journaled-session.ts';
import { LatencyHistogram } from './latency.ts';
import { decodersProgram, kernelsProgram, packageVersion, sha256Text } from './programs.ts';
import type { LoadedStrategy, Program } from './programs.ts';
import { inputHasher } from './input-hasher.ts';
import type { ReplicaReport } from './replica-worker.ts';
import { strategiesOf } from '../session/strategies.ts';

export interface HostVenue {
  readonly name: string;
  readonly websocketUrl: string;
  readonly restUrl: string;
  readonly channels?: readonly string[];
}

export interface HostSettings {
  readonly clock: { readonly source: 'wall' | 'venue'; readonly feedLatencyMs: number };
  readonly journal: {
    readonly directory: string;
    readonly flushMs: number;
    readonly segmentBytes: number;
    readonly segmentNs?: number;
    readonly retainSegments?: number;
  };
  readonly venues: readonly HostVenue[];
  readonly strategy: LoadedStrategy;
  readonly session: (epochNs: bigint) => SessionConfig;
  readonly log: Logger;
  /** Where build/host/replica.js lies; without it no snapshots are taken. */
  readonly replica?: string;
}

export type HostState = 'connecting' | 'running' | 'ended';
export type FeedState = 'connecting' | 'live' | 'silent' | 'disconnected' | 'ended';

/** Hashes at the end of what is written. */
export interface WrittenHashes {
  readonly records: number;
  readonly inputHash: string;
  readonly commandHash: string;
}

const NS_PER_MS = 1e6;
const DAY_NS = 86_400_000_000_000n;
/** Heartbeat of the host: flushes the journal, writes clock records in silence. */
const TICK_MS = 10;
/** With clock `wall`: longest silence in the journal. */
const SILENCE_MS = 50;
/** Journal time that own orders get to be cancelled in at the end, and its step. */
const CLOSING_NS = 10e9;
const CLOSING_STEP_NS = 20e6;
/** A frame without any change for so long makes a feed `silent` on the dashboard. */
const SILENT_NS = 3e9;

export class Host {
  readonly latency = {
    decode: new LatencyHistogram(),
    core: new LatencyHistogram(),
    decide: new LatencyHistogram(),
    total: new LatencyHistogram(),
  };
  readonly kernels: Program;
  readonly settings: HostSettings;
  readonly started = performance.now();
  state: HostState = 'connecting';
  /** Why it ended, a sentence. */
  endReason = '';
  session: Session | undefined;
  writer: JournalWriter | undefined;
  clock: HostClock | undefined;
  written: WrittenHashes = { records: 0, inputHash: '', commandHash: '' };
  lastCheckpoint: { records: number; stateHash: string } | undefined;
  readonly feedStates: FeedState[];
  readonly #log: Logger;
  readonly #kernelsModule: WebAssembly.Module;
  readonly #decodersModule: WebAssembly.Module;
  readonly #clients: VenueClient[] = [];
  readonly #feeds: VenueFeed[] = [];
  /** Reports that came before the session was ready, in their order; a socket's backlog at most. */
  readonly #early: (() => void)[] = [];
  #isReady = false;
  readonly #one = Records.allocate(1);
  readonly #appendListeners = new Set<() => void>();
  readonly #readyListeners: (() => void)[] = [];
  #replica: Worker | undefined;
  #tick: NodeJS.Timeout | undefined;
  #lastFrameUs = 0;
  #frameStartUs = 0;
  #decideStartUs = 0;
  #open: number;
  #finish: (() => void) | undefined;
  #stopping = false;
  /** Own orders had their time to end: no record follows. */
  #ending = false;
  #hasCommands = false;
  /** Accounts whose strategy has failed and was spoken of. */
  readonly #reported = new Set<number>();
  /** Resolves when the session is over and the journal closed. */
  readonly done: Promise<void>;

  constructor(settings: HostSettings) {
    this.settings = settings;
    this.#log = settings.log;
    this.kernels = kernelsProgram();
    this.#kernelsModule = new WebAssembly.Module(this.kernels.bytes);
    this.#decodersModule = new WebAssembly.Module(decodersProgram().bytes);
    this.#open = settings.venues.length;
    this.feedStates = settings.venues.map(() => 'connecting');
    this.done = new Promise((resolve) => (this.#finish = resolve));
  }

  /** Connects to the venues. With clock `wall` the journal is opened at once, else with the first frame, which has the time. */
  start(): void {
    const { clock, venues } = this.settings;
    if (clock.source === 'wall') {
      this.#openAt(BigInt(Date.now()) * 1_000_000n);
      this.#isReady = true;
    }
    const dependencies = nodeDependencies();
    venues.forEach((venue, index) => {
      const instruments = this.settings
        .session(0n)
        .instruments.filter((x) => x.venueIndex === index)
        .map((x) => ({ symbol: x.symbol, instrument: x.index }));
      const client = venueKind(venue.name).client(
        {
          venue: index,
          websocketUrl: venue.websocketUrl,
          restUrl: venue.restUrl,
          instruments,
          ...(venue.channels ? { channels: venue.channels } : {}),
        },
        dependencies,
        this.#handler(),
      );
      this.#clients.push(client);
      client.start();
    });
    this.#tick = setInterval(() => this.#guard(() => this.#onTick()), TICK_MS);
  }

  /** Called whenever bytes were added to the journal. Returns the function that ends it. */
  onAppend(listener: () => void): () => void {
    this.#appendListeners.add(listener);
    return () => this.#appendListeners.delete(listener);
  }

  /** Calls back once there is a session. */
  whenReady(listener: () => void): void {
    if (this.session !== undefined) listener();
    else this.#readyListeners.push(listener);
  }

  // --- the journal and the session -----------------------------------------------------------------------------------

  #openAt(nowUnixNs: bigint): void {
    const { journal, clock, strategy, session: resolve } = this.settings;
    const epochOfJournal = this.#epochOfJournal();
    const continued = epochOfJournal !== undefined;
    const epochNs = epochOfJournal ?? nowUnixNs - (nowUnixNs % DAY_NS);
    const config = resolve(epochNs);
    const strategies = strategiesOf(config, strategy.strategy);
    const session = new Session({ kernels: this.#kernelsModule, config, strategies });
    const text = JSON.stringify(config);
    const programs: Programs = {
      configSha256: sha256Text(text),
      strategySha256: strategy.sha256,
      kernelsSha256: this.kernels.sha256,
    };
    const definitions = JSON.stringify(config.instruments);
    const hostClock = new HostClock({ epochNs, source: clock.source, feedLatencyNs: clock.feedLatencyMs * NS_PER_MS });
    if (clock.source === 'wall') {
      const wallNs = Number(BigInt(Date.now()) * 1_000_000n - epochNs);
      hostClock.anchor(wallNs, performance.now() * NS_PER_MS);
    }
    const writer = JournalWriter.open(journal.directory, {
      header: {
        tidebookVersion: packageVersion(),
        ...programs,
        session: { clock: hostClock.describe(), schedule: 'asReceived' },
        epochNs,
      },
      config: text,
      definitions,
      strategy: strategy.bytes,
      hasher: inputHasher(this.#kernelsModule),
      flushMs: journal.flushMs,
      segmentBytes: journal.segmentBytes,
      ...(journal.segmentNs === undefined ? {} : { segmentNs: journal.segmentNs }),
      ...(journal.retainSegments === undefined ? {} : { retainSegments: journal.retainSegments }),
      onAppend: () => {
        for (const listener of this.#appendListeners) listener();
      },
      onSegment: (segment) => this.#replica?.postMessage({ sealed: segment - 1 }),
    });
    for (const note of writer.notes) this.#log.warn({ note }, 'journal');
    if (continued) {
      try {
        this.#restore(session, writer, programs);
      } catch (error) {
        writer.close();
        throw error;
      }
    }
    hostClock.resumeAt(session.nowRelNs);
    session.sink = {
      inputs: (records) => writer.inputs(records),
      derived: (records) => {
        writer.derived(records);
        if (records[0] === Kind.checkpoint) this.#noteCheckpoint(records);
        // More than the decision alone: commands, which must be on record before anybody can act on them.
        else if (records[0] === Kind.decision && records.length > RECORD_BYTES) this.#hasCommands = true;
      },
      snapshotRequested: (instrument) => this.#request(instrument),
      checkpoint: () => writer.checkpoint(),
      beforeDecision: () => (this.#decideStartUs = nowUs()),
      afterDecision: () => this.latency.decide.record(nowUs() - this.#decideStartUs),
    };
    this.session = session;
    this.writer = writer;
    this.clock = hostClock;
    this.settings.venues.forEach((_, venue) => this.#feeds.push(this.#makeFeed(venue, config, hostClock)));
    this.#startReplica(journal.directory);
    this.state = 'running';
    if (continued) {
      this.#feeds.forEach((feed) => feed.lost(0));
      // The shutdown that ended the session before was not meant for this one.
      if (session.accounts.some((account) => account.isShutDown)) this.operate(OperatorAction.resume);
    }
    for (const listener of this.#readyListeners.splice(0)) listener();
  }

  /** Undefined where there is no journal yet, or nothing of it but a header that is not whole. */
  #epochOfJournal(): bigint | undefined {
    const { directory } = this.settings.journal;
    if (listNumbers(directory, 'segment').length === 0) return undefined;
    const [first] = new JournalReader(directory, { types: [BlockType.segmentHeader] }).blocks();
    if (first === undefined) return undefined;
    return BigInt((JSON.parse(new TextDecoder().decode(first.payload)) as SegmentHeader).epochNs);
  }

  /**
   * Continues where the journal ends: the newest snapshot, then the records after it. What the last inputs derived may be
   * missing where the process was killed; it is written now, so that a replay finds it.
   */
  #restore(session: Session, writer: JournalWriter, programs: Programs): void {
    const { directory } = this.settings.journal;
    const snapshot = snapshotFor(directory, programs, (note) => this.#log.warn({ note }, 'snapshot'));
    const isSame =
      snapshot !== undefined || openJournal(directory).segments.every((s) => isSameProgram(s.header, programs));
    if (!isSame)
      this.#log.warn(
        'the journal was recorded with other settings or programs; its past is recomputed with the present ones',
      );
    if (snapshot !== undefined) {
      session.restore(snapshot.state);
      session.core.setInputHash(snapshot.inputHash);
    }
    const from = snapshot === undefined ? {} : { fromSegment: snapshot.segment };
    const comparison = new Comparison();
    session.sink = isSame ? { derived: (records) => comparison.recomputed(records) } : {};
    for (const block of new JournalReader(directory, {
      ...from,
      types: [BlockType.inputs, BlockType.derived],
    }).blocks()) {
      if (block.type === BlockType.inputs) session.feed(block.payload);
      else if (isSame) comparison.recorded(block.payload, session.records);
    }
    // After a difference, what either side is ahead says nothing.
    const due = comparison.difference === null ? comparison.surplus.at(-1) : undefined;
    if (due !== undefined) {
      // What made the last derived records due was lost; that time has passed is all that they need.
      const dueNs = Number(
        new Records(due.buffer, due.byteOffset, due.byteLength).localTs(0) - BigInt(session.config.epochNs),
      );
      session.sink = { ...session.sink, inputs: (records) => writer.inputs(records) };
      this.#feedClock(session, dueNs + 1);
      comparison.settle(session.records);
    }
    session.sink = {};
    if (comparison.difference === null) for (const records of comparison.missing) writer.derived(records);
    else this.#log.warn(comparison.difference, 'the journal holds other derived records than are recomputed');
    this.#log.info({ records: session.records, derivedAgain: comparison.missing.length }, 'continues the journal');
  }

  #noteCheckpoint(records: Uint8Array): void {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    this.lastCheckpoint = {
      records: view.getFloat64(24, true),
      stateHash: view.getBigUint64(56, true).toString(16).padStart(16, '0'),
    };
  }

  #startReplica(directory: string): void {
    if (this.settings.replica === undefined) return;
    const worker = new Worker(this.settings.replica, { workerData: { directory } });
    worker.on('message', (report: ReplicaReport) => {
      if ('failed' in report)
        this.#log.error({ error: report.failed }, 'no snapshot was taken; the journal is whole without it');
      else this.#log.info(report, 'snapshot');
    });
    worker.on('error', (error) =>
      this.#log.error({ error: error.message }, 'the replica that takes snapshots has ended'),
    );
    worker.unref();
    this.#replica = worker;
  }

  // --- venues --------------------------------------------------------------------------------------------------------

  #makeFeed(venue: number, config: SessionConfig, clock: HostClock): VenueFeed {
    const instruments = config.instruments.filter((x) => x.venueIndex === venue);
    const symbols = instruments.map((x) => ({ symbol: x.symbol, instrument: x.index }));
    const decoder = venueKind(this.settings.venues[venue]!.name).decoder(this.#decodersModule, {
      epochNs: clock.epochNs,
      symbols,
      venue,
    });
    return new VenueFeed({
      venue,
      instruments,
      clock,
      decoder,
      nowNs: () => clock.now(performance.now() * NS_PER_MS),
      deliver: (records, count) => this.#feed(records.bytes.subarray(0, count * RECORD_BYTES)),
      refused: (frame) =>
        this.#log.warn(
          { code: frame.code, byteOffset: frame.byteOffset, firstBytes: new TextDecoder().decode(frame.firstBytes) },
          'a frame could not be read',
        ),
      behind: (isBehind) => (isBehind ? this.#clients[venue]?.pause() : this.#clients[venue]?.resume()),
    });
  }

  #feed(bytes: Uint8Array): void {
    const start = nowUs();
    this.latency.decode.record(start - this.#frameStartUs);
    this.session!.feed(bytes);
    if (this.#hasCommands) {
      this.#hasCommands = false;
      this.writer!.flush();
    }
    const end = nowUs();
    this.latency.core.record(end - start);
    this.latency.total.record(end - this.#frameStartUs);
    this.#lastFrameUs = end;
    this.#frameStartUs = end;
  }

  #handler(): VenueHandler {
    // Before the session exists, what is reported waits for the first frame, which brings the time.
    const later = (run: () => void) => {
      this.#guard(() => (this.#isReady ? run() : this.#early.push(run)));
    };
    return {
      subscribed: (venue) => {
        this.feedStates[venue] = 'live';
        this.#log.info({ venue: this.settings.venues[venue]!.name }, 'subscribed');
        later(() => this.#feeds[venue]!.subscribed());
      },
      frame: (venue, bytes) => {
        if (!this.#isReady) this.#openWith(bytes);
        if (this.#isReady) this.#onFrame(venue, bytes);
        else this.#early.push(() => this.#onFrame(venue, bytes));
      },
      snapshot: (venue, instrument, bytes) => later(() => this.#feeds[venue]!.snapshot(instrument, bytes)),
      snapshotFailed: (venue, instrument, status, text) => {
        this.#log.warn({ instrument, status, text }, 'snapshot request failed');
        later(() => this.#feeds[venue]!.snapshotFailed(instrument, status));
      },
      lost: (venue, cause, text) => {
        this.feedStates[venue] = 'disconnected';
        this.#log.warn({ venue: this.settings.venues[venue]!.name, cause, text }, 'connection lost');
        later(() => this.#feeds[venue]!.lost(cause));
      },
      ended: (venue) => {
        this.feedStates[venue] = 'ended';
        later(() => this.#feeds[venue]!.finish());
        this.#open -= 1;
        if (this.#open === 0) void this.stop('the recording is over');
      },
    };
  }

  /** Clock `venue`: the first frame with a venue time opens the journal, and what had to wait for that follows. */
  #openWith(bytes: Uint8Array): void {
    if (this.failure !== undefined) return;
    const time = /"E":\s*(\d{13})/.exec(
      Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString('latin1'),
    );
    if (time === null) return;
    this.#guard(() => {
      this.#openAt(BigInt(time[1]!) * 1_000_000n);
      this.#isReady = true;
      for (const run of this.#early.splice(0)) this.#guard(run);
    });
  }

  #onFrame(venue: number, bytes: Uint8Array): void {
    if (this.failure !== undefined) return;
    this.#guard(() => {
      this.#frameStartUs = nowUs();
      this.#feeds[venue]!.frame(bytes);
    });
  }

  #request(instrument: number): void {
    const venue = this.session!.config.instruments[instrument]!.venueIndex;
    this.#feeds[venue]!.requested(instrument);
    this.#clients[venue]!.requestSnapshot(instrument);
  }

  // --- time ----------------------------------------------------------------------------------------------------------

  #onTick(): void {
    const { session, writer, clock } = this;
    if (session === undefined || writer === undefined || clock === undefined || this.#ending) return;
    if (clock.source === 'wall') {
      const now = clock.now(performance.now() * NS_PER_MS);
      const isSilent = nowUs() - this.#lastFrameUs > SILENCE_MS * 1000;
      if (isSilent || session.core.exports.nextDueRelNs() < now) this.#clockRecord(now);
    }
    writer.tick(performance.now());
    this.#noteWritten();
    for (const account of session.accounts) {
      if (account.failure === null || this.#reported.has(account.index)) continue;
      this.#reported.add(account.index);
      this.#log.error(
        { account: account.config.name },
        `${account.failure}; its orders are cancelled, recording goes on`,
      );
    }
    this.settings.venues.forEach((_, venue) => {
      const isSilent = nowUs() - this.#lastFrameUs > SILENT_NS / 1000;
      if (this.feedStates[venue] === 'live' && isSilent) this.feedStates[venue] = 'silent';
      else if (this.feedStates[venue] === 'silent' && !isSilent) this.feedStates[venue] = 'live';
    });
  }

  #noteWritten(): void {
    const { session, writer } = this;
    if (
      session === undefined ||
      writer === undefined ||
      writer.pendingBytes > 0 ||
      this.written.records === session.records
    )
      return;
    this.written = { records: session.records, inputHash: session.inputHash(), commandHash: session.commandHash() };
  }

  /** Journals that time has passed. */
  #clockRecord(atNs: number): void {
    this.#frameStartUs = nowUs();
    this.#feedClock(this.session!, atNs);
  }

  #feedClock(session: Session, atNs: number): void {
    const time = BigInt(session.config.epochNs) + BigInt(atNs);
    this.#one.begin(0, Kind.clock, NO_INSTRUMENT);
    this.#one.setTimes(0, time, time);
    session.feed(this.#one.bytes);
  }

  /** An action of the operator, as an input of the journal. */
  operate(action: number, parameter = 0, value = 0): void {
    this.#guard(() => {
      const clock = this.clock;
      if (clock === undefined || this.session === undefined)
        throw new Error('there is no session yet; wait for the first frame');
      const now = clock.source === 'wall' ? clock.now(performance.now() * NS_PER_MS) : clock.nowNs;
      this.#one.begin(0, Kind.operator, NO_INSTRUMENT);
      this.#one.setTimes(0, clock.toUnixNs(now), clock.toUnixNs(now));
      this.#one.setIval(0, action);
      this.#one.setPx(0, parameter);
      this.#one.setQty(0, value);
      this.session.feed(this.#one.bytes);
    });
  }

  // --- the end -------------------------------------------------------------------------------------------------------

  /** Cancels what is live, closes the journal, resolves `done`. Safe to call twice. */
  async stop(reason: string): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.endReason = reason;
    // After an error inside, the session is not fed again: its simulated orders end with it.
    if (this.session !== undefined && this.writer?.failure === undefined && this.failure === undefined) {
      this.operate(OperatorAction.shutdown);
      this.#guard(() => this.#letOrdersEnd());
    }
    this.#ending = true;
    clearInterval(this.#tick);
    await Promise.all(this.#clients.map((client) => client.stop()));
    this.#guard(() => {
      if (this.writer?.failure !== undefined) return;
      this.writer?.flush();
      this.#noteWritten();
    });
    // After a failed write, too: it tries once more, and gives the lock back.
    this.#guard(() => this.writer?.close(this.session === undefined ? undefined : this.hashes()));
    this.state = 'ended';
    this.#log.info({ reason }, 'session ended');
    this.#finish?.();
  }

  /** Time goes on until the venue has confirmed that no order is left. */
  #letOrdersEnd(): void {
    const clock = this.clock!;
    const start = Math.max(clock.nowNs, this.session!.nowRelNs);
    for (let passed = 0; passed < CLOSING_NS; passed += CLOSING_STEP_NS) {
      if (this.session!.accounts.every((a) => a.orders.count === 0)) return;
      this.#clockRecord(start + passed + CLOSING_STEP_NS);
    }
    this.#log.error('orders are still open after ten seconds of journal time; check them at the venue');
  }

  hashes(): { inputHash: string; commandHash: string; stateHash: string } {
    const session = this.session!;
    return { inputHash: session.inputHash(), commandHash: session.commandHash(), stateHash: session.stateHash() };
  }

  /** An error inside ends the session in order: nothing accepted is lost, nothing more is sent. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#fail(error);
    }
  }

  failure: Error | undefined;
  #fail(error: unknown): void {
    const failure = error instanceof Error ? error : new Error(String(error));
    this.#log.error({ error: failure.message }, 'the session ends');
    if (this.failure === undefined) {
      this.failure = failure;
      void this.stop(failure instanceof JournalWriteError ? 'the journal cannot be written' : failure.message);
    }
  }
}

function nowUs(): number {
  return performance.now() * 1000;
}
