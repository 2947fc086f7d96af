/**
 * The touch: best bid and ask, from the book or from the venue's book ticker, whichever has the newer update id. The ticker
 * usually runs ahead of the diffs, and a quote that rests on the older of the two is late.
 */
import { asks, bids } from '../book/book';
import { hasBest, ladderGet } from '../book/ladder';
import { bookOf } from './instrument';
import { Instrument } from '../../build/generated/assembly/layouts';

export function clearTouch(x: Instrument): void {
  x.bidTicks = 0;
  x.bidLots = 0;
  x.askTicks = 0;
  x.askLots = 0;
  x.touchId = -1;
}

/** Reads the book's best levels; makes them the touch where the book is at least as new. */
export function touchFromBook(x: Instrument): void {
  const b = bids(bookOf(x));
  const a = asks(bookOf(x));
  x.bookBidTicks = hasBest(b) ? <f64>b.best : 0;
  x.bookBidLots = hasBest(b) ? ladderGet(b, b.best) : 0;
  x.bookAskTicks = hasBest(a) ? <f64>a.best : 0;
  x.bookAskLots = hasBest(a) ? ladderGet(a, a.best) : 0;
  if (x.lastId < x.touchId) return;
  x.touchId = x.lastId;
  x.bidTicks = x.bookBidTicks;
  x.bidLots = x.bookBidLots;
  x.askTicks = x.bookAskTicks;
  x.askLots = x.bookAskLots;
}

/** The ticker frame at hand is complete. */
export function touchFromTicker(x: Instrument, id: f64, askTicks: f64, askLots: f64): void {
  if (id <= x.touchId) return;
  x.touchId = id;
  x.bidTicks = x.tickerBidTicks;
  x.bidLots = x.tickerBidLots;
  x.askTicks = askTicks;
  x.askLots = askLots;
}
