/** The estimate of the clocks' offset: what is announced, how it follows, and how seldom it speaks. */
import { describe, expect, it } from 'vitest';
import { ClockOffset } from '../../host/venues/clock-offset.ts';

const MS = 1e6;
const SECOND = 1e9;
const LATENCY_NS = 2 * MS;

/** Frames every `everyNs` from `fromNs` to `toNs`, each `tripNs` under way with clocks `offsetNs` apart; what was announced. */
function watch(
  clock: ClockOffset,
  fromNs: number,
  toNs: number,
  offsetNs: number,
  tripNs: (frame: number) => number = () => LATENCY_NS,
  everyNs = 100 * MS,
): { atNs: number; offsetNs: number }[] {
  const said: { atNs: number; offsetNs: number }[] = [];
  for (let frame = 0, atNs = fromNs; atNs < toNs; frame++, atNs += everyNs) {
    const announced = clock.observe(atNs, atNs - offsetNs - tripNs(frame));
    if (announced !== undefined) said.push({ atNs, offsetNs: announced });
  }
  return said;
}

describe('the offset between a venue clock and ours', () => {
  it('says nothing while frames take as long as the configuration assumes', () => {
    expect(watch(new ClockOffset(LATENCY_NS), 0, 100 * SECOND, 0)).toEqual([]);
  });

  it('announces an offset of either sign once', () => {
    expect(watch(new ClockOffset(LATENCY_NS), 0, SECOND, 40 * MS)).toEqual([{ atNs: 0, offsetNs: 40 * MS }]);
    expect(watch(new ClockOffset(LATENCY_NS), 0, SECOND, -40 * MS)).toEqual([{ atNs: 0, offsetNs: -40 * MS }]);
  });

  it('does not take a slow frame for an offset, and comes down to the shortest trip', () => {
    const clock = new ClockOffset(LATENCY_NS);
    expect(watch(clock, 0, SECOND, 0)).toEqual([]);
    expect(watch(clock, SECOND, 20 * SECOND, 0, () => 500 * MS)).toEqual([]);
    const slowFirst = new ClockOffset(LATENCY_NS);
    const trips = [300 * MS, 80 * MS, LATENCY_NS];
    expect(watch(slowFirst, 0, SECOND, 0, (frame) => trips[frame] ?? 90 * MS)).toEqual([
      { atNs: 0, offsetNs: 298 * MS },
      { atNs: 100 * MS, offsetNs: 78 * MS },
      { atNs: 200 * MS, offsetNs: 0 },
    ]);
  });

  it('a change below a millisecond is not worth a record', () => {
    const clock = new ClockOffset(LATENCY_NS);
    expect(watch(clock, 0, SECOND, 0.99 * MS)).toEqual([]);
    expect(watch(clock, SECOND, 2 * SECOND, -0.99 * MS)).toEqual([]);
    expect(watch(clock, 2 * SECOND, 3 * SECOND, -MS)).toEqual([{ atNs: 2 * SECOND, offsetNs: -MS }]);
  });

  it('a growing offset is believed when two windows have passed without a shorter trip', () => {
    const clock = new ClockOffset(LATENCY_NS);
    watch(clock, 0, 30 * SECOND, 0);
    expect(watch(clock, 30 * SECOND, 60 * SECOND, 25 * MS)).toEqual([]);
    expect(watch(clock, 60 * SECOND, 90 * SECOND, 25 * MS)).toEqual([{ atNs: 60 * SECOND, offsetNs: 25 * MS }]);
  });

  it('lets a tenth of a second pass between two records', () => {
    const clock = new ClockOffset(LATENCY_NS);
    const said = watch(clock, 0, SECOND, 0, (frame) => LATENCY_NS - frame * 2 * MS, 10 * MS);
    expect(said.length).toBeGreaterThan(5);
    said.slice(1).forEach(({ atNs }, i) => expect(atNs - said[i]!.atNs).toBeGreaterThanOrEqual(100 * MS));
    expect(said.at(-1).offsetNs).toBeLessThan(-150 * MS);
  });
});
