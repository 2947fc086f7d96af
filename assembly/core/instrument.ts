/**
 * Where an instrument's parts lie: the Instrument struct, then its book, then the diffs kept while a snapshot is awaited.
 */
import { bookBytes, bookInit } from '../book/book';
import { root } from '../memory';
import { INSTRUMENT_BYTES, Instrument, InstrumentConfig } from '../../build/generated/assembly/layouts';
import { BOOK_CAUSE_START, BOOK_STATE_STALE, RECORD_BYTES } from '../../build/generated/assembly/records';

const HEADER_BYTES: i32 = (INSTRUMENT_BYTES + 63) & ~63;

export function instrumentAt(index: i32): Instrument {
  return changetype<Instrument>(<usize>load<u32>(<usize>root().instrumentTable + ((<usize>index) << 2)));
}
export function bookOf(x: Instrument): usize {
  return changetype<usize>(x) + <usize>HEADER_BYTES;
}
export function pendingOf(x: Instrument): usize {
  return bookOf(x) + <usize>x.bookBytes;
}
/** Bytes up to the kept diffs: what every checkpoint hashes. */
export function liveBytes(x: Instrument): i32 {
  return HEADER_BYTES + x.bookBytes + x.pendingCount * RECORD_BYTES;
}
export function instrumentBytes(c: InstrumentConfig): i32 {
  return HEADER_BYTES + bookBytes(c.windowTicks, c.farLevels) + c.pendingRecords * RECORD_BYTES;
}

export function instrumentInit(p: usize, c: InstrumentConfig, index: i32): void {
  const x = changetype<Instrument>(p);
  x.index = index;
  x.tickSize = c.tickSize;
  x.lotSize = c.lotSize;
  x.ticksPerUnit = 1 / c.tickSize;
  x.lotsPerUnit = 1 / c.lotSize;
  x.staleAfterNs = c.staleAfterNs;
  x.retryNs = c.retryNs;
  x.feedLatencyNs = c.feedLatencyNs;
  x.recentreTicks = c.recentreTicks;
  x.venue = c.venue;
  x.bridgedIds = c.bridgedIds;
  x.pendingCapacity = c.pendingRecords;
  x.bookBytes = bookBytes(c.windowTicks, c.farLevels);
  x.bookState = BOOK_STATE_STALE;
  x.bookCause = BOOK_CAUSE_START;
  x.lastId = -1;
  x.snapshotId = -1;
  x.touchId = -1;
  bookInit(bookOf(x), c.windowTicks, c.farLevels);
}
