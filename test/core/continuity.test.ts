/** The state machine of the book, fed by records made by hand: each thing that can go wrong, and the way back. */
import { describe, expect, it } from 'vitest';
import { Channel } from '#generated/records.ts';
import { Instrument } from '#generated/layouts.ts';
import type { Level } from '../support/frames.ts';
import { Desk, START } from './desk.ts';

const LIVE_STATES = ['resyncing (subscribed)', 'live (synced)'];

describe('becoming live', () => {
  it('asks for one snapshot with the first diff, and is live with the diff that brackets it', () => {
    const desk = new Desk();
    desk.frames.connection(true).wait(1);
    desk.feed();
    expect([desk.state, desk.requests]).toEqual(['resyncing', 0]);
    desk.frames
      .diff(11, 20, 10, [[1, 1000, 3]])
      .wait(1)
      .diff(21, 30, 20, [[-1, 1001, 4]]);
    desk.feed();
    expect([desk.state, desk.requests]).toEqual(['resyncing', 1]);
    desk.frames.wait(1).snapshot(15, START);
    desk.feed();
    expect([desk.state, desk.requests]).toEqual(['live', 1]);
    // Kept diffs lie over the snapshot, in their order.
    expect(desk.top).toEqual([1000, 3, 1001, 4]);
    expect(desk.value(Instrument.lastId)).toBe(30);
    expect(desk.states).toEqual(LIVE_STATES);
  });

  it('leaves out kept diffs that the snapshot holds already', () => {
    const desk = new Desk();
    desk.frames
      .connection(true)
      .diff(11, 20, 10, [[1, 1000, 999]])
      .diff(21, 30, 20, [[1, 999, 7]])
      .snapshot(25, START);
    desk.feed();
    expect(desk.state).toBe('live');
    expect([desk.lots(1000), desk.lots(999)]).toEqual([
      [10, 0],
      [7, 0],
    ]);
  });

  it('waits for the bracket where the snapshot is newer than every kept diff', () => {
    const desk = new Desk();
    desk.frames
      .connection(true)
      .diff(11, 20, 10, [[1, 1000, 5]])
      .snapshot(40, START)
      .diff(21, 30, 20, [[1, 1000, 6]]);
    desk.feed();
    expect([desk.state, desk.value(Instrument.duplicates)]).toEqual(['resyncing', 1]);
    desk.frames.diff(31, 45, 30, [[1, 1000, 7]]);
    desk.feed();
    expect([desk.state, desk.top[1]]).toEqual(['live', 7]);
  });

  it('takes a diff that begins right behind the snapshot', () => {
    const desk = new Desk();
    desk.frames
      .connection(true)
      .diff(11, 20, 10, [[1, 1000, 5]])
      .snapshot(20, START)
      .diff(21, 22, 20, [[1, 1000, 6]]);
    desk.feed();
    expect([desk.state, desk.top[1]]).toEqual(['live', 6]);
  });

  it('asks again, after a pause, where the snapshot is older than the oldest kept diff', () => {
    const desk = new Desk();
    desk.frames
      .connection(true)
      .diff(11, 20, 10, [[1, 1000, 5]])
      .snapshot(9, START);
    desk.feed();
    expect([desk.state, desk.cause, desk.requests]).toEqual(['resyncing', 'snapshotTooOld', 1]);
    desk.frames.wait(999).diff(21, 30, 20, []);
    desk.feed();
    expect(desk.requests).toBe(1);
    desk.frames.wait(2).diff(31, 40, 30, []);
    desk.feed();
    expect([desk.requests, desk.requestCauses[1]]).toEqual([2, 'snapshotTooOld']);
    desk.frames.snapshot(35, START);
    desk.feed();
    expect([desk.state, desk.value(Instrument.lastId)]).toEqual(['live', 40]);
  });

  it('notices a diff that is missing among the kept ones', () => {
    const desk = new Desk();
    desk.frames.connection(true).diff(11, 20, 10, []).diff(31, 40, 30, []).snapshot(15, START);
    desk.feed();
    expect([desk.state, desk.cause, desk.value(Instrument.gaps)]).toEqual(['resyncing', 'gap', 1]);
    desk.frames.diff(41, 50, 40, [[1, 1000, 8]]).snapshot(45, START);
    desk.feed();
    expect([desk.state, desk.top[1]]).toEqual(['live', 8]);
  });

  it('starts anew where the kept diffs outgrow their buffer', () => {
    const desk = new Desk();
    const levels: Level[] = Array.from({ length: 20 }, (_, i) => [1, 980 + i, 1]);
    desk.frames.connection(true);
    for (let k = 1; k <= 4; k++) desk.frames.diff(10 * k + 1, 10 * k + 10, 10 * k, levels);
    desk.feed();
    // Three frames of 21 records fit into 64; the fourth drops them and is kept itself.
    expect([desk.cause, desk.value(Instrument.overruns)]).toEqual(['overrun', 1]);
    desk.frames.snapshot(25, START);
    desk.feed();
    expect([desk.state, desk.cause]).toEqual(['resyncing', 'snapshotTooOld']);
    desk.frames.wait(1001).diff(51, 60, 50, levels).snapshot(55, START);
    desk.feed();
    expect(desk.state).toBe('live');
  });

  it('survives one diff that is larger than the whole buffer', () => {
    const desk = new Desk();
    const levels: Level[] = Array.from({ length: 70 }, (_, i) => [1, 930 + i, 1]);
    desk.frames.connection(true).diff(11, 20, 10, levels).diff(21, 30, 20, []).snapshot(25, START);
    desk.feed();
    expect([desk.state, desk.value(Instrument.overruns)]).toEqual(['live', 1]);
  });

  it('repeats a failed request after a pause', () => {
    const desk = new Desk();
    desk.frames.connection(true).diff(11, 20, 10, []).requestFailed();
    desk.feed();
    expect([desk.state, desk.cause, desk.requests]).toEqual(['resyncing', 'requestFailed', 1]);
    desk.frames.wait(1001).diff(21, 30, 20, []);
    desk.feed();
    expect(desk.requests).toBe(2);
    desk.frames.requestFailed(429).wait(1001).clock();
    desk.feed();
    expect(desk.requests).toBe(3);
    desk.frames.snapshot(25, START);
    desk.feed();
    expect(desk.state).toBe('live');
  });

  it('is not misled by an answer that comes twice', () => {
    const desk = new Desk().live();
    desk.frames
      .snapshot(15, [[1, 500, 1]])
      .requestFailed()
      .diff(21, 30, 20, [[1, 1000, 6]]);
    desk.feed();
    expect([desk.state, ...desk.top]).toEqual(['live', 1000, 6, 1001, 11]);
  });
});

describe('a live book', () => {
  it('resyncs at a gap, by itself', () => {
    const desk = new Desk().live();
    desk.frames.diff(31, 40, 30, [[1, 1000, 1]]);
    desk.feed();
    expect([desk.state, desk.cause, desk.requests, desk.value(Instrument.gaps)]).toEqual(['resyncing', 'gap', 2, 1]);
    desk.frames.diff(41, 50, 40, [[1, 1000, 2]]).snapshot(38, [...START, [1, 998, 5]]);
    desk.feed();
    expect([desk.state, desk.top[1]]).toEqual(['live', 2]);
    expect(desk.lots(998)).toEqual([5, 0]);
    expect(desk.states).toEqual([...LIVE_STATES, 'resyncing (gap)', 'live (synced)']);
  });

  it('does not take a snapshot for new that was made before the gap', () => {
    const desk = new Desk().live();
    desk.frames.diff(31, 40, 30, [[1, 1000, 1]]).snapshot(22, START);
    desk.feed();
    expect([desk.state, desk.cause]).toEqual(['resyncing', 'snapshotTooOld']);
  });

  it('ignores a diff that it holds already', () => {
    const desk = new Desk().live();
    desk.frames
      .diff(21, 30, 20, [[1, 1000, 6]])
      .diff(21, 30, 20, [[1, 1000, 999]])
      .diff(31, 40, 30, []);
    desk.feed();
    expect([desk.state, desk.top[1], desk.value(Instrument.duplicates)]).toEqual(['live', 6, 1]);
  });

  it('resyncs after an unreadable frame that could have been a diff, and only then', () => {
    const desk = new Desk().live();
    desk.frames.unreadable(false).unreadable(false, 0);
    desk.feed();
    expect([desk.state, desk.value(Instrument.unreadable)]).toEqual(['live', 2]);
    desk.frames.unreadable(true);
    desk.feed();
    expect([desk.state, desk.cause, desk.value(Instrument.unreadable)]).toEqual(['resyncing', 'unreadable', 3]);
    desk.frames.diff(31, 40, 30, []).snapshot(35, START);
    desk.feed();
    expect(desk.state).toBe('live');
  });

  it('does not trust a loaded snapshot across an unreadable frame', () => {
    const desk = new Desk();
    desk.frames.connection(true).diff(11, 20, 10, []).snapshot(25, START).unreadable(true).diff(21, 30, 20, []);
    desk.feed();
    expect([desk.state, desk.requests]).toEqual(['resyncing', 2]);
  });

  it('resyncs after a diff without its end', () => {
    const desk = new Desk().live();
    desk.frames.frame(Channel.depthDiff, 3, 21, 30, 20).levels([[1, 1000, 6]]);
    desk.frames.diff(31, 40, 30, [[1, 1000, 7]]);
    desk.feed();
    expect([desk.state, desk.states.at(-1)]).toEqual(['resyncing', 'resyncing (truncated)']);
    desk.frames.snapshot(35, START);
    desk.feed();
    expect(desk.state).toBe('live');
  });

  it('drops what was kept where a kept diff has no end, and does not read its neighbour as levels', () => {
    const desk = new Desk();
    desk.frames
      .connection(true)
      .frame(Channel.depthDiff, 4, 11, 20, 10)
      .levels([[1, 1000, 6]]);
    desk.frames
      .diff(21, 30, 20, [[1, 1000, 7]])
      .diff(31, 40, 30, [[-1, 1001, 8]])
      .snapshot(15, START);
    desk.feed();
    expect([desk.state, desk.cause]).toEqual(['resyncing', 'snapshotTooOld']);
    desk.frames.wait(1001).clock().snapshot(25, START);
    desk.feed();
    expect([desk.state, ...desk.top]).toEqual(['live', 1000, 7, 1001, 8]);
  });

  it('asks anew where the snapshot has no end', () => {
    const desk = new Desk();
    desk.frames.connection(true).diff(11, 20, 10, []).frame(Channel.depthSnapshot, 9, 15, 15, -1).levels([]);
    desk.frames.diff(21, 30, 20, []);
    desk.feed();
    expect([desk.state, desk.requests]).toEqual(['resyncing', 1]);
    desk.frames.wait(1001).diff(31, 40, 30, []).snapshot(35, START);
    desk.feed();
    expect([desk.state, desk.requests]).toEqual(['live', 2]);
  });

  it('resyncs where it is crossed after a whole diff, and not in the middle of one', () => {
    const desk = new Desk().live();
    desk.frames.diff(21, 30, 20, [
      [1, 1001, 4],
      [-1, 1001, 0],
    ]);
    desk.feed();
    expect([desk.state, ...desk.top]).toEqual(['live', 1001, 4, 1002, 21]);
    desk.frames.diff(31, 40, 30, [[1, 1005, 1]]);
    desk.feed();
    expect([desk.state, desk.cause, desk.value(Instrument.crossed)]).toEqual(['resyncing', 'crossed', 1]);
    // No touch is offered while it is crossed.
    expect([desk.value(Instrument.bidLots), desk.value(Instrument.askLots)]).toEqual([0, 0]);
    desk.frames.diff(41, 50, 40, []).snapshot(45, START);
    desk.feed();
    expect(desk.state).toBe('live');
  });

  it('is stale in silence, and live again with the next diff where none was missed', () => {
    const desk = new Desk().live();
    desk.frames.wait(5001).clock();
    desk.feed();
    expect([desk.state, desk.cause, desk.value(Instrument.silences)]).toEqual(['stale', 'silent', 1]);
    desk.frames.diff(21, 30, 20, [[1, 1000, 6]]);
    desk.feed();
    expect([desk.state, desk.top[1], desk.requests]).toEqual(['live', 6, 1]);
  });

  it('resyncs after a silence in which a diff was lost', () => {
    const desk = new Desk().live();
    desk.frames.wait(5001).clock().diff(31, 40, 30, []);
    desk.feed();
    expect([desk.state, desk.cause, desk.requests]).toEqual(['resyncing', 'gap', 2]);
  });

  it('tickers do not end the silence of the depth channel', () => {
    const desk = new Desk().live();
    for (let id = 21; id < 80; id++) desk.frames.wait(100).ticker(id, 1000, 5, 1001, 5);
    desk.feed();
    expect([desk.state, desk.cause]).toEqual(['stale', 'silent']);
  });

  it('is stale without a connection and comes back with one', () => {
    const desk = new Desk().live();
    desk.frames.connection(false);
    desk.feed();
    expect([desk.state, desk.cause]).toEqual(['stale', 'disconnected']);
    desk.frames
      .wait(100)
      .connection(true)
      .diff(41, 50, 40, [[1, 1000, 9]])
      .snapshot(45, START);
    desk.feed();
    expect([desk.state, desk.top[1], desk.requests]).toEqual(['live', 9, 2]);
  });

  it('forgets a frame that the connection broke off', () => {
    const desk = new Desk().live();
    desk.frames
      .frame(Channel.depthDiff, 3, 21, 30, 20)
      .levels([[1, 1000, 6]])
      .connection(false)
      .connection(true);
    desk.frames.diff(41, 50, 40, []).snapshot(45, START);
    desk.feed();
    expect([desk.state, ...desk.top]).toEqual(['live', 1000, 10, 1001, 11]);
  });

  it('is stale where more levels lie outside the window than it may keep, says so, and recovers', () => {
    const desk = new Desk().live();
    const far: Level[] = Array.from({ length: 9 }, (_, i) => [1, 500 + i, 1]);
    desk.frames.diff(21, 30, 20, far);
    desk.feed();
    expect([desk.state, desk.cause, desk.value(Instrument.full)]).toEqual(['stale', 'full', 1]);
    // The pause holds: nothing is asked for before.
    desk.frames.wait(500).diff(31, 40, 30, []);
    desk.feed();
    expect([desk.state, desk.requests]).toEqual(['stale', 1]);
    desk.frames.wait(501).clock().diff(41, 50, 40, []).snapshot(45, START);
    desk.feed();
    expect([desk.state, desk.requests, ...desk.top]).toEqual(['live', 2, 1000, 10, 1001, 11]);
  });

  it('is stale again where the snapshot does not fit either, and asks at the pace of the retry', () => {
    const desk = new Desk().live();
    const wide: Level[] = [...START, ...Array.from({ length: 30 }, (_, i): Level => [1, 500 + i, 1])];
    desk.frames.diff(21, 30, 20, wide);
    for (let k = 3; k < 8; k++)
      desk.frames
        .wait(1001)
        .diff(10 * k + 1, 10 * k + 10, 10 * k, [])
        .snapshot(10 * k + 5, wide);
    desk.feed();
    expect([desk.state, desk.cause, desk.requests]).toEqual(['stale', 'full', 6]);
    desk.frames.wait(1001).diff(81, 90, 80, []).snapshot(85, START);
    desk.feed();
    expect(desk.state).toBe('live');
  });

  it('follows a price that runs out of its window', () => {
    const desk = new Desk({ farLevels: 512 }).live();
    let id = 20;
    for (let tick = 1001; tick < 1600; tick++) {
      desk.frames.wait(1).diff(id + 1, id + 2, id, [
        [-1, tick, 0],
        [1, tick, 3],
        [-1, tick + 1, 5],
      ]);
      id += 2;
    }
    desk.feed();
    expect([desk.state, ...desk.top]).toEqual(['live', 1599, 3, 1600, 5]);
    expect(desk.lots(1000)).toEqual([10, 0]);
  });
});
