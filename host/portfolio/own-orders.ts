/**
 * Own orders as we know them, before the venue's word and after it. Every order in the table may still fill; one that no
 * longer can is removed. Rows stand in a section of the account's buffer, oldest first, so that copying the section copies
 * the table. Prices are in ticks, sizes in whole lots, times in ns since the journal's epoch.
 */
import { Kind } from '#generated/records.ts';
import { OwnOrderState } from './own-order-state.ts';
import { requireSlots } from './section.ts';

const COUNT = 0;
const HEADER_SLOTS = 1;

const ID = 0;
const INSTRUMENT = 1;
const SIDE = 2;
const PRICE_TICKS = 3;
const LOTS = 4;
const LEAVES_LOTS = 5;
const STATE = 6;
const SENT_NS = 7;
const ACCEPTED_NS = 8;
const ACK_COUNT = 9;
const CANCEL_COUNT = 10;
const ROW_SLOTS = 11;

/** What became of an event of an own order. */
export const OrderOutcome = {
  /** The order is still in the table. */
  kept: 0,
  /** The order can no longer fill and was removed. */
  removed: 1,
  /** No order under that id is in the table; it ended before. */
  notFound: 2,
  /** More was executed than the order had left; it was removed. The position must be reconciled with the venue. */
  overfilled: 3,
  /** Not an event of own orders. */
  notAnOrderEvent: 4,
} as const;

export class OwnOrders {
  readonly #memory: Float64Array;
  /** Orders that fit; add() answers false beyond it. */
  readonly capacity: number;

  /** Slots that a table of `capacity` orders needs. */
  static slots(capacity: number): number {
    if (!Number.isSafeInteger(capacity) || capacity < 1) {
      throw new Error(`own orders: capacity ${capacity} is not valid; give a whole number from 1`);
    }
    return HEADER_SLOTS + capacity * ROW_SLOTS;
  }

  constructor(memory: Float64Array, capacity: number) {
    requireSlots('own orders', memory, OwnOrders.slots(capacity));
    this.#memory = memory;
    this.capacity = capacity;
  }

  get count(): number {
    return this.#memory[COUNT]!;
  }
  id(slot: number): number {
    return this.#field(slot, ID);
  }
  instrument(slot: number): number {
    return this.#field(slot, INSTRUMENT);
  }
  /** +1 buy, -1 sell. */
  side(slot: number): number {
    return this.#field(slot, SIDE);
  }
  priceTicks(slot: number): number {
    return this.#field(slot, PRICE_TICKS);
  }
  /** As sent. */
  lots(slot: number): number {
    return this.#field(slot, LOTS);
  }
  /** Not yet executed. */
  leavesLots(slot: number): number {
    return this.#field(slot, LEAVES_LOTS);
  }
  /** OwnOrderState code. */
  state(slot: number): number {
    return this.#field(slot, STATE);
  }
  sentNs(slot: number): number {
    return this.#field(slot, SENT_NS);
  }
  /** 0 until the venue confirmed. */
  acceptedNs(slot: number): number {
    return this.#field(slot, ACCEPTED_NS);
  }
  /** Answers of the venue that concerned this order. */
  ackCount(slot: number): number {
    return this.#field(slot, ACK_COUNT);
  }
  /** Cancels that were sent for this order. */
  cancelCount(slot: number): number {
    return this.#field(slot, CANCEL_COUNT);
  }

  /** The slot of the order, or -1. */
  find(id: number): number {
    const memory = this.#memory;
    const count = memory[COUNT]!;
    for (let slot = 0, at = HEADER_SLOTS; slot < count; slot++, at += ROW_SLOTS) {
      if (memory[at + ID] === id) return slot;
    }
    return -1;
  }

  /** Enters an order that is about to be sent. False where the table is full: then the order must not be sent. */
  add(id: number, instrument: number, side: number, priceTicks: number, lots: number, sentNs: number): boolean {
    const memory = this.#memory;
    const count = memory[COUNT]!;
    if (count >= this.capacity) return false;
    const at = HEADER_SLOTS + count * ROW_SLOTS;
    memory[at + ID] = id;
    memory[at + INSTRUMENT] = instrument;
    memory[at + SIDE] = side;
    memory[at + PRICE_TICKS] = priceTicks;
    memory[at + LOTS] = lots;
    memory[at + LEAVES_LOTS] = lots;
    memory[at + STATE] = OwnOrderState.sent;
    memory[at + SENT_NS] = sentNs;
    memory[at + ACCEPTED_NS] = 0;
    memory[at + ACK_COUNT] = 0;
    memory[at + CANCEL_COUNT] = 0;
    memory[COUNT] = count + 1;
    return true;
  }

  /** Takes the order out of the table. False where it is not there. */
  remove(id: number): boolean {
    const slot = this.find(id);
    if (slot < 0) return false;
    this.#removeSlot(slot);
    return true;
  }

  /** Our cancel was sent. False where the order is not in the table. */
  markCancelPending(id: number): boolean {
    const slot = this.find(id);
    if (slot < 0) return false;
    const at = this.#at(slot);
    this.#memory[at + STATE] = OwnOrderState.cancelPending;
    this.#memory[at + CANCEL_COUNT]! += 1;
    return true;
  }

  /** No answer came in time, or the connection was lost: the order counts as able to fill until it is reconciled. */
  markUnknown(id: number): boolean {
    const slot = this.find(id);
    if (slot < 0) return false;
    this.#memory[this.#at(slot) + STATE] = OwnOrderState.unknown;
    return true;
  }

  /**
   * An event of an own order, by its record's kind. `lots`: remaining size for orderAccepted (0 where the venue does not
   * say), executed size for orderFilled, otherwise unused. Returns an OrderOutcome code.
   */
  apply(kind: number, id: number, lots: number, timeNs: number): number {
    switch (kind) {
      case Kind.orderAccepted:
        return this.accepted(id, lots, timeNs);
      case Kind.orderFilled:
        return this.filled(id, lots);
      case Kind.cancelRejected:
        return this.cancelRejected(id);
      case Kind.orderRejected:
        return this.rejected(id);
      case Kind.orderCancelled:
        return this.cancelled(id);
      case Kind.orderExpired:
        return this.expired(id);
      default:
        return OrderOutcome.notAnOrderEvent;
    }
  }

  /**
   * The venue confirms the order. One whose cancel is on its way stays cancelPending. `leavesLots` only ever lowers what
   * is left, since a fill may be reported before the confirmation; 0 or below: the venue does not say.
   */
  accepted(id: number, leavesLots: number, timeNs: number): number {
    const slot = this.find(id);
    if (slot < 0) return OrderOutcome.notFound;
    const memory = this.#memory;
    const at = this.#at(slot);
    memory[at + ACK_COUNT]! += 1;
    if (memory[at + ACCEPTED_NS] === 0) memory[at + ACCEPTED_NS] = timeNs;
    if (memory[at + STATE] !== OwnOrderState.cancelPending) memory[at + STATE] = OwnOrderState.live;
    if (leavesLots > 0 && leavesLots < memory[at + LEAVES_LOTS]!) memory[at + LEAVES_LOTS] = leavesLots;
    return OrderOutcome.kept;
  }

  /** `lots` were executed. A fill also confirms an order that was only sent. */
  filled(id: number, lots: number): number {
    const slot = this.find(id);
    if (slot < 0) return OrderOutcome.notFound;
    const memory = this.#memory;
    const at = this.#at(slot);
    const leavesLots = memory[at + LEAVES_LOTS]! - lots;
    memory[at + ACK_COUNT]! += 1;
    memory[at + LEAVES_LOTS] = leavesLots;
    if (memory[at + STATE] === OwnOrderState.sent) memory[at + STATE] = OwnOrderState.live;
    if (leavesLots > 0) return OrderOutcome.kept;
    this.#removeSlot(slot);
    return leavesLots < 0 ? OrderOutcome.overfilled : OrderOutcome.removed;
  }

  rejected(id: number): number {
    return this.#ended(id);
  }
  cancelled(id: number): number {
    return this.#ended(id);
  }
  expired(id: number): number {
    return this.#ended(id);
  }

  /**
   * The venue knows no such live order, although we have not heard of its end: its last fill may still be on the way, so
   * the order becomes unknown and counts as able to fill until it is reconciled.
   */
  cancelRejected(id: number): number {
    const slot = this.find(id);
    if (slot < 0) return OrderOutcome.notFound;
    const at = this.#at(slot);
    this.#memory[at + ACK_COUNT]! += 1;
    this.#memory[at + STATE] = OwnOrderState.unknown;
    return OrderOutcome.kept;
  }

  /** Lots of `side` that may still fill at `instrument`: sent, live, cancel pending and unknown. */
  mayFillLots(instrument: number, side: number): number {
    const memory = this.#memory;
    const end = HEADER_SLOTS + memory[COUNT]! * ROW_SLOTS;
    let lots = 0;
    for (let at = HEADER_SLOTS; at < end; at += ROW_SLOTS) {
      if (memory[at + INSTRUMENT] === instrument && memory[at + SIDE] === side) lots += memory[at + LEAVES_LOTS]!;
    }
    return lots;
  }

  /** Orders at `instrument` that may still fill. */
  openOrders(instrument: number): number {
    const memory = this.#memory;
    const end = HEADER_SLOTS + memory[COUNT]! * ROW_SLOTS;
    let open = 0;
    for (let at = HEADER_SLOTS; at < end; at += ROW_SLOTS) {
      if (memory[at + INSTRUMENT] === instrument) open++;
    }
    return open;
  }

  /** Orders for which no cancel was sent yet. */
  notYetCancelled(): number {
    const memory = this.#memory;
    const end = HEADER_SLOTS + memory[COUNT]! * ROW_SLOTS;
    let orders = 0;
    for (let at = HEADER_SLOTS; at < end; at += ROW_SLOTS) {
      if (memory[at + CANCEL_COUNT] === 0) orders++;
    }
    return orders;
  }

  #ended(id: number): number {
    return this.remove(id) ? OrderOutcome.removed : OrderOutcome.notFound;
  }

  #at(slot: number): number {
    return HEADER_SLOTS + slot * ROW_SLOTS;
  }

  #field(slot: number, field: number): number {
    return this.#memory[HEADER_SLOTS + slot * ROW_SLOTS + field]!;
  }

  /** Moves the younger rows up; the freed row is zeroed, so that equal tables are equal bytes. */
  #removeSlot(slot: number): void {
    const memory = this.#memory;
    const end = this.#at(memory[COUNT]!);
    const at = this.#at(slot);
    memory.copyWithin(at, at + ROW_SLOTS, end);
    memory.fill(0, end - ROW_SLOTS, end);
    memory[COUNT]! -= 1;
  }
}
