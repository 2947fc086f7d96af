/** Snapshot requests in simulated time: bounds, refusals, and what is forgotten. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_SNAPSHOTS, SnapshotRequests, type SnapshotOptions } from '../../../host/venues/binance-usdm/rest.ts';
import type { HttpAnswer } from '../../../host/venues/transport.ts';
import { VirtualWorld } from '../virtual-transport.ts';

interface Asked {
  readonly url: string;
  readonly atMs: number;
  answer(status: number, text: string, headers?: Record<string, string>): Promise<void>;
  fail(text: string): Promise<void>;
}

function setUp(options: Partial<SnapshotOptions> = {}): {
  world: VirtualWorld;
  requests: SnapshotRequests;
  asked: Asked[];
  told: string[];
} {
  const asked: Asked[] = [];
  const told: string[] = [];
  const world = new VirtualWorld(1, ({ clock }) => ({
    connecting: () => undefined,
    received: () => undefined,
    pinged: () => undefined,
    closing: () => undefined,
    get: (url, { signal }) =>
      new Promise<HttpAnswer>((resolve, reject) => {
        const settle = async (act: () => void): Promise<void> => {
          act();
          for (let i = 0; i < 10; i++) await Promise.resolve();
        };
        signal?.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
        asked.push({
          url,
          atMs: clock.nowMs(),
          answer: (status, text, headers = {}) =>
            settle(() => {
              resolve({ status, headers, body: new TextEncoder().encode(text) });
            }),
          fail: (text) =>
            settle(() => {
              reject(new Error(text));
            }),
        });
      }),
  }));
  const instruments = ['btcusdt', 'ethusdt', 'solusdt'].map((symbol, instrument) => ({ symbol, instrument }));
  const requests = new SnapshotRequests('http://venue', instruments, { ...DEFAULT_SNAPSHOTS, ...options }, world, {
    snapshot: (instrument, body) => told.push(`${instrument} ${new TextDecoder().decode(body)}`),
    snapshotFailed: (instrument, status, text) => told.push(`${instrument} failed ${status} ${text}`),
  });
  return { world, requests, asked, told };
}

describe('snapshot requests', () => {
  it('ask the venue once an instrument and hand the body on', async () => {
    const { requests, asked, told, world } = setUp();
    requests.request(0);
    requests.request(0);
    requests.request(1);
    expect(asked.map(({ url }) => url)).toEqual([
      'http://venue/fapi/v1/depth?symbol=BTCUSDT&limit=1000',
      'http://venue/fapi/v1/depth?symbol=ETHUSDT&limit=1000',
    ]);
    await asked[1]!.answer(200, '{"lastUpdateId":1}');
    await asked[0]!.answer(200, '{"lastUpdateId":2}');
    expect(told).toEqual(['1 {"lastUpdateId":1}', '0 {"lastUpdateId":2}']);
    requests.request(0);
    expect(asked).toHaveLength(3);
    expect(world.timers.timersLeft).toBe(0);
    expect(() => requests.request(9)).toThrow('instrument 9 is not one of this venue');
  });

  it('wait as long as the venue asks after 429 and 418', async () => {
    const { requests, asked, told, world } = setUp({ defaultRetryAfterMs: 5000 });
    requests.request(0);
    await asked[0]!.answer(429, 'slow down', { 'retry-after': '7' });
    expect(told[0]).toContain('0 failed 429');
    expect(told[0]).toContain('slow down');
    requests.request(0);
    requests.request(1);
    world.timers.runUntil(6999);
    expect(asked).toHaveLength(1);
    world.timers.runUntil(7000);
    expect(asked).toHaveLength(3);
    await asked[1]!.answer(418, 'banned');
    requests.request(2);
    world.timers.runUntil(11_999);
    expect(asked).toHaveLength(3);
    world.timers.runUntil(12_000);
    expect(asked).toHaveLength(4);
  });

  it('report server errors, empty answers and no answer, and go on', async () => {
    const { requests, asked, told } = setUp();
    for (const instrument of [0, 1, 2]) requests.request(instrument);
    await asked[0]!.answer(503, 'down');
    await asked[1]!.answer(200, '');
    await asked[2]!.fail('no whole answer within 10000 ms');
    expect(told.map((text) => text.slice(0, 13))).toEqual(['0 failed 503 ', '1 failed 200 ', '2 failed 0 no']);
    requests.request(2);
    expect(asked).toHaveLength(4);
  });

  it('keep to the bounds of concurrency and rate', async () => {
    const { requests, asked, world } = setUp({ maxConcurrent: 2, perMinute: 3 });
    for (const instrument of [0, 1, 2]) requests.request(instrument);
    expect(asked).toHaveLength(2);
    await asked[0]!.answer(200, '{}');
    expect(asked).toHaveLength(3);
    await asked[1]!.answer(200, '{}');
    requests.request(0);
    expect(asked).toHaveLength(3);
    world.timers.runUntil(59_999);
    expect(asked).toHaveLength(3);
    world.timers.runUntil(60_000);
    expect(asked).toHaveLength(4);
  });

  it('forget everything when cancelled, and can be asked anew', async () => {
    const { requests, asked, told, world } = setUp({ maxConcurrent: 1, perMinute: 1 });
    requests.request(0);
    requests.request(1);
    await requests.cancelAll();
    await asked[0]!.answer(200, '{}');
    expect(told).toEqual([]);
    expect(world.timers.timersLeft).toBe(0);
    requests.request(0);
    world.timers.runUntil(60_000);
    expect(asked).toHaveLength(2);
    await asked[1]!.answer(200, '{"lastUpdateId":3}');
    expect(told).toEqual(['0 {"lastUpdateId":3}']);
  });
});
