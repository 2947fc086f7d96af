/**
 * Plays the merged recording to the connections: when each frame goes out, what holds it back, and what the faults do to
 * it. There is one position for all connections, as at a venue: who comes later joins where the recording is.
 *
 * What makes a client's run repeatable at any speed: the recording begins when a connection has subscribed and then made
 * no request for `settleMs`; at a recorded snapshot it stands still until the client has read everything before, has
 * asked for the snapshot, and has received it.
 */
import type { Fault, FaultPlan } from './faults.ts';
import { Gate } from './gate.ts';
import { mergeRecordings } from './recording-merge.ts';
import type { RecordedLine, RecordingReader } from './recording-reader.ts';
import type { ReplayConnection } from './replay-connection.ts';
import type { SnapshotDesk } from './snapshot-desk.ts';

/** At full speed other work gets its turn after so many bytes. */
const BYTES_PER_TURN = 128 * 1024;
/** How often a wait for a listener looks again. */
const LISTENER_POLL_MS = 20;

export interface PlaybackOptions {
  /** Recorded seconds per second; Infinity: as fast as the clients read. */
  readonly speed: number;
  /** So many recorded seconds from the beginning go out at full speed. */
  readonly fastForwardSeconds: number;
  readonly snapshotWaitMs: number;
  readonly settleMs: number;
  /** A client that takes nothing for so long is cut. */
  readonly stallMs: number;
  /** Told in words what a user may want to know. */
  readonly onNotice: (text: string) => void;
}

export interface PlaybackCounts {
  /** Frames of the recording passed. */
  frames: number;
  /** Frames sent, over all connections. */
  sentFrames: number;
  sentBytes: number;
}

export class Playback {
  readonly counts: PlaybackCounts = { frames: 0, sentFrames: 0, sentBytes: 0 };
  readonly connections = new Set<ReplayConnection>();
  readonly #readers: readonly RecordingReader[];
  /** By path of the file. */
  readonly #deskOfFile: ReadonlyMap<string, SnapshotDesk>;
  readonly #deskOfDepthStream = new Map<string, SnapshotDesk | undefined>();
  readonly #deskOfSymbol: ReadonlyMap<string, SnapshotDesk>;
  readonly #faults: FaultPlan;
  readonly #options: PlaybackOptions;
  readonly #gate = new Gate();
  #settleTimer: NodeJS.Timeout | undefined;
  #hasBegun = false;
  #begunMs = 0;
  #isOver = false;
  #isStopped = false;
  #bytesInTurn = 0;
  #firstLine: RecordedLine | undefined;
  /** Wall time (ms) at which recorded time 0 would have been, at the present speed; NaN until paced for the first time. */
  #anchorMs = Number.NaN;

  constructor(
    readers: readonly RecordingReader[],
    deskOfFile: ReadonlyMap<string, SnapshotDesk>,
    faults: FaultPlan,
    options: PlaybackOptions,
  ) {
    this.#readers = readers;
    this.#deskOfFile = deskOfFile;
    this.#deskOfSymbol = new Map([...deskOfFile.values()].map((desk) => [desk.symbol, desk]));
    this.#faults = faults;
    this.#options = options;
  }

  /** When the recording began, on the clock of `performance.now()`. */
  get begunMs(): number {
    return this.#begunMs;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** To be called when connections or their subscriptions have changed. */
  changed(): void {
    for (const connection of this.connections) {
      if (!connection.isOpen) this.connections.delete(connection);
    }
    for (const desk of this.#deskOfSymbol.values()) if (!this.hasDepthListener(desk)) void desk.answerWaiting();
    if (!this.#hasBegun && this.#hasListener()) {
      clearTimeout(this.#settleTimer);
      this.#settleTimer = setTimeout(() => {
        this.#hasBegun = true;
        this.#begunMs = performance.now();
        this.#gate.open();
      }, this.#options.settleMs);
    }
    this.#gate.open();
  }

  /** Tells the playback that a snapshot was asked for. */
  requested(): void {
    this.#gate.open();
  }

  /** Whether a connection follows the depth of the desk's symbol. */
  hasDepthListener(desk: SnapshotDesk): boolean {
    const prefix = `${desk.symbol.toLowerCase()}@depth`;
    for (const { isOpen, streams } of this.connections) {
      if (isOpen) for (const stream of streams) if (stream.startsWith(prefix)) return true;
    }
    return false;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#settleTimer);
    this.#gate.open();
  }

  /**
   * Plays until the end of the recording or `stop()`.
   * @throws RecordingError when the recording cannot be read on.
   */
  async run(): Promise<void> {
    while (!this.#hasBegun && !this.#isStopped) await this.#gate.wait(1000);
    for await (const batch of mergeRecordings(this.#readers)) {
      for (const line of batch) {
        if (this.#isStopped) return;
        await this.#awaitTurnOf(line);
        if (this.#isStopped) return;
        if (line.stream === '') {
          await this.#passSnapshot(line);
          continue;
        }
        const faults = this.#faults.enter(++this.counts.frames);
        if (faults.length > 0) {
          for (const fault of faults) this.#commit(fault);
          // A fault may have ended the only connection; at full speed the recording then waits for the next one.
          await this.#awaitTurnOf(line);
        }
        this.#passFrame(line, faults);
        if (this.#bytesInTurn >= BYTES_PER_TURN) await this.#yield();
      }
    }
    this.#flush();
    this.#isOver = true;
  }

  /** Wall milliseconds until the line is due; 0: now, without a wait; -1: full speed, as soon as somebody listens. */
  #dueInMs(line: RecordedLine): number {
    const { speed, fastForwardSeconds } = this.#options;
    const first = (this.#firstLine ??= line);
    const atMs = (line.seconds - first.seconds) * 1000 + (line.nanos - first.nanos) / 1e6;
    if (speed === Infinity || atMs < fastForwardSeconds * 1000) return this.#hasListener() ? 0 : -1;
    const nowMs = performance.now();
    if (Number.isNaN(this.#anchorMs)) this.#anchorMs = nowMs - atMs / speed;
    const waitMs = this.#anchorMs + atMs / speed - nowMs;
    // Timers have a resolution of a millisecond; what is due within it goes now.
    return waitMs < 1 ? 0 : waitMs;
  }

  /** Waits until the line may go out. Resolves without a pause of the process when that is now. */
  async #awaitTurnOf(line: RecordedLine): Promise<void> {
    const dueInMs = this.#dueInMs(line);
    if (dueInMs === 0) return;
    this.#flush();
    if (dueInMs > 0) await this.#sleep(dueInMs);
    else await this.#awaitListener();
  }

  /** Sends what is gathered, lets other work run, and waits for connections that are behind. */
  async #yield(): Promise<void> {
    this.#bytesInTurn = 0;
    this.#flush();
    await new Promise((resolve) => setImmediate(resolve));
    for (const connection of this.connections) {
      if (connection.isFull) await connection.drained(this.#options.stallMs);
    }
  }

  #flush(): void {
    for (const connection of this.connections) connection.flush();
  }

  async #sleep(ms: number): Promise<void> {
    const endMs = performance.now() + ms;
    for (let leftMs = ms; leftMs > 0 && !this.#isStopped; leftMs = endMs - performance.now()) {
      await this.#gate.wait(Math.min(leftMs, 60_000));
    }
  }

  #hasListener(): boolean {
    for (const connection of this.connections) {
      if (connection.isOpen && connection.streams.size > 0 && !connection.isMuted()) return true;
    }
    return false;
  }

  async #awaitListener(): Promise<void> {
    while (!this.#isStopped && !this.#hasListener()) await this.#gate.wait(LISTENER_POLL_MS);
  }

  #passFrame(line: RecordedLine, faults: readonly Fault[]): void {
    const { counts } = this;
    this.#keepBook(line);
    if (this.#faults.takeDrop()) return;
    const isCorrupt = faults.some(({ kind }) => kind === 'corrupt');
    for (const connection of this.connections) {
      if (!connection.streams.has(line.stream) || !connection.isOpen || connection.isMuted()) continue;
      const bytes = connection.sendLine(line, isCorrupt);
      counts.sentFrames++;
      counts.sentBytes += bytes;
      this.#bytesInTurn += bytes;
    }
  }

  #keepBook(line: RecordedLine): void {
    let desk = this.#deskOfDepthStream.get(line.stream);
    if (desk === undefined) {
      if (this.#deskOfDepthStream.has(line.stream)) return;
      const [symbol, channel] = line.stream.split('@');
      desk = channel === 'depth' ? this.#deskOfSymbol.get(symbol!.toUpperCase()) : undefined;
      this.#deskOfDepthStream.set(line.stream, desk);
      if (desk === undefined) return;
    }
    desk.book.applyDiff(line.json.toString('latin1', line.dataStart, line.json.length - 1));
  }

  #commit(fault: Fault): void {
    for (const connection of this.connections) {
      if (fault.kind === 'close') connection.close(fault.code, fault.reason);
      else if (fault.kind === 'cut') connection.cut();
      else if (fault.kind === 'silent') connection.mute(fault.ms);
    }
  }

  async #passSnapshot(line: RecordedLine): Promise<void> {
    const desk = this.#deskOfFile.get(line.file)!;
    desk.book.applySnapshot(line.json.toString());
    if (desk.hasPassed) return;
    if (!this.hasDepthListener(desk)) {
      await desk.pass();
      return;
    }
    const { snapshotWaitMs, onNotice } = this.#options;
    const startMs = performance.now();
    const isRead = await this.#barrier();
    while (!desk.wasRequested && !this.#isStopped && this.hasDepthListener(desk)) {
      const leftMs = snapshotWaitMs - (performance.now() - startMs);
      if (leftMs <= 0) break;
      await this.#gate.wait(leftMs);
    }
    if (!desk.wasRequested) {
      onNotice(`nobody asked for the snapshot of ${desk.symbol} within ${snapshotWaitMs} ms; the recording goes on`);
    }
    await desk.pass();
    // The answer and the stream come by different sockets: two round trips behind the answer make sure that it is read.
    const isAnswerRead = (await this.#barrier()) && (await this.#barrier());
    if (!(isRead && isAnswerRead)) {
      onNotice(`a client did not answer a ping within ${snapshotWaitMs} ms; its run may not be repeatable`);
    }
    this.#anchorMs += performance.now() - startMs;
  }

  async #barrier(): Promise<boolean> {
    const { snapshotWaitMs } = this.#options;
    const answers = await Promise.all([...this.connections].map((connection) => connection.barrier(snapshotWaitMs)));
    return answers.every((isRead) => isRead);
  }
}
