import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostClock } from '../../host/events/clock.ts';

const epochNs = 1_723_075_200_000_000_000n;

describe('the host clock', () => {
  it('venue: arrival is venue time plus feed latency, and never goes back', () => {
    const clock = new HostClock({ epochNs, source: 'venue', feedLatencyNs: 2_000_000 });
    expect(clock.arrival(5_000_000)).toBe(7_000_000);
    expect(clock.arrival(4_000_000)).toBe(7_000_000);
    expect(clock.arrival(5_000_001)).toBe(7_000_001);
    expect(clock.toUnixNs(7_000_001)).toBe(epochNs + 7_000_001n);
    expect(clock.toRelativeNs(epochNs + 3n)).toBe(3);
    expect(() => clock.now(1)).toThrow(/needs clock = "wall"/);
  });

  it('wall: origin + rate x monotonic, never backwards, whatever the machine says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -1000, max: 1_000_000_000 }), fc.integer({ min: -5e9, max: 5e9 }))),
        (steps) => {
          const clock = new HostClock({ epochNs, source: 'wall', rate: 1.00001 });
          clock.anchor(1000, 50);
          let monotonic = 50;
          let last = 0;
          let offset = 0;
          for (const [passed, moved] of steps) {
            monotonic += passed;
            const now = clock.now(monotonic);
            expect(now).toBeGreaterThanOrEqual(last);
            last = now;
            const line = Math.floor(1000 + 1.00001 * (monotonic - 50));
            expect(now).toBeGreaterThanOrEqual(line);
            const step = clock.observeWall(line + moved, monotonic);
            if (Math.abs(moved - offset) < 1_000_000) expect(step).toBeUndefined();
            else {
              expect(step).toEqual({ atNs: now, offsetNs: moved, changeNs: moved - offset });
              offset = moved;
            }
          }
        },
      ),
    );
  });

  it('goes on behind a journal that is continued, and says what is missing', () => {
    const clock = new HostClock({ epochNs, source: 'wall' });
    expect(() => clock.now(1)).toThrow(/call anchor/);
    clock.resumeAt(900);
    clock.anchor(100, 0);
    expect(clock.now(10)).toBe(900);
    expect(clock.now(801)).toBe(901);
    expect(() => {
      clock.anchor(1, 1);
    }).toThrow(/anchored already/);
    expect(() => new HostClock({ epochNs, source: 'venue', feedLatencyNs: -1 })).toThrow(/feedLatencyNs is -1/);
  });
});
