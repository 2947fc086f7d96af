/**
 * A small second strategy that shows the whole interface: a bid and an ask at a fixed distance from an anchor. The anchor is
 * what it remembers: it follows the mid only when the mid has moved away by more than a given distance.
 */
import { TimeInForce } from '#generated/records.ts';
import type { Strategy } from '../strategy.ts';
import { OwnOrderState } from '../strategy.ts';

/** Slot of the memory: the anchor in ticks, 0 before the first mid. */
const ANCHOR_TICKS = 0;

const grid: Strategy = {
  name: 'grid',
  doc: 'One bid and one ask at a fixed distance from an anchor that follows the mid in steps.',
  parameters: {
    distance_ticks: { default: 20, unit: 'ticks', doc: 'distance of each quote from the anchor', minimum: 1 },
    follow_ticks: {
      default: 10,
      unit: 'ticks',
      doc: 'the anchor moves when the mid is further away than this',
      minimum: 0,
    },
    order_lots: { default: 1, unit: 'lots', doc: 'size of each quote', minimum: 1, wholeNumber: true },
    max_position_lots: {
      default: 10,
      unit: 'lots',
      doc: 'no bid at this position, no ask at minus this',
      minimum: 1,
      wholeNumber: true,
    },
  },
  ladder: ['anchor', 'distance', 'rounding', 'guard', 'final'],
  reasons: ['quoting', 'bookNotLive'],
  init(parameters, instruments) {
    const { index } = instruments[0]!;
    const distanceTicks = parameters['distance_ticks'] as number;
    const followTicks = parameters['follow_ticks'] as number;
    const orderLots = parameters['order_lots'] as number;
    const maxPositionLots = parameters['max_position_lots'] as number;
    const rows = new Float64Array(5);
    return {
      memory: 1,
      decide(_wake, view, out) {
        const live = view.isLive(index);
        out.reason(live ? 0 : 1);
        const bestBid = view.bidTicks(index);
        const bestAsk = view.askTicks(index);
        const midTicks = (bestBid + bestAsk) / 2;
        const anchor = view.memory[ANCHOR_TICKS]!;
        if (live && (anchor === 0 || Math.abs(midTicks - anchor) > followTicks)) view.memory[ANCHOR_TICKS] = midTicks;
        const anchorTicks = view.memory[ANCHOR_TICKS]!;
        out.fairTicks(anchorTicks);
        for (let side: 1 | -1 = 1; ; side = -1) {
          const exact = anchorTicks - side * distanceTicks;
          const rounded = side === 1 ? Math.floor(exact) : Math.ceil(exact);
          const priceTicks = side === 1 ? Math.min(rounded, bestAsk - 1) : Math.max(rounded, bestBid + 1);
          let wanted = live && priceTicks >= 1 && side * view.positionLots(index) < maxPositionLots;
          for (let slot = 0; slot < view.orderCount; slot++) {
            if (view.orderInstrument(slot) !== index || view.orderSide(slot) !== side) continue;
            const isOff = !wanted || view.orderTicks(slot) !== priceTicks;
            if (isOff && view.orderState(slot) === OwnOrderState.live) out.cancel(view.orderId(slot));
            wanted = false;
          }
          if (wanted) {
            out.place(index, side, priceTicks, orderLots, TimeInForce.gtx);
            rows[0] = anchorTicks;
            rows[1] = -side * distanceTicks;
            rows[2] = rounded - exact;
            rows[3] = priceTicks - rounded;
            rows[4] = priceTicks;
            out.ladder(rows);
          }
          if (side === -1) break;
        }
      },
    };
  },
};

export default grid;
