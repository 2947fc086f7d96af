/** The replay server's protocol, spoken to by bare sockets: right and wrong requests, pings, refusals, bad recordings. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { serveRecording, type ReplayServer } from '../../../host/venues/binance-usdm/replay-server.ts';
import { BTC_FILE, cutRecording, ETH_FILE, isFrame, recordedLines, temporaryFolder } from './recorded.ts';

const { folder, remove } = temporaryFolder();
const SHORT = [cutRecording(folder, BTC_FILE, 500), cutRecording(folder, ETH_FILE, 500)];
const servers: ReplayServer[] = [];

async function serve(options: Partial<Parameters<typeof serveRecording>[0]> = {}): Promise<ReplayServer> {
  const server = await serveRecording({ files: SHORT, port: 0, speed: 'full', ...options });
  servers.push(server);
  return server;
}

afterAll(remove);
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** A bare client: every text it got, and how it was closed. */
function connect(url: string): {
  socket: WebSocket;
  texts: string[];
  opened: Promise<void>;
  closed: Promise<string>;
  ask: (request: unknown) => Promise<unknown>;
} {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const texts: string[] = [];
  socket.on('message', (data) => texts.push((data as Buffer).toString()));
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const closed = new Promise<string>((resolve) => {
    socket.once('close', (code, reason) => {
      resolve(`${code} ${reason.toString()}`);
    });
  });
  const ask = async (request: unknown): Promise<unknown> => {
    const from = texts.length;
    socket.send(typeof request === 'string' ? request : JSON.stringify(request));
    await expect.poll(() => texts.length, { interval: 2 }).toBeGreaterThan(from);
    return JSON.parse(texts[from]!);
  };
  return { socket, texts, opened, closed, ask };
}

async function getJson(url: string): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(url);
  return { status: answer.status, body: await answer.json() };
}

describe('the replay server', { timeout: 60_000 }, () => {
  it('serves combined and raw streams named in the path, and ends both with the recording', async () => {
    const server = await serve({ snapshotWaitMs: 20 });
    const combined = connect(`${server.websocketUrl}/stream?streams=btcusdt@trade/ethusdt@bookTicker`);
    const raw = connect(`${server.websocketUrl}/public/ws/btcusdt@trade`);
    expect(await combined.closed).toBe('1000 end of recording');
    expect(await raw.closed).toBe('1000 end of recording');
    const frames = recordedLines(SHORT)
      .filter(isFrame)
      .map(({ json }) => json);
    const wanted = frames.filter((json) => /"(btcusdt@trade|ethusdt@bookTicker)"/.test(json));
    expect(wanted.length).toBeGreaterThan(100);
    expect(combined.texts).toEqual(wanted);
    const trades = wanted.filter((json) => json.includes('btcusdt@trade'));
    expect(raw.texts).toEqual(trades.map((json) => json.slice(json.indexOf('"data":') + 7, -1)));
    // Who comes after the end is told the same.
    expect(await connect(`${server.websocketUrl}/ws`).closed).toBe('1000 end of recording');
  });

  it('answers requests over the socket as the venue does', async () => {
    const server = await serve();
    const { opened, ask } = connect(`${server.websocketUrl}/ws`);
    await opened;
    expect(await ask({ method: 'SUBSCRIBE', params: ['nobody@trade'], id: 1 })).toEqual({ result: null, id: 1 });
    expect(await ask({ method: 'LIST_SUBSCRIPTIONS', id: 2 })).toEqual({ result: ['nobody@trade'], id: 2 });
    expect(await ask({ method: 'UNSUBSCRIBE', params: ['nobody@trade'], id: 'x' })).toEqual({ result: null, id: 'x' });
    expect(await ask({ method: 'LIST_SUBSCRIPTIONS', id: 3 })).toEqual({ result: [], id: 3 });
    expect(await ask({ method: 'GET_PROPERTY', params: ['combined'], id: 4 })).toEqual({ result: false, id: 4 });
    expect(await ask('{')).toMatchObject({ error: { code: 3 } });
    expect(await ask({ method: 'SUBSCRIBE', params: ['a@b'], id: -1 })).toMatchObject({ error: { code: 2 } });
    expect(await ask({ method: 'SHOUT', id: 5 })).toMatchObject({ id: 5, error: { code: 2 } });
    expect(await ask({ method: 'SUBSCRIBE', params: [7], id: 6 })).toMatchObject({ id: 6, error: { code: 2 } });
  });

  it('ends a connection that asks too often', async () => {
    const { socket, opened, closed } = connect(`${(await serve()).websocketUrl}/ws`);
    await opened;
    for (let id = 0; id < 11; id++) socket.send(JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id }));
    expect(await closed).toBe('1008 Too many requests');
  });

  it('pings, and answers pings', async () => {
    const { socket, opened } = connect(`${(await serve({ pingEveryMs: 20 })).websocketUrl}/ws`);
    const pinged = new Promise<void>((resolve) => socket.once('ping', () => resolve()));
    const answered = new Promise<string>((resolve) => socket.once('pong', (data) => resolve(data.toString())));
    await opened;
    socket.ping('hello');
    expect(await answered).toBe('hello');
    await pinged;
  });

  it('answers REST requests, wrong ones with the venue’s errors', async () => {
    const { restUrl } = await serve();
    const depth = `${restUrl}/fapi/v1/depth`;
    const recorded = recordedLines([SHORT[0]!]).find((line) => !isFrame(line))!.json;
    expect(await (await fetch(`${depth}?symbol=BTCUSDT&limit=1000`)).text()).toBe(recorded);
    const five = (await getJson(`${depth}?symbol=btcusdt&limit=5`)).body as { bids: string[][]; asks: string[][] };
    const all = JSON.parse(recorded) as { bids: string[][]; asks: string[][] };
    expect(five.bids).toEqual(all.bids.slice(0, 5));
    expect(five.asks).toEqual(all.asks.slice(0, 5));
    expect(await getJson(`${depth}?symbol=DOGEUSDT`)).toEqual({
      status: 400,
      body: { code: -1121, msg: 'Invalid symbol.' },
    });
    expect(await getJson(depth)).toMatchObject({ status: 400, body: { code: -1102 } });
    expect(await getJson(`${depth}?symbol=BTCUSDT&limit=7`)).toMatchObject({ status: 400, body: { code: -4021 } });
    expect(await getJson(`${restUrl}/fapi/v1/ping`)).toEqual({ status: 200, body: {} });
    expect(await getJson(`${restUrl}/fapi/v1/time`)).toEqual({ status: 200, body: { serverTime: 1723161255030 } });
    expect((await getJson(`${restUrl}/fapi/v1/order`)).status).toBe(404);
    const { symbols } = (await getJson(`${restUrl}/fapi/v1/exchangeInfo`)).body as {
      symbols: { symbol: string; filters: { tickSize?: string; stepSize?: string }[] }[];
    };
    expect(symbols.map(({ symbol, filters }) => [symbol, filters[0]?.tickSize, filters[1]?.stepSize])).toEqual([
      ['BTCUSDT', '0.10', '0.001'],
      ['ETHUSDT', '0.01', '0.001'],
    ]);
    await expect(connect(`${restUrl.replace('http', 'ws')}/elsewhere`).opened).rejects.toThrow('404');
  });

  it('holds the recording’s pace', async () => {
    // The 1,000 lines span about 1.6 s of local time.
    const server = await serve({ speed: 4, snapshotWaitMs: 0 });
    const lines = recordedLines(SHORT);
    const spanMs = Number(lines.at(-1).timeNs - lines[0]!.timeNs) / 1e6 / 4;
    connect(`${server.websocketUrl}/stream?streams=btcusdt@trade`);
    const { seconds } = await server.done;
    expect(seconds * 1000).toBeGreaterThan(spanMs - 2);
    expect(seconds * 1000).toBeLessThan(spanMs + 1500);
  });

  it('says what is wrong when it cannot serve', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    await expect(serve({ port })).rejects.toThrow(`port ${port} of 127.0.0.1 is taken; choose another with --port`);
    blocker.close();
    await expect(serve({ files: [] })).rejects.toThrow('name at least one file');
    await expect(serve({ speed: 0 })).rejects.toThrow('speed 0 is not above 0');
    await expect(serve({ port: 99999 })).rejects.toThrow('port 99999 is not a port');
    const file = (name: string, content: string | Buffer): string => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    mkdirSync(join(folder, 'directory'));
    const frame = '1723161255088156767 {"stream":"ethusdt@trade","data":{}}\n';
    const cases: [string, RegExp][] = [
      [join(folder, 'none.gz'), /none\.gz: there is no such file; check the path/],
      [join(folder, 'directory'), /directory: this is a directory/],
      [file('empty.gz', ''), /empty\.gz: the recording is empty/],
      [file('hollow.gz', gzipSync('\n\n')), /hollow\.gz: the recording holds no line/],
      [file('foreign.csv', 'time,price\n1,2\n'), /foreign\.csv, line 1: no local time/],
      [file('other.log', '1723161255088156767 {"channel":"l2Book"}\n'), /other\.log, line 1: neither a frame/],
      [file('mixed.log', frame + frame.replace('eth', 'btc')), /mixed\.log, line 2: frames of ETHUSDT and of BTCUSDT/],
      [file('snapshot.log', '1723161255088156767 {"lastUpdateId":1}'), /snapshot\.log: no frame of a stream/],
      [
        file('damaged.gz', Buffer.concat([gzipSync(frame).subarray(0, 12), Buffer.alloc(50, 7)])),
        /damaged\.gz.*cannot be read on/,
      ],
    ];
    for (const [path, message] of cases) await expect(serve({ files: [path] }), path).rejects.toThrow(message);
  });

  it('tells clients and caller when a recording breaks off in the middle', async () => {
    const path = join(folder, 'cut_off.gz');
    writeFileSync(path, readFileSync(SHORT[1]!));
    truncateSync(path, readFileSync(path).length - 2000);
    const server = await serve({ files: [path] });
    const { closed, texts } = connect(`${server.websocketUrl}/stream?streams=ethusdt@bookTicker`);
    await expect(server.done).rejects.toThrow(
      /cut_off\.gz, line \d+: cannot be read on: unexpected end of file; the file is cut off/,
    );
    expect(await closed).toBe('1011 the recording cannot be read on');
    expect(texts.length).toBeGreaterThan(50);
  });

  it('serves two files of one symbol as one, and does not count microseconds as nanoseconds', async () => {
    const lines = recordedLines([SHORT[1]!]);
    const micro = lines.slice(200).map(({ timeNs, json }) => `${timeNs / 1000n} ${json}`);
    const nano = lines.slice(0, 200).map(({ timeNs, json }) => `${timeNs} ${json}`);
    writeFileSync(join(folder, 'b.log'), micro.join('\r\n'));
    writeFileSync(join(folder, 'a.log'), nano.join('\n'));
    const server = await serve({ files: [join(folder, 'b.log'), join(folder, 'a.log')] });
    const { closed, texts } = connect(`${server.websocketUrl}/stream?streams=ethusdt@bookTicker/ethusdt@trade`);
    await closed;
    expect(texts).toEqual(lines.map(({ json }) => json).filter((json) => /@(bookTicker|trade)"/.test(json)));
  });
});
