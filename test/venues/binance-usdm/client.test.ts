/** The client's wiring in simulated time: what reaches the handler, with which names, and what a loss takes along. */
import { describe, expect, it } from 'vitest';
import { BinanceUsdmClient } from '../../../host/venues/binance-usdm/client.ts';
import type { HttpAnswer } from '../../../host/venues/transport.ts';
import type { VenueHandler } from '../../../host/venues/venue.ts';
import { VirtualWorld } from '../virtual-transport.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function microtasks(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

describe('the Binance USD-M client', () => {
  it('subscribes, asks for snapshots only while live, and drops those of a lost connection', async () => {
    const sent: string[] = [];
    const answers: ((answer: HttpAnswer) => void)[] = [];
    const world = new VirtualWorld(1, ({ timers }) => ({
      connecting(socket) {
        timers.later(1, () => {
          socket.accept();
        });
      },
      received(socket, frame) {
        sent.push(frame);
        const { id } = JSON.parse(frame) as { id: number };
        socket.deliver(`{"result":null,"id":${id}}`);
        socket.deliver('{"stream":"btcusdt@trade","data":{}}');
      },
      pinged(socket) {
        socket.pong();
      },
      closing(socket, code, reason) {
        socket.end(code, reason);
      },
      get: (_url, { signal }) =>
        new Promise((resolve, reject) => {
          signal?.addEventListener('abort', () => {
            reject(new Error('aborted'));
          });
          answers.push(resolve);
        }),
    }));
    const told: string[] = [];
    const handler: VenueHandler = {
      subscribed: (venue) => told.push(`${venue} subscribed`),
      frame: (venue, bytes) => told.push(`${venue} ${text(bytes)}`),
      snapshot: (venue, instrument, bytes) => told.push(`${venue} snapshot ${instrument} ${text(bytes)}`),
      snapshotFailed: (venue, instrument, status) => told.push(`${venue} failed ${instrument} ${status}`),
      lost: (venue, cause) => told.push(`${venue} lost ${cause}`),
      ended: (venue) => told.push(`${venue} ended`),
    };
    const client = new BinanceUsdmClient(
      {
        venue: 3,
        websocketUrl: 'ws://venue',
        restUrl: 'http://venue',
        instruments: [{ symbol: 'BTCUSDT', instrument: 11 }],
        channels: ['depth', 'trade'],
      },
      world,
      handler,
    );
    client.start();
    client.requestSnapshot(11);
    world.timers.runUntil(10);
    expect(sent).toEqual(['{"method":"SUBSCRIBE","params":["btcusdt@depth@0ms","btcusdt@trade"],"id":1}']);
    expect(told.splice(0)).toEqual(['3 subscribed', '3 {"stream":"btcusdt@trade","data":{}}']);
    expect(answers).toHaveLength(0);

    client.requestSnapshot(11);
    world.sockets[0]!.end(1006, 'gone');
    answers[0]!({ status: 200, headers: {}, body: new Uint8Array([123, 125]) });
    await microtasks();
    expect(told.splice(0)).toEqual(['3 lost 2']);

    world.timers.runUntil(2000);
    client.requestSnapshot(11);
    answers[1]!({ status: 200, headers: {}, body: new Uint8Array([123, 125]) });
    await microtasks();
    expect(told.splice(0)).toEqual(['3 subscribed', '3 {"stream":"btcusdt@trade","data":{}}', '3 snapshot 11 {}']);

    world.sockets[1]!.end(1000, 'end of recording');
    expect(told.splice(0)).toEqual(['3 ended']);
    await client.stop();
    expect(world.timers.timersLeft).toBe(0);
    expect(world.socketsLeft).toBe(0);
  });
});
