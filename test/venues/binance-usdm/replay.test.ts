/** Client and replay server on real sockets of 127.0.0.1, with the bundled recordings. */
import { createHash } from 'node:crypto';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ConnectionCause } from '#generated/records.ts';
import { serveRecording, type ReplayServer } from '../../../host/venues/binance-usdm/replay-server.ts';
import { BTC, ETH, runClient, type ClientRun } from './client-run.ts';
import {
  BTC_FILE,
  cutRecording,
  ETH_FILE,
  isFrame,
  recordedLines,
  temporaryFolder,
  type RecordedText,
} from './recorded.ts';

const { folder, remove } = temporaryFolder();
/** The first seconds of both recordings, for what does not need the whole. */
const SHORT = [cutRecording(folder, BTC_FILE, 6000), cutRecording(folder, ETH_FILE, 6000)];
const SHORT_FRAMES = 2 * 6000 - 2;
const servers: ReplayServer[] = [];
const runs: ClientRun[] = [];

async function serve(options: Partial<Parameters<typeof serveRecording>[0]> = {}): Promise<ReplayServer> {
  const server = await serveRecording({ files: [BTC_FILE, ETH_FILE], port: 0, speed: 'full', ...options });
  servers.push(server);
  return server;
}

function run(...args: Parameters<typeof runClient>): ClientRun {
  const client = runClient(...args);
  runs.push(client);
  return client;
}

afterAll(remove);

afterEach(async () => {
  for (const { client } of runs.splice(0)) await client.stop();
  for (const server of servers.splice(0)) await server.close();
});

/** What a client that starts from nothing is to receive: all lines, snapshots in their places. */
function digestOf(lines: readonly RecordedText[]): string {
  const hash = createHash('sha256');
  for (const { json } of lines) hash.update(json).update('\n');
  return hash.digest('hex');
}

let lines: RecordedText[] | undefined;
function bothFiles(): RecordedText[] {
  return (lines ??= recordedLines([BTC_FILE, ETH_FILE]));
}

interface Depth {
  lastUpdateId: number;
  bids: [string, string][];
  asks: [string, string][];
}

/** The book of a symbol after the first `frames` frames of the merged recording, from its recorded snapshot. */
function rebuild(
  symbol: string,
  file: string,
  frames: number,
): { u: number; bids: [string, string][]; asks: [string, string][] } {
  const snapshot = JSON.parse(recordedLines([file]).find((line) => !isFrame(line))!.json) as Depth;
  const bids = new Map(snapshot.bids);
  const asks = new Map(snapshot.asks);
  let u = snapshot.lastUpdateId;
  for (const { json } of bothFiles().filter(isFrame).slice(0, frames)) {
    if (!json.startsWith(`{"stream":"${symbol}@depth`)) continue;
    const { data } = JSON.parse(json) as { data: { u: number; b: [string, string][]; a: [string, string][] } };
    if (data.u <= snapshot.lastUpdateId) continue;
    u = data.u;
    for (const [side, levels] of [
      [bids, data.b],
      [asks, data.a],
    ] as const) {
      for (const [price, quantity] of levels) {
        if (Number(quantity) === 0) side.delete(price);
        else side.set(price, quantity);
      }
    }
  }
  const sort = (side: Map<string, string>, sign: number): [string, string][] =>
    [...side].sort((x, y) => sign * (Number(x[0]) - Number(y[0]))).slice(0, 1000);
  return { u, bids: sort(bids, -1), asks: sort(asks, 1) };
}

describe('a client at the replay server', { timeout: 60_000 }, () => {
  it('receives both recordings at full speed, byte for byte, in order, with the recorded snapshots in their places', async () => {
    const notices: string[] = [];
    const server = await serve({ onNotice: (text) => notices.push(text) });
    const client = run(server);
    await client.ended;
    const summary = await server.done;
    const frames = bothFiles().filter(isFrame).length;
    expect(frames).toBe(168_607);
    expect(client.frames).toBe(frames);
    expect(client.digest()).toBe(digestOf(bothFiles()));
    expect(client.reports.map((report) => report.replace(/^\d+ /, ''))).toEqual([
      'subscribed',
      `snapshot ${BTC}`,
      `snapshot ${ETH}`,
      'ended',
    ]);
    expect(summary).toMatchObject({ frames, sentFrames: frames, isComplete: true });
    expect(notices).toEqual([]);
  });

  it('receives the same bytes at another speed, with a slow start of its own and with pauses', async () => {
    const server = await serve({ speed: 200 });
    let pauses = 0;
    const client = run(server, (_bytes, self) => {
      if (self.frames % 40_000 === 0) {
        pauses++;
        self.client.pause();
        setTimeout(() => {
          self.client.resume();
        }, 30);
      }
    });
    await client.ended;
    expect(pauses).toBe(4);
    expect(client.digest()).toBe(digestOf(bothFiles()));
  });

  it('gets snapshots in mid-stream that equal the book rebuilt from the recording', async () => {
    const server = await serve({ fastForwardSeconds: 60, speed: 1 });
    const client = run(server);
    let asked = false;
    await expect
      .poll(
        () => {
          // At 1x after the first minute: the position hardly moves any more.
          if (!asked && client.frames > 20_000) {
            asked = true;
            client.client.requestSnapshot(BTC);
            client.client.requestSnapshot(ETH);
          }
          return client.snapshots.length;
        },
        { timeout: 8000, interval: 20 },
      )
      .toBe(4);
    for (const { instrument, body } of client.snapshots.slice(2)) {
      const [symbol, file] = instrument === BTC ? ['btcusdt', BTC_FILE] : ['ethusdt', ETH_FILE];
      const depth = JSON.parse(body.toString()) as Depth;
      // The answer stands at some frame near those received; find it by its id.
      const position = bothFiles()
        .filter(isFrame)
        .findIndex(
          ({ json }) => json.startsWith(`{"stream":"${symbol}@depth`) && json.includes(`"u":${depth.lastUpdateId},`),
        );
      expect(position).toBeGreaterThan(20_000);
      const book = rebuild(symbol, file, position + 1);
      expect(depth.lastUpdateId).toBe(book.u);
      expect(depth.bids).toEqual(book.bids);
      expect(depth.asks).toEqual(book.asks);
    }
  });

  it('is connected again after a close in mid-stream and joins where the recording is', async () => {
    const server = await serve({
      files: SHORT,
      faults: [{ atFrame: 5000, fault: { kind: 'close', code: 1001, reason: 'bye' } }],
    });
    const client = run(server, undefined, { connection: { backoffBaseMs: 20 } });
    await client.ended;
    const kinds = client.reports.map((report) => report.replace(/^\d+ /, ''));
    expect(kinds.slice(0, 5)).toEqual([
      'subscribed',
      `snapshot ${BTC}`,
      `snapshot ${ETH}`,
      `lost ${ConnectionCause.closed} the other end closed (code 1001: bye)`,
      'subscribed',
    ]);
    expect(kinds.slice(5).sort()).toEqual(['ended', `snapshot ${BTC}`, `snapshot ${ETH}`]);
    expect(client.reports[3]).toMatch(/^4999 /);
    expect(client.frames).toBe(SHORT_FRAMES);
  });

  it('notices a half-open connection and comes back', async () => {
    const server = await serve({ files: SHORT, faults: [{ atFrame: 3000, fault: { kind: 'silent', ms: 60_000 } }] });
    const client = run(server, undefined, {
      connection: { pingAfterMs: 40, silentAfterMs: 200, backoffBaseMs: 20 },
    });
    await client.ended;
    expect(client.reports[3]).toMatch(new RegExp(`^2999 lost ${ConnectionCause.silent} no sign of life`));
    expect(client.reports[4]).toBe('2999 subscribed');
  });

  it('sees dropped, corrupted and refused things as the venue would show them', async () => {
    const server = await serve({
      files: SHORT,
      faults: [
        { atFrame: 0, fault: { kind: 'refuseRest', status: 429, count: 1, retryAfterSeconds: 1 } },
        { atFrame: 0, fault: { kind: 'refuseConnections', count: 2 } },
        { atFrame: 2000, fault: { kind: 'drop', count: 7 } },
        { atFrame: 2500, fault: { kind: 'corrupt' } },
      ],
      snapshotWaitMs: 100,
    });
    const bad: number[] = [];
    const client = run(
      server,
      (bytes, self) => {
        if (bytes.at(-1) !== 0x7d) bad.push(self.frames);
      },
      { connection: { backoffBaseMs: 10, backoffFloorMs: 5 } },
    );
    await client.ended;
    expect(client.reports[0]).toBe(
      `0 lost ${ConnectionCause.failed} could not connect (code 1006: Unexpected server response: 503)`,
    );
    expect(client.reports[1]).toContain('503');
    expect(client.reports.filter((report) => /failed \d 429$/.test(report))).toHaveLength(1);
    expect(client.frames).toBe(SHORT_FRAMES - 7);
    expect(bad).toEqual([2500 - 7]);
  });

  it('goes on without a snapshot request after the wait, and says so', async () => {
    const notices: string[] = [];
    const server = await serve({ files: SHORT, snapshotWaitMs: 50, onNotice: (text) => notices.push(text) });
    const client = run(server, undefined, { instruments: [{ symbol: 'btcusdt', instrument: 7 }], channels: ['depth'] });
    client.client.requestSnapshot = () => undefined;
    await client.ended;
    expect(client.frames).toBe(recordedLines([SHORT[0]!]).filter(({ json }) => json.includes('@depth')).length);
    expect(notices).toEqual(['nobody asked for the snapshot of BTCUSDT within 50 ms; the recording goes on']);
  });
});
