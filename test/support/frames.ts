/**
 * Input records made by hand: frames of one venue, one after another in time. Prices in ticks, sizes in lots; the instrument
 * turns them into the prices and quantities of the records. Update ids are the writer's own, bridged as on Binance futures.
 */
import { BUY, Channel, Kind, NO_INSTRUMENT, SELL } from '#generated/records.ts';
import type { OperatorAction } from '#generated/records.ts';
import { Records } from '../../host/events/record.ts';
import type { InstrumentConfig } from '../../host/session/config.ts';
import { EPOCH_NS } from './configuration.ts';
import { ByteLog } from './runs.ts';

/** side +1 bid, -1 ask; 0 lots remove the level. */
export type Level = readonly [side: number, ticks: number, lots: number];

export class Frames {
  readonly instrument: InstrumentConfig;
  /** Our time, ns since the epoch. */
  nowNs: number;
  /** Our time minus the venue's, as the frames show it, ns. */
  feedLatencyNs = 2e6;
  readonly #log = new ByteLog();
  readonly #one = Records.allocate(1);

  constructor(instrument: InstrumentConfig, startNs = 1e9) {
    this.instrument = instrument;
    this.nowNs = startNs;
  }

  /** What was written since the last call, as bytes of its own. */
  take(): Uint8Array {
    const bytes = this.#log.bytes.slice();
    this.#log.clear();
    return bytes;
  }

  get venueNs(): number {
    return this.nowNs - this.feedLatencyNs;
  }

  /** Time passes. */
  wait(ms: number): this {
    this.nowNs += ms * 1e6;
    return this;
  }

  /** A diff with the ids `first` to `last`, after `previous`. */
  diff(first: number, last: number, previous: number, levels: readonly Level[]): this {
    this.frame(Channel.depthDiff, levels.length, first, last, previous);
    for (const level of levels) this.#level(Kind.depth, level);
    return this;
  }
  snapshot(id: number, levels: readonly Level[]): this {
    this.frame(Channel.depthSnapshot, levels.length, id, id, -1);
    for (const level of levels) this.#level(Kind.depthSnapshot, level);
    return this;
  }
  ticker(id: number, bidTicks: number, bidLots: number, askTicks: number, askLots: number): this {
    this.frame(Channel.bookTicker, 2, id, id, -1);
    const { tickSize, lotSize } = this.instrument;
    this.#record(Kind.bestBid, { px: bidTicks * tickSize, qty: bidLots * lotSize });
    return this.#record(Kind.bestAsk, { px: askTicks * tickSize, qty: askLots * lotSize });
  }
  /** aggressor +1 bought, -1 sold. */
  trade(ticks: number, lots: number, aggressor: number, kind: number = Kind.trade): this {
    const { tickSize, lotSize } = this.instrument;
    this.frame(Channel.trade, 1, 0, 0, -1);
    return this.#record(kind | (aggressor > 0 ? BUY : SELL), { px: ticks * tickSize, qty: lots * lotSize });
  }
  /** Opens a frame of which `count` records are said to follow. */
  frame(channel: number, count: number, first: number, last: number, previous: number): this {
    return this.#record(Kind.frame, { px: channel, qty: count, ival: first, orderId: last, fval: previous });
  }
  /** Levels without a frame's header. */
  levels(levels: readonly Level[]): this {
    for (const level of levels) this.#level(Kind.depth, level);
    return this;
  }
  unreadable(couldBeDepth: boolean, instrument: number = NO_INSTRUMENT): this {
    const fields = { px: Channel.unreadable, ival: couldBeDepth ? 1 : 0, fval: this.instrument.venueIndex };
    return this.#record(Kind.frame, fields, instrument);
  }
  connection(isOpen: boolean): this {
    return this.#record(Kind.connection, { px: isOpen ? 1 : 0, qty: this.instrument.venueIndex }, NO_INSTRUMENT);
  }
  requestFailed(httpStatus = 503): this {
    return this.#record(Kind.requestFailed, { ival: httpStatus });
  }
  clock(): this {
    return this.#record(Kind.clock, {}, NO_INSTRUMENT);
  }
  operator(action: (typeof OperatorAction)[keyof typeof OperatorAction]): this {
    return this.#record(Kind.operator, { ival: action }, NO_INSTRUMENT);
  }

  #level(kind: number, [side, ticks, lots]: Level): void {
    const { tickSize, lotSize } = this.instrument;
    this.#record(kind | (side > 0 ? BUY : SELL), { px: ticks * tickSize, qty: lots * lotSize });
  }

  #record(
    low: number,
    fields: { px?: number; qty?: number; ival?: number; orderId?: number; fval?: number },
    instrument = this.instrument.index,
  ): this {
    const r = this.#one;
    r.begin(0, low, instrument);
    r.setTimes(0, EPOCH_NS + BigInt(this.venueNs), EPOCH_NS + BigInt(this.nowNs));
    r.setPx(0, fields.px ?? 0);
    r.setQty(0, fields.qty ?? 0);
    r.setIval(0, fields.ival ?? 0);
    r.setOrderId(0, fields.orderId ?? 0);
    r.setFval(0, fields.fval ?? 0);
    this.#log.add(r.bytes);
    return this;
  }
}
