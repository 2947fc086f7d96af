/** The table of own orders: order lives, worst case, full table, saving by copying. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Kind } from '#generated/records.ts';
import { OrderOutcome, OwnOrders } from '../../host/portfolio/own-orders.ts';
import { OwnOrderState } from '../../host/portfolio/own-order-state.ts';
import { SectionLayout } from '../../host/portfolio/section.ts';

function table(capacity = 8): OwnOrders {
  return new OwnOrders(new Float64Array(OwnOrders.slots(capacity)), capacity);
}

describe('own orders', () => {
  it('live from sent through accepted and partial fill to filled', () => {
    const orders = table();
    expect(orders.add(7, 1, -1, 600, 5, 100)).toBe(true);
    expect([orders.id(0), orders.instrument(0), orders.side(0), orders.priceTicks(0), orders.lots(0)]).toEqual([
      7, 1, -1, 600, 5,
    ]);
    expect(orders.state(0)).toBe(OwnOrderState.sent);
    expect(orders.apply(Kind.orderAccepted, 7, 5, 250)).toBe(OrderOutcome.kept);
    expect([orders.state(0), orders.acceptedNs(0), orders.sentNs(0)]).toEqual([OwnOrderState.live, 250, 100]);
    expect(orders.apply(Kind.orderFilled, 7, 2, 300)).toBe(OrderOutcome.kept);
    expect([orders.leavesLots(0), orders.ackCount(0), orders.mayFillLots(1, -1)]).toEqual([3, 2, 3]);
    expect(orders.apply(Kind.orderFilled, 7, 3, 400)).toBe(OrderOutcome.removed);
    expect([orders.count, orders.mayFillLots(1, -1)]).toEqual([0, 0]);
  });

  it('a cancel on its way can still fill, and a late confirmation does not revive the order', () => {
    const orders = table();
    orders.add(1, 0, 1, 600, 5, 0);
    orders.markCancelPending(1);
    expect(orders.accepted(1, 5, 1)).toBe(OrderOutcome.kept);
    expect(orders.state(0)).toBe(OwnOrderState.cancelPending);
    expect(orders.mayFillLots(0, 1)).toBe(5);
    expect(orders.filled(1, 2)).toBe(OrderOutcome.kept);
    expect(orders.cancelled(1)).toBe(OrderOutcome.removed);
    expect(orders.cancelled(1)).toBe(OrderOutcome.notFound);
  });

  it('a refused cancel makes the order unknown, not gone', () => {
    const orders = table();
    orders.add(1, 0, 1, 600, 5, 0);
    orders.markCancelPending(1);
    expect(orders.apply(Kind.cancelRejected, 1, 0, 9)).toBe(OrderOutcome.kept);
    expect([orders.state(0), orders.mayFillLots(0, 1), orders.cancelCount(0)]).toEqual([OwnOrderState.unknown, 5, 1]);
    expect(orders.filled(1, 5)).toBe(OrderOutcome.removed);
  });

  it('a fill before the confirmation: the confirmation does not raise what is left', () => {
    const orders = table();
    orders.add(1, 0, 1, 600, 5, 0);
    orders.filled(1, 4);
    expect(orders.state(0)).toBe(OwnOrderState.live);
    orders.accepted(1, 5, 2);
    expect(orders.leavesLots(0)).toBe(1);
  });

  it('rejected and expired orders leave the table; foreign kinds and overfills are told', () => {
    const orders = table();
    orders.add(1, 0, 1, 600, 5, 0);
    orders.add(2, 0, 1, 600, 5, 0);
    orders.add(3, 0, 1, 600, 5, 0);
    expect(orders.apply(Kind.trade, 1, 0, 0)).toBe(OrderOutcome.notAnOrderEvent);
    expect(orders.apply(Kind.orderRejected, 1, 0, 0)).toBe(OrderOutcome.removed);
    expect(orders.apply(Kind.orderExpired, 2, 5, 0)).toBe(OrderOutcome.removed);
    expect(orders.apply(Kind.orderFilled, 3, 6, 0)).toBe(OrderOutcome.overfilled);
    expect(orders.count).toBe(0);
  });

  it('answers false when full and keeps what it has', () => {
    const orders = table(2);
    expect([orders.add(1, 0, 1, 1, 1, 0), orders.add(2, 0, 1, 1, 1, 0), orders.add(3, 0, 1, 1, 1, 0)]).toEqual([
      true,
      true,
      false,
    ]);
    expect([orders.count, orders.find(3)]).toEqual([2, -1]);
  });

  it('agrees with a plain list under random events, and a copy of its bytes is the same table', () => {
    interface Plain {
      id: number;
      instrument: number;
      side: number;
      leaves: number;
    }
    const step = fc.tuple(
      fc.integer({ min: 0, max: 5 }),
      fc.nat(9),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(1),
      fc.boolean(),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const capacity = 6;
        let memory = new Float64Array(OwnOrders.slots(capacity));
        let orders = new OwnOrders(memory, capacity);
        let plain: Plain[] = [];
        let next = 1;
        for (const [what, pick, lots, instrument, buys] of steps) {
          const side = buys ? 1 : -1;
          const victim = plain[pick % Math.max(1, plain.length)];
          if (what <= 1) {
            const fits = plain.length < capacity;
            expect(orders.add(next, instrument, side, 100, lots, next)).toBe(fits);
            if (fits) plain.push({ id: next, instrument, side, leaves: lots });
            next++;
          } else if (victim !== undefined && what <= 3) {
            orders.filled(victim.id, lots);
            victim.leaves -= lots;
            plain = plain.filter((order) => order.leaves > 0);
          } else if (victim !== undefined) {
            orders.cancelled(victim.id);
            plain = plain.filter((order) => order !== victim);
          }
          memory = memory.slice();
          orders = new OwnOrders(memory, capacity);
          expect(Array.from({ length: orders.count }, (_, slot) => orders.id(slot))).toEqual(
            plain.map((order) => order.id),
          );
          for (const at of [0, 1]) {
            const here = plain.filter((order) => order.instrument === at);
            expect(orders.openOrders(at)).toBe(here.length);
            for (const towards of [1, -1]) {
              const lotsLeft = here
                .filter((order) => order.side === towards)
                .reduce((sum, order) => sum + order.leaves, 0);
              expect(orders.mayFillLots(at, towards)).toBe(lotsLeft);
            }
          }
        }
      }),
    );
  });
});

describe('sections', () => {
  it('lie one after another and share the buffer', () => {
    const layout = new SectionLayout();
    layout.add('orders', 3);
    expect(layout.add('risk', 2)).toEqual({ name: 'risk', offset: 3, slots: 2 });
    const buffer = layout.allocate();
    layout.view(buffer, 'risk')[1] = 9;
    expect([...buffer]).toEqual([0, 0, 0, 0, 9]);
  });
  it('name what is wrong', () => {
    const layout = new SectionLayout();
    layout.add('orders', 3);
    expect(() => layout.add('orders', 1)).toThrow('"orders" is laid out already');
    expect(() => layout.view(new Float64Array(3), 'risk')).toThrow(
      'no section "risk" in the account\'s buffer; it has: orders',
    );
    expect(() => layout.view(new Float64Array(2), 'orders')).toThrow('has 2 slots, its layout needs 3');
    expect(() => layout.add('risk', 1.5)).toThrow('asks for 1.5 slots');
    expect(() => new OwnOrders(new Float64Array(3), 2)).toThrow(
      'own orders needs a section of 23 slots and was given 3',
    );
  });
});
