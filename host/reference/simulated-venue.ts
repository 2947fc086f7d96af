/**
 * The simulated venue of one account and one instrument, schedule `asReceived`, as its rules say it: the plain twin of
 * assembly/sim/venue.ts. It is told of each market event as it is received, with the venue's time and ours (ns), and of our
 * requests; it gives the own-order events. Prices in ticks, sizes in lots. The book is taken to be live.
 *
 *   1. A request sent at T reaches the venue at T - offset + latency in, not before an earlier one. It acts before the first
 *      market event with a later venue time.
 *   2. An answer reaches us latency out after the venue decided, not before the event that we were processing, and not
 *      before an earlier answer.
 *   3. A new order that crosses the opposite touch takes (or is rejected, where post-only); what is left rests behind
 *      everything displayed at its price.
 *   4. A print at our price against our side moves the queue; what reaches us fills us at our price. A print beyond our
 *      price, or a touch at or beyond it, fills all of it.
 *   5. Where the displayed size of our price shrinks without prints, the queue model says how much of that was ahead of us.
 */
import { PlainBook } from './book.ts';
import { frontAfterChange } from './queue.ts';
import type { PlainQueueModel, QueueMath } from './queue.ts';

export type OwnEventKind = 'accepted' | 'rejected' | 'filled' | 'cancelled' | 'cancelRejected' | 'expired';
export type RejectReason =
  'none' | 'wouldTake' | 'tooManyOrders' | 'unknownOrder' | 'notFilled' | 'duplicateId' | 'noMarketData';

export interface OwnEvent {
  readonly kind: OwnEventKind;
  readonly id: number;
  readonly ticks: number;
  readonly lots: number;
  readonly reason: RejectReason;
  /** Of a fill: as maker. */
  readonly isMaker: boolean;
  /** Of a fill: not yet executed. */
  readonly leavesLots: number;
  readonly venueNs: number;
  readonly arrivalNs: number;
}

export interface PlainVenueOptions {
  readonly latencyInNs: number;
  readonly latencyOutNs: number;
  readonly model: PlainQueueModel;
  readonly power: number;
  readonly partialFills: boolean;
  readonly maxOrders: number;
  readonly math: QueueMath;
}

export type PlainTimeInForce = 'gtc' | 'gtx' | 'fok' | 'ioc';

interface Request {
  readonly dueNs: number;
  readonly id: number;
  /** Undefined: a cancel. */
  readonly order: { side: 1 | -1; ticks: number; lots: number; timeInForce: PlainTimeInForce } | undefined;
}

interface Order {
  readonly id: number;
  readonly side: 1 | -1;
  readonly ticks: number;
  leaves: number;
  front: number;
  traded: number;
}

interface Touch {
  ticks: number;
  lots: number;
}

export class PlainVenue {
  readonly events: OwnEvent[] = [];
  readonly book = new PlainBook();
  readonly #options: PlainVenueOptions;
  readonly #bid: Touch = { ticks: 0, lots: 0 };
  readonly #ask: Touch = { ticks: 0, lots: 0 };
  #touchId = -1;
  readonly #requests: Request[] = [];
  /** By slot; an ended order leaves its slot free, a new one takes the first free slot. */
  readonly #slots: (Order | undefined)[];
  #lastDueNs = -Infinity;
  #lastArrivalNs = -Infinity;
  #venueNs = 0;
  #nowNs = 0;

  constructor(options: PlainVenueOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.maxOrders }, () => undefined);
  }

  place(nowNs: number, id: number, side: 1 | -1, ticks: number, lots: number, timeInForce: PlainTimeInForce): void {
    this.#send(nowNs, id, { side, ticks, lots, timeInForce });
  }
  cancel(nowNs: number, id: number): void {
    this.#send(nowNs, id, undefined);
  }
  #send(nowNs: number, id: number, order: Request['order']): void {
    this.#lastDueNs = Math.max(nowNs + this.#options.latencyInNs, this.#lastDueNs);
    this.#requests.push({ dueNs: this.#lastDueNs, id, order });
  }

  /** A diff that ends at `id`: [side, ticks, lots] each. */
  diff(venueNs: number, nowNs: number, id: number, levels: readonly (readonly [number, number, number])[]): void {
    if (levels.length > 0) this.#arrive(venueNs, nowNs);
    for (const [side, ticks, lots] of levels) {
      const before = this.book.side(side).lots(ticks);
      this.book.side(side).set(ticks, lots);
      if (before !== lots) this.#levelChanged(side, ticks, before, lots);
    }
    if (id >= this.#touchId) {
      this.#touchId = id;
      this.#setTouch(this.#bid, this.book.bids.best, this.book.bids.lots(this.book.bids.best ?? 0));
      this.#setTouch(this.#ask, this.book.asks.best, this.book.asks.lots(this.book.asks.best ?? 0));
    }
    this.#touchMoved(venueNs, nowNs);
  }

  ticker(
    venueNs: number,
    nowNs: number,
    id: number,
    bid: readonly [number, number],
    ask: readonly [number, number],
  ): void {
    this.#arrive(venueNs, nowNs);
    if (id > this.#touchId) {
      this.#touchId = id;
      this.#setTouch(this.#bid, ...bid);
      this.#setTouch(this.#ask, ...ask);
    }
    this.#touchMoved(venueNs, nowNs);
  }

  /** aggressor +1 bought, -1 sold. */
  trade(venueNs: number, nowNs: number, ticks: number, lots: number, aggressor: number): void {
    this.#arrive(venueNs, nowNs);
    for (const order of this.#live()) {
      if (order.side === aggressor) continue;
      if (order.ticks === ticks) {
        order.front -= lots;
        if (this.#options.model !== 'riskAverse') order.traded += lots;
        const reached = Math.round(-order.front);
        if (reached < 1) continue;
        order.front = 0;
        this.#fillMaker(order, reached);
      } else if ((order.ticks - ticks) * order.side > 0) this.#fillMaker(order, order.leaves);
    }
  }

  /** Time has passed in silence. */
  clock(venueNs: number, nowNs: number): void {
    this.#arrive(venueNs, nowNs);
  }

  /** Rule 1. */
  #arrive(venueNs: number, nowNs: number): void {
    this.#nowNs = nowNs;
    while (this.#requests.length > 0 && this.#requests[0]!.dueNs < venueNs) {
      const request = this.#requests.shift()!;
      this.#venueNs = request.dueNs;
      if (request.order === undefined) this.#cancelNow(request.id);
      else this.#placeNow(request.id, request.order);
    }
    this.#venueNs = venueNs;
  }

  #placeNow(id: number, order: NonNullable<Request['order']>): void {
    const { side, ticks, timeInForce } = order;
    const reject = (reason: RejectReason): void => this.#answer('rejected', { id, ticks, lots: order.lots, reason });
    if (this.#find(id) !== undefined) return reject('duplicateId');
    const opposite = side > 0 ? this.#ask : this.#bid;
    let left = order.lots;
    if (opposite.lots > 0 && (ticks - opposite.ticks) * side >= 0) {
      if (timeInForce === 'gtx') return reject('wouldTake');
      const offered = this.#offered(side, ticks);
      const all = offered.reduce((sum, level) => sum + level.lots, 0);
      if (timeInForce === 'fok' && this.#options.partialFills && all < left) {
        return this.#answer('expired', { id, ticks, lots: left, reason: 'notFilled' });
      }
      for (const level of offered) {
        if (left <= 0) break;
        const executed = this.#options.partialFills ? Math.min(left, level.lots) : left;
        left -= executed;
        this.#answer('filled', { id, ticks: level.ticks, lots: executed, leavesLots: left });
      }
      if (left <= 0) return;
    }
    if (timeInForce === 'ioc' || timeInForce === 'fok') {
      return this.#answer('expired', { id, ticks, lots: left, reason: 'notFilled' });
    }
    const slot = this.#slots.indexOf(undefined);
    if (slot < 0) return reject('tooManyOrders');
    this.#slots[slot] = { id, side, ticks, leaves: left, front: this.#displayed(side, ticks), traded: 0 };
    this.#answer('accepted', { id, ticks, lots: left });
  }

  #cancelNow(id: number): void {
    const order = this.#find(id);
    if (order === undefined) return this.#answer('cancelRejected', { id, ticks: 0, lots: 0, reason: 'unknownOrder' });
    this.#answer('cancelled', { id, ticks: order.ticks, lots: order.leaves });
    this.#remove(order);
  }

  /** Levels that an order could take, the touch first, the book behind it. */
  #offered(side: 1 | -1, limitTicks: number): Touch[] {
    const touch = side > 0 ? this.#ask : this.#bid;
    const behind = this.book.side(-side);
    const levels: Touch[] = [{ ticks: touch.ticks, lots: touch.lots }];
    for (let next = behind.next(touch.ticks); next !== undefined; next = behind.next(next))
      levels.push({ ticks: next, lots: behind.lots(next) });
    return levels.filter((level) => (limitTicks - level.ticks) * side >= 0);
  }

  /** Lots displayed at a price; the touch knows better than the book where the ticker ran ahead. */
  #displayed(side: 1 | -1, ticks: number): number {
    const touch = side > 0 ? this.#bid : this.#ask;
    if (touch.lots > 0 && ticks === touch.ticks) return touch.lots;
    if (touch.lots > 0 && (ticks - touch.ticks) * side > 0) return 0;
    return this.book.side(side).lots(ticks);
  }

  #levelChanged(side: number, ticks: number, before: number, after: number): void {
    const { model, power, math } = this.#options;
    for (const order of this.#live()) {
      if (order.side !== side || order.ticks !== ticks) continue;
      order.front = frontAfterChange(model, power, order.front, order.traded, before, after, math);
      order.traded = 0;
    }
  }

  #touchMoved(venueNs: number, nowNs: number): void {
    this.#venueNs = venueNs;
    this.#nowNs = nowNs;
    for (const order of this.#live()) {
      const opposite = order.side > 0 ? this.#ask : this.#bid;
      if (opposite.lots > 0 && (order.ticks - opposite.ticks) * order.side >= 0) this.#fillMaker(order, order.leaves);
    }
  }

  #fillMaker(order: Order, lots: number): void {
    const executed = this.#options.partialFills ? Math.min(lots, order.leaves) : order.leaves;
    order.leaves -= executed;
    this.#answer('filled', {
      id: order.id,
      ticks: order.ticks,
      lots: executed,
      leavesLots: order.leaves,
      isMaker: true,
    });
    if (order.leaves <= 0) this.#remove(order);
  }

  #setTouch(touch: Touch, ticks: number | undefined, lots: number): void {
    touch.ticks = ticks ?? 0;
    touch.lots = ticks === undefined ? 0 : lots;
  }
  #live(): Order[] {
    return this.#slots.filter((order) => order !== undefined);
  }
  #find(id: number): Order | undefined {
    return this.#live().find((order) => order.id === id);
  }
  #remove(order: Order): void {
    this.#slots[this.#slots.indexOf(order)] = undefined;
  }

  /** Rule 2. */
  #answer(kind: OwnEventKind, what: Pick<OwnEvent, 'id' | 'ticks' | 'lots'> & Partial<OwnEvent>): void {
    this.#lastArrivalNs = Math.max(this.#venueNs + this.#options.latencyOutNs, this.#nowNs, this.#lastArrivalNs);
    this.events.push({
      reason: 'none',
      isMaker: false,
      leavesLots: 0,
      ...what,
      kind,
      venueNs: this.#venueNs,
      arrivalNs: this.#lastArrivalNs,
    });
  }
}
