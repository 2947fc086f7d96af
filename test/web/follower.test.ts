/** The page's way along the host's own server: opening at a snapshot, following, stepping back, breaking off and going on. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { type RunningServer, startServer } from '../../host/server/server.ts';
import type { HostSource, SegmentInfo } from '../../host/server/source.ts';
import { Follower } from '../../web/replica/follower.ts';
import { HostClient } from '../../web/replica/host-client.ts';
import type { FromReplica, ReplicaState } from '../../web/replica/protocol.ts';
import { FakeSource } from '../server/fake-source.ts';
import { concat, EPOCH_NS, FakeSession, FakeWriter, GAP_NS } from './fake-session.ts';

/** A host with a journal of several segments, the later ones with snapshots. */
class JournalHost {
  readonly writer = new FakeWriter();
  readonly #segments: { bytes: Uint8Array; snapshot: Uint8Array | null; firstRecord: number }[] = [];
  /** Segments up to this number are deleted. */
  #retired = 0;
  readonly #listeners = new Set<() => void>();
  readonly source: HostSource;
  name = 'first';

  constructor() {
    const base = new FakeSource();
    const nsOf = (record: number): number => record * GAP_NS;
    const segments = (): SegmentInfo[] =>
      this.#segments
        .map(({ bytes, snapshot, firstRecord }, i) => {
          const end = this.#segments[i + 1]?.firstRecord ?? this.writer.session.records;
          return {
            number: i + 1,
            firstRecord,
            records: end - firstRecord,
            startNs: nsOf(firstRecord),
            endNs: nsOf(end),
            bytes: bytes.length,
            hasSnapshot: snapshot !== null,
          };
        })
        .slice(this.#retired);
    this.source = {
      status: () => base.status(),
      session: () => ({ epochNs: EPOCH_NS.toString(), name: this.name }),
      kernels: base.kernels,
      strategy: base.strategy,
      hashes: () => {
        const { records } = this.writer.session;
        return { records, inputHash: this.writer.session.inputHash(), commandHash: this.writer.session.commandHash() };
      },
      journal: {
        segments,
        size: (segment) => (segment > this.#retired ? (this.#segments[segment - 1]?.bytes.length ?? 0) : 0),
        read: (segment, offset, length) => this.#segments[segment - 1]!.bytes.slice(offset, offset + length),
        snapshot: (segment) => this.#segments[segment - 1]?.snapshot ?? null,
        onAppend: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
    };
  }
  begin(): void {
    const { records } = this.writer.session;
    this.#segments.push({
      bytes: new Uint8Array(0),
      snapshot: records === 0 ? null : this.writer.session.save(),
      firstRecord: records,
    });
  }
  retire(upTo: number): void {
    this.#retired = upTo;
  }
  append(count: number): void {
    const last = this.#segments.at(-1);
    last.bytes = concat([last.bytes, this.writer.block(count)]);
    for (const listener of this.#listeners) listener();
  }
}

let host: JournalHost;
let server: RunningServer;
let port = 0;
let messages: FromReplica[];
let sessions: FakeSession[];

beforeEach(() => {
  vi.stubGlobal('WebSocket', WebSocket);
  vi.useRealTimers();
  host = new JournalHost();
  messages = [];
  sessions = [];
});
const timers: NodeJS.Timeout[] = [];
afterEach(async () => {
  for (const timer of timers.splice(0)) clearInterval(timer);
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await server.close();
});

async function start(options: { maxLagBytes?: number } = {}): Promise<void> {
  server = await startServer({ source: host.source, port, webFolder: '/nonexistent', statusMs: 20, ...options });
}

function follow(): Follower {
  // The follower lives as long as its page; a test has to stop its clocks.
  const original = globalThis.setInterval;
  vi.spyOn(globalThis, 'setInterval').mockImplementation(((work: () => void, ms: number) => {
    const timer = original(work, ms);
    timers.push(timer);
    return timer;
  }) as typeof setInterval);
  const open = (parts: { sink: ConstructorParameters<typeof FakeSession>[0] }): Promise<FakeSession> => {
    const session = new FakeSession(parts.sink);
    sessions.push(session);
    return Promise.resolve(session);
  };
  const follower = new Follower(
    new HostClient(server.url),
    open,
    () => Promise.resolve({}),
    (message) => messages.push(message),
  );
  follower.start();
  vi.mocked(globalThis.setInterval).mockRestore();
  return follower;
}

const state = (): ReplicaState | undefined => messages.filter((message) => message.type === 'state').at(-1);
const until = async (condition: () => boolean): Promise<void> => {
  await vi.waitFor(() => expect(condition()).toBe(true), { timeout: 5000, interval: 10 });
};

describe('the follower', () => {
  it('opens at the newest snapshot that leaves a minute, catches up, follows over a rotation, and agrees', async () => {
    for (const count of [9000, 8000, 2000]) {
      host.begin();
      host.append(count);
    }
    await start();
    follow();
    await until(() => state()?.position === 'live');
    // 190 s of journal: the segment from second 90 on leaves a minute, the one from second 170 on does not.
    expect(sessions).toHaveLength(1);
    expect(sessions[0]!.feeds.reduce((sum, count) => sum + count, 0)).toBe(10_000);
    host.append(500);
    host.begin();
    host.append(300);
    await until(() => state()?.agreedRecords === 19_800);
    expect(state()).toMatchObject({ difference: null, records: 19_800, inputHash: host.writer.session.inputHash() });
    expect(messages.some((message) => message.type === 'columns' && message.batch.count > 1)).toBe(true);
    expect(messages.some((message) => message.type === 'host')).toBe(true);
  });

  it('steps back to a chosen time, stays there, and returns', async () => {
    for (let i = 0; i < 3; i++) {
      host.begin();
      host.append(8000);
    }
    await start();
    const follower = follow();
    await until(() => state()?.position === 'live');
    follower.seek(100e9 + 1);
    await until(() => state()?.position === 'history');
    expect(state()!.records).toBe(10_001);
    expect(state()!.endRelNs).toBeGreaterThanOrEqual(240e9 - GAP_NS);
    host.append(100);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(state()!.records).toBe(10_001);
    expect(state()!.difference).toBeNull();
    follower.live();
    await until(() => state()?.position === 'live' && state()?.agreedRecords === 24_100);
  });

  it('goes on where it was after the host was away, without replaying anew', async () => {
    host.begin();
    host.append(700);
    await start();
    port = server.port;
    follow();
    await until(() => state()?.position === 'live');
    await server.close();
    await until(() => state()?.position === 'disconnected');
    host.append(50);
    await start();
    await until(() => state()?.agreedRecords === 750);
    expect(sessions).toHaveLength(1);
    port = 0;
  });

  it('starts anew where the segment that it followed was deleted while the host was away', async () => {
    host.begin();
    host.append(700);
    await start();
    port = server.port;
    follow();
    await until(() => state()?.position === 'live');
    await server.close();
    await until(() => state()?.position === 'disconnected');
    host.append(50);
    host.begin();
    host.append(20);
    host.retire(1);
    await start();
    await until(() => state()?.agreedRecords === 770);
    expect(sessions).toHaveLength(2);
    expect(sessions[1]!.feeds.reduce((sum, count) => sum + count, 0)).toBe(20);
    expect(state()).toMatchObject({ difference: null, position: 'live' });
    port = 0;
  });

  it('starts anew where the host runs another session', async () => {
    host.begin();
    host.append(700);
    await start();
    port = server.port;
    follow();
    await until(() => state()?.position === 'live');
    await server.close();
    host = new JournalHost();
    host.name = 'second';
    host.begin();
    host.append(30);
    await start();
    await until(() => state()?.agreedRecords === 30);
    expect(sessions).toHaveLength(2);
    port = 0;
  });

  it('too far behind, starts anew at the newest snapshot', async () => {
    host.begin();
    host.append(500);
    host.begin();
    host.append(500);
    // Both lie within the last minute, so the page asks for the first one, of which the host lets it have nothing.
    await start({ maxLagBytes: 40_000 });
    follow();
    await until(() => state()?.agreedRecords === 1000);
    expect(sessions).toHaveLength(2);
    expect(sessions[1]!.feeds.reduce((sum, count) => sum + count, 0)).toBe(500);
  });

  it('says what is wrong, with the remedy, and tries again', async () => {
    await start();
    follow();
    await until(() => messages.some((message) => message.type === 'failure'));
    expect(messages.find((message) => message.type === 'failure')).toMatchObject({
      message: 'the journal is still empty',
    });
    host.begin();
    host.append(10);
    await until(() => state()?.position === 'live');
  });
});
