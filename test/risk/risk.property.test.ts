/** No sequence of commands, answers and delays gets past a limit; and the test is able to see it where one does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OwnOrders } from '../../host/portfolio/own-orders.ts';
import { OwnOrderState } from '../../host/portfolio/own-order-state.ts';
import type { InstrumentLimits } from '../../host/risk/limits.ts';
import { Risk } from '../../host/risk/risk.ts';
import { play, steps } from './adversary.ts';

it('no limit is passed, whatever is commanded, filled, refused, late or lost, and every cancel gets through', () => {
  fc.assert(
    fc.property(steps, (sequence) => {
      expect(play(sequence)).toBeUndefined();
    }),
    { numRuns: 1500 },
  );
});

/** Lots of `side` in orders whose state `counts`. */
function lotsWhere(orders: OwnOrders, instrument: number, side: number, counts: (state: number) => boolean): number {
  let lots = 0;
  for (let slot = 0; slot < orders.count; slot++) {
    const isHere = orders.instrument(slot) === instrument && orders.side(slot) === side;
    if (isHere && counts(orders.state(slot))) lots += orders.leavesLots(slot);
  }
  return lots;
}

/** Position room that forgets the orders in one state. */
function forgetting(state: number) {
  return class extends Risk {
    protected override positionRoom(instrument: number, side: number, limits: InstrumentLimits): number {
      const towards = side * this.positions.positionLots(instrument);
      return (
        limits.maxPositionLots - towards - lotsWhere(this.orders, instrument, side, (candidate) => candidate !== state)
      );
    }
  };
}

const mutants: Record<string, readonly [what: typeof Risk, breaks: string]> = {
  'no order-size limit': [
    class extends Risk {
      protected override orderSizeRoom(): number {
        return Infinity;
      }
    },
    'order too large',
  ],
  'position limit on the position alone': [
    class extends Risk {
      protected override positionRoom(instrument: number, side: number, limits: InstrumentLimits): number {
        return limits.maxPositionLots - side * this.positions.positionLots(instrument);
      }
    },
    'position',
  ],
  'position limit on the orders alone': [
    class extends Risk {
      protected override positionRoom(instrument: number, side: number, limits: InstrumentLimits): number {
        return limits.maxPositionLots - this.orders.mayFillLots(instrument, side);
      }
    },
    'position',
  ],
  'position limit that nets the other side': [
    class extends Risk {
      protected override positionRoom(instrument: number, side: number, limits: InstrumentLimits): number {
        return super.positionRoom(instrument, side, limits) + this.orders.mayFillLots(instrument, -side);
      }
    },
    'position',
  ],
  'position limit off by one lot': [
    class extends Risk {
      protected override positionRoom(instrument: number, side: number, limits: InstrumentLimits): number {
        return super.positionRoom(instrument, side, limits) + 1;
      }
    },
    'position',
  ],
  'position limit without sent orders': [forgetting(OwnOrderState.sent), 'position'],
  'position limit without live orders': [forgetting(OwnOrderState.live), 'position'],
  'position limit without orders whose cancel is on its way': [forgetting(OwnOrderState.cancelPending), 'position'],
  'position limit without unknown orders': [forgetting(OwnOrderState.unknown), 'position'],
  'no collar': [
    class extends Risk {
      protected override isBeyondCollar(): boolean {
        return false;
      }
    },
    'price outside the collar',
  ],
  'a collar on one side only': [
    class extends Risk {
      protected override isBeyondCollar(priceTicks: number, midTicks: number, limits: InstrumentLimits): boolean {
        return priceTicks > midTicks && super.isBeyondCollar(priceTicks, midTicks, limits);
      }
    },
    'price outside the collar',
  ],
  'no look at the book': [
    class extends Risk {
      protected override isStale(): boolean {
        return false;
      }
    },
    'order on a stale book',
  ],
  'no limit on open orders': [
    class extends Risk {
      protected override openOrderRoom(): number {
        return Infinity;
      }
    },
    'too many open orders',
  ],
  'no message budget': [
    class extends Risk {
      protected override hasBudget(): boolean {
        return true;
      }
    },
    'message rate',
  ],
  'a message budget that keeps nothing for cancels': [
    class extends Risk {
      protected override hasBudget(): boolean {
        return this.budget.tokens >= 1;
      }
    },
    'message rate',
  ],
  'a kill that does not stop': [
    class extends Risk {
      protected override isStopped(): boolean {
        return false;
      }
    },
    'order after',
  ],
  'a pause that does not stop': [
    class extends Risk {
      protected override isHalted(): boolean {
        return false;
      }
    },
    'order while paused',
  ],
  'a kill that cancels nothing': [
    class extends Risk {
      override nextCancel(): number {
        return -1;
      }
    },
    'an order was left without a cancel',
  ],
  'a kill that waits for the message budget': [
    class extends Risk {
      override nextCancel(): number {
        return this.budget.tokens > 12 ? super.nextCancel() : -1;
      }
    },
    'an order was left without a cancel',
  ],
  'no loss limit': [
    class extends Risk {
      override checkLoss(): boolean {
        return this.isKilled;
      }
    },
    'loss limit|without a cancel',
  ],
};

describe('a risk with one rule broken is seen', () => {
  for (const [name, [Mutant, breaks]] of Object.entries(mutants)) {
    it(name, () => {
      const seen = new Set<string>();
      const found = fc.check(
        fc.property(steps, (sequence) => {
          const broken = play(sequence, Mutant);
          if (broken !== undefined) seen.add(broken);
          return broken === undefined;
        }),
        { numRuns: 20_000, endOnFailure: true },
      );
      expect(found.failed).toBe(true);
      for (const rule of seen) expect(rule).toMatch(new RegExp(breaks));
    });
  }
});
