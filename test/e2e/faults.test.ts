/** What a venue does to us in mid-stream, committed by the replay server: books come back by themselves, and all of it replays. */
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BookState } from '#generated/records.ts';
import { Instrument } from '#generated/layouts.ts';
import { replay } from '../../host/cli/commands/replay.ts';
import { loadConfig } from '../../host/cli/config/load.ts';
import { resolveSession } from '../../host/cli/config/resolve.ts';
import { Host } from '../../host/cli/host.ts';
import { strategyFromSource } from '../../host/cli/programs.ts';
import { serveRecording } from '../../host/venues/binance-usdm/replay-server.ts';
import type { ReplayServer } from '../../host/venues/binance-usdm/replay-server.ts';
import type { PlannedFault } from '../../host/venues/binance-usdm/replay/faults.ts';
import { countKinds, openOrders, recordsOf } from './journal-records.ts';
import { ROOT } from './process.ts';
import { cutRecording, makeWorkplace, writeConfig } from './workplace.ts';

const place = makeWorkplace();
let files: string[];
let config: ReturnType<typeof loadConfig>;
let strategy: Awaited<ReturnType<typeof strategyFromSource>>;
let server: ReplayServer | undefined;

beforeAll(async () => {
  files = [cutRecording(place, 'btcusdt', 40), cutRecording(place, 'ethusdt', 40)];
  config = loadConfig(writeConfig(place, 'faults', { files }));
  strategy = await strategyFromSource('glft', ROOT);
});

afterEach(async () => {
  await server?.close();
});

const COUNTERS = ['gaps', 'resyncs', 'requests', 'unreadable', 'depthFrames'] as const;
const SYMBOLS = ['BTCUSDT', 'ETHUSDT'];

/** A session at full speed against a venue that commits these faults; what is left at its end. */
async function sessionWith(name: string, faults: readonly PlannedFault[]) {
  server = await serveRecording({ files, port: 0, speed: 'full', faults });
  const directory = join(place, name);
  const log = pino({ level: 'silent' });
  const { websocketUrl, restUrl } = server;
  const host = new Host({
    clock: { source: 'venue', feedLatencyMs: 2 },
    journal: { directory, flushMs: 20, segmentBytes: 64 * 1024 * 1024 },
    venues: [{ name: 'binance-usdm', websocketUrl, restUrl, channels: ['depth', 'bookTicker', 'trade'] }],
    strategy,
    session: (epochNs) => resolveSession(config, epochNs),
    log,
  });
  host.start();
  await host.done;
  expect(host.failure).toBeUndefined();
  expect(host.endReason).toBe('the recording is over');
  const { core } = host.session!;
  const books = SYMBOLS.map((_, i) => core.instrument(i, Instrument.bookState));
  const counters = Object.fromEntries(
    COUNTERS.map((counter) => [counter, SYMBOLS.map((_, i) => core.instrument(i, Instrument[counter]))]),
  ) as Record<(typeof COUNTERS)[number], number[]>;
  const replayed = await replay(directory, { verify: true, skipDamaged: false });
  const derived = recordsOf(directory, 'derived');
  return {
    books,
    counters,
    replayed,
    inputs: countKinds(recordsOf(directory, 'inputs')),
    derived,
    hashes: host.hashes(),
    decisions: replayed.decisions,
  };
}

type Result = Awaited<ReturnType<typeof sessionWith>>;

function expectWholeAgain({ books, replayed, derived, hashes }: Result): void {
  expect(books).toEqual([BookState.live, BookState.live]);
  expect(replayed.firstDifference).toBeNull();
  expect(replayed).toMatchObject({ equal: true, ...hashes });
  expect(openOrders(derived)).toEqual([]);
}

describe('a session whose venue', () => {
  it('does nothing wrong has no gap and one request per book', async () => {
    const result = await sessionWith('nothing', []);
    expectWholeAgain(result);
    expect(result.counters).toMatchObject({ gaps: [0, 0], requests: [1, 1], unreadable: [0, 0] });
    expect(result.inputs['connection']).toBe(1);
  });

  // One frame in twenty carries depth.
  it('drops frames resyncs, over refused requests', async () => {
    const result = await sessionWith('drop', [
      { atFrame: 6000, fault: { kind: 'refuseRest', status: 503, count: 2 } },
      { atFrame: 6001, fault: { kind: 'drop', count: 400 } },
    ]);
    expectWholeAgain(result);
    expect(result.inputs['requestFailed']).toBeGreaterThan(0);
    for (const i of [0, 1]) {
      expect(result.counters.gaps[i]).toBe(1);
      expect(result.counters.requests[i]).toBeGreaterThan(1);
    }
  });

  it('closes and cuts the connection is connected to again', async () => {
    const result = await sessionWith('close', [
      { atFrame: 5000, fault: { kind: 'close', code: 1012, reason: 'service restart' } },
      { atFrame: 9000, fault: { kind: 'cut' } },
    ]);
    expectWholeAgain(result);
    // Subscribed three times, lost twice.
    expect(result.inputs['connection']).toBe(5);
    expect(result.counters.requests).toEqual([3, 3]);
  });

  it('says nothing for a while and then goes on resyncs', async () => {
    const result = await sessionWith('silent', [{ atFrame: 7000, fault: { kind: 'silent', ms: 300 } }]);
    expectWholeAgain(result);
    expect(result.inputs['depth']).toBeGreaterThan(10_000);
  });

  it('sends half frames marks the book and resyncs', async () => {
    const faults = Array.from({ length: 12 }, (_, i) => ({ atFrame: 8000 + i, fault: { kind: 'corrupt' as const } }));
    const result = await sessionWith('corrupt', faults);
    expectWholeAgain(result);
    expect(result.counters.unreadable.some((count) => count > 0)).toBe(true);
    expect(Math.max(...result.counters.requests)).toBeGreaterThan(1);
  });
});
