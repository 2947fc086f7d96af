/** The life of a connection in simulated time: no sockets, no waiting, thousands of fates. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConnectionCause } from '#generated/records.ts';
import {
  Connection,
  DEFAULT_CONNECTION,
  type ConnectionOptions,
  type FrameMeaning,
  type VenueProtocol,
} from '../../host/venues/connection.ts';
import { seededRandom, VirtualWorld, type VirtualServer } from './virtual-transport.ts';

/** `s1` asks for a subscription, `ok` confirms, `no` refuses, `d7` is data. */
function protocol(frames: number): VenueProtocol {
  return {
    url: () => 'ws://venue/stream',
    subscribeFrames: () => Array.from({ length: frames }, (_, i) => `s${i}`),
    read(bytes): FrameMeaning {
      const text = new TextDecoder().decode(bytes);
      if (text.startsWith('d')) return { meaning: 'data' };
      return text === 'ok' ? { meaning: 'confirmed' } : { meaning: 'refused', text };
    },
    isEnd: (code, reason) => code === 1000 && reason === 'over',
  };
}

interface Told {
  readonly atMs: number;
  readonly what: 'subscribed' | 'frame' | 'lost' | 'ended';
  readonly cause: number;
  readonly text: string;
}

function start(
  seed: number,
  server: (world: VirtualWorld) => VirtualServer,
  options: Partial<ConnectionOptions> = {},
  frames = 1,
): { world: VirtualWorld; connection: Connection; told: Told[] } {
  const world = new VirtualWorld(seed, server);
  const told: Told[] = [];
  const tell = (what: Told['what'], cause = 0, text = ''): void => {
    told.push({ atMs: world.clock.nowMs(), what, cause, text });
  };
  const connection = new Connection(protocol(frames), { ...DEFAULT_CONNECTION, ...options }, world, {
    subscribed: () => {
      tell('subscribed');
    },
    frame: (bytes) => {
      tell('frame', 0, new TextDecoder().decode(bytes));
    },
    lost: (cause, text) => {
      tell('lost', cause, text);
    },
    ended: () => {
      tell('ended');
    },
  });
  connection.start();
  return { world, connection, told };
}

/** A venue that behaves, but for what is overridden. */
function goodServer(change: Partial<VirtualServer> = {}, dataEveryMs = 100): (world: VirtualWorld) => VirtualServer {
  return ({ timers }) => ({
    connecting(socket) {
      timers.later(5, () => {
        socket.accept();
      });
    },
    received(socket) {
      timers.later(5, () => {
        socket.deliver('ok');
        const data = (): void => {
          if (!socket.isOpen) return;
          socket.deliver('d1');
          timers.later(dataEveryMs, data);
        };
        data();
      });
    },
    pinged(socket) {
      timers.later(5, () => {
        socket.pong();
      });
    },
    closing(socket, code, reason) {
      timers.later(5, () => {
        socket.end(code, reason);
      });
    },
    ...change,
  });
}

async function expectNothingLeft(world: VirtualWorld, connection: Connection): Promise<void> {
  const stopped = connection.stop();
  world.timers.runUntil(world.clock.nowMs() + 10_000);
  await stopped;
  expect(connection.state.name).toBe('stopped');
  expect(world.timers.timersLeft).toBe(0);
  expect(world.socketsLeft).toBe(0);
}

describe('a connection', () => {
  it('connects, subscribes, delivers, and leaves nothing behind', async () => {
    const { world, connection, told } = start(1, goodServer());
    world.timers.runUntil(1000);
    expect(connection.state.name).toBe('live');
    expect(told[0]).toMatchObject({ what: 'subscribed', atMs: 10 });
    expect(told.slice(1).every(({ what }) => what === 'frame')).toBe(true);
    expect(told).toHaveLength(11);
    const before = told.length;
    await expectNothingLeft(world, connection);
    expect(told).toHaveLength(before);
  });

  it('keeps data that comes before the last confirmation, and delivers it after', () => {
    const { world, told } = start(
      1,
      goodServer({
        received(socket, text) {
          if (text === 's0') {
            socket.deliver('ok');
            socket.deliver('d1');
            socket.deliver('d2');
          } else {
            socket.deliver('ok');
            socket.deliver('d3');
          }
        },
      }),
      { sendCount: 1 },
      2,
    );
    world.timers.runUntil(3000);
    expect(told.map(({ what, text }) => (what === 'frame' ? text : what))).toEqual(['subscribed', 'd1', 'd2', 'd3']);
    expect(told[0]!.atMs).toBe(1005);
  });

  it('gives up a connection that is never confirmed, or floods before it is', () => {
    const silent = start(1, goodServer({ received: () => undefined }));
    silent.world.timers.runUntil(10_500);
    expect(silent.told[0]).toMatchObject({ what: 'lost', cause: ConnectionCause.failed, atMs: 10_005 });
    const flood = start(1, goodServer({ received: (socket) => socket.deliver('d'.repeat(100)) }), { maxHeldBytes: 99 });
    flood.world.timers.runUntil(6);
    expect(flood.told[0]).toMatchObject({ what: 'lost', cause: ConnectionCause.failed });
  });

  it('says what the venue said when it refuses the subscription', () => {
    const { world, told } = start(1, goodServer({ received: (socket) => socket.deliver('no such stream') }));
    world.timers.runUntil(6);
    expect(told[0]).toMatchObject({ what: 'lost', cause: ConnectionCause.failed });
    expect(told[0]!.text).toContain('no such stream');
  });

  it('waits longer and longer, with jitter, while the venue refuses', async () => {
    const { world, connection, told } = start(7, (world) => ({
      ...goodServer()(world),
      connecting(socket) {
        world.timers.later(1, () => {
          socket.end(1006, 'ECONNREFUSED');
        });
      },
    }));
    world.timers.runUntil(2_000_000);
    const gaps = world.sockets.slice(1).map((socket, i) => socket.openedAtMs - world.sockets[i]!.openedAtMs);
    gaps.forEach((gap, i) => {
      expect(gap).toBeGreaterThanOrEqual(50);
      expect(gap).toBeLessThanOrEqual(Math.min(30_000, 500 * 2 ** i) + 1.001);
    });
    const late = gaps.slice(7);
    const mean = late.reduce((sum, gap) => sum + gap, 0) / late.length;
    expect(late.length).toBeGreaterThan(60);
    expect(mean).toBeGreaterThan(11_000);
    expect(mean).toBeLessThan(19_000);
    expect(told.every(({ what, cause }) => what === 'lost' && cause === ConnectionCause.failed)).toBe(true);
    await expectNothingLeft(world, connection);
  });

  it('tells a half-open socket by its silence and comes back', async () => {
    let isDead = false;
    const { world, connection, told } = start(
      3,
      (world) => {
        const server = goodServer()(world);
        return {
          ...server,
          received(socket, text) {
            if (!isDead || world.sockets.length > 1) server.received(socket, text);
          },
          pinged: () => undefined,
        };
      },
      { silentAfterMs: 4000, pingAfterMs: 1000 },
    );
    world.timers.runUntil(1000);
    isDead = true;
    world.sockets[0]!.isOpen = false;
    world.timers.runUntil(7000);
    const lost = told.find(({ what }) => what === 'lost')!;
    expect(lost).toMatchObject({ cause: ConnectionCause.silent });
    expect(lost.atMs).toBeGreaterThanOrEqual(4900);
    expect(lost.atMs).toBeLessThanOrEqual(5600);
    expect(connection.state.name).toBe('live');
    await expectNothingLeft(world, connection);
  });

  it('does not trust pongs alone, and does not take its own pause for silence', async () => {
    const { world, connection, told } = start(3, goodServer({}, 1e9), { dataSilentAfterMs: 20_000 });
    world.timers.runUntil(26_000);
    expect(told.map(({ what }) => what)).toEqual(['subscribed', 'frame', 'lost', 'subscribed', 'frame']);
    expect(told[2]).toMatchObject({ cause: ConnectionCause.silent });
    connection.pause();
    world.timers.runUntil(200_000);
    expect(told).toHaveLength(5);
    expect(world.sockets.at(-1).isPaused).toBe(true);
    connection.resume();
    world.timers.runUntil(215_000);
    expect(told).toHaveLength(5);
    world.timers.runUntil(230_000);
    expect(told.length).toBeGreaterThan(5);
    await expectNothingLeft(world, connection);
  });

  it('renews before the venue ends it, at once and in order', async () => {
    const { world, connection, told } = start(5, goodServer({}, 10_000), { renewAfterMs: 3_600_000 });
    world.timers.runUntil(3_700_000);
    const lost = told.filter(({ what }) => what === 'lost');
    expect(lost).toHaveLength(1);
    expect(lost[0]).toMatchObject({ cause: ConnectionCause.planned });
    expect(lost[0]!.atMs).toBeGreaterThan(3_600_000 * 0.95);
    expect(lost[0]!.atMs).toBeLessThanOrEqual(3_600_010);
    const back = told[told.indexOf(lost[0]!) + 1]!;
    expect(back.what).toBe('subscribed');
    expect(back.atMs - lost[0]!.atMs).toBeLessThan(30);
    expect(world.sockets).toHaveLength(2);
    await expectNothingLeft(world, connection);
  });

  it('ends with the recording and does not come back', () => {
    const { world, connection, told } = start(1, goodServer());
    world.timers.runUntil(500);
    world.sockets[0]!.end(1000, 'over');
    world.timers.runUntil(500_000);
    expect(told.at(-1)).toMatchObject({ what: 'ended', atMs: 500 });
    expect(connection.state.name).toBe('ended');
    expect(world.timers.timersLeft).toBe(0);
    expect(world.sockets).toHaveLength(1);
  });

  it('may be stopped from within any report', async () => {
    for (const when of ['subscribed', 'frame', 'lost'] as const) {
      // The first two frames come before the confirmation.
      const world = new VirtualWorld(
        1,
        goodServer({
          received(socket) {
            for (const text of ['d1', 'd2', 'ok', 'd3']) socket.deliver(text);
          },
        }),
      );
      const told: string[] = [];
      let stopped: Promise<void> | undefined;
      const tell = (what: string): void => {
        told.push(what);
        if (what === when) stopped = connection.stop();
      };
      const connection: Connection = new Connection(protocol(1), DEFAULT_CONNECTION, world, {
        subscribed: () => tell('subscribed'),
        frame: () => tell('frame'),
        lost: () => tell('lost'),
        ended: () => tell('ended'),
      });
      connection.start();
      world.timers.runUntil(500);
      if (when === 'lost') world.sockets[0]!.end(1001, '');
      world.timers.runUntil(20_000);
      await stopped;
      expect(told.at(-1)).toBe(when);
      expect(told.filter((what) => what === when)).toHaveLength(1);
      expect(world.timers.timersLeft).toBe(0);
      expect(world.socketsLeft).toBe(0);
    }
  });

  it('keeps its promises whatever the venue does', { timeout: 60_000 }, async () => {
    let subscriptions = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 4 }), async (seed, frames) => {
        const broken: string[] = [];
        const chance = seededRandom(seed ^ 0x5bd1e995);
        const options = {
          sendCount: 3,
          sendWindowMs: 1000,
          renewAfterMs: 30_000,
          dataSilentAfterMs: 8000,
          stableAfterMs: 5000,
        };
        const { world, connection, told } = start(
          seed,
          ({ timers }) => ({
            connecting(socket) {
              const fate = chance.next();
              if (fate < 0.6) timers.later(chance.next() * 200, () => socket.accept());
              else if (fate < 0.85) timers.later(chance.next() * 200, () => socket.end(1006, 'refused'));
              // Otherwise nothing ever happens.
            },
            received(socket) {
              const fate = chance.next();
              if (fate < 0.05) return;
              timers.later(chance.next() * 100, () => socket.deliver(fate < 0.1 ? 'no' : 'ok'));
              const data = (): void => {
                socket.deliver('d1');
                const next = chance.next();
                if (next < 0.02) socket.end(next < 0.01 ? 1001 : 1006, 'gone');
                else if (next < 0.03) socket.isOpen = false;
                else if (!socket.isOver) timers.later(chance.next() * 1000, data);
              };
              data();
            },
            pinged(socket) {
              if (chance.next() < 0.9) timers.later(chance.next() * 50, () => socket.pong());
            },
            closing(socket, code, reason) {
              if (chance.next() < 0.8) timers.later(chance.next() * 50, () => socket.end(code, reason));
            },
          }),
          options,
          frames,
        );
        for (let atMs = 0; atMs < 120_000; atMs += 5000) {
          world.timers.runUntil(atMs);
          const deed = chance.next();
          if (deed < 0.1) connection.pause();
          else if (deed < 0.5) connection.resume();
          else if (deed < 0.6) for (let i = 0; i < 5; i++) connection.send('s9');
          if (world.timers.timersLeft > 4) broken.push(`${world.timers.timersLeft} timers at ${atMs} ms`);
          if (world.socketsLeft > 1) broken.push(`${world.socketsLeft} sockets at ${atMs} ms`);
        }
        let isSubscribed = false;
        for (const { what, atMs } of told) {
          if (what === 'frame' && !isSubscribed) broken.push(`frame outside of a subscription at ${atMs} ms`);
          if (what === 'subscribed' && isSubscribed) broken.push(`subscribed twice at ${atMs} ms`);
          isSubscribed = what === 'subscribed' || (what === 'frame' && isSubscribed);
        }
        for (const { sentAtMs } of world.sockets) {
          for (let i = 3; i < sentAtMs.length; i++) {
            if (sentAtMs[i]! - sentAtMs[i - 3]! < 1000 - 1e-6) broken.push(`4 frames within 1 s at ${sentAtMs[i]!} ms`);
          }
        }
        subscriptions += told.filter(({ what }) => what === 'subscribed').length;
        expect(broken).toEqual([]);
        await expectNothingLeft(world, connection);
      }),
      { numRuns: 2000 },
    );
    // The fates above are not so hard that nothing is ever reached.
    expect(subscriptions).toBeGreaterThan(2000);
  });
});
