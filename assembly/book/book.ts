/**
 * An L2 book: two ladders, bids first. Prices in ticks, sizes in lots. Position independent.
 */
import { Ladder, hasBest, ladderBytes, ladderClear, ladderInit, ladderSumTo, ladderRecentre } from './ladder';

/** Bytes of a book with these windows. */
export function bookBytes(windowTicks: i32, farLevels: i32): i32 {
  return 2 * ((ladderBytes(windowTicks, farLevels) + 63) & ~63);
}

export function bookInit(p: usize, windowTicks: i32, farLevels: i32): void {
  ladderInit(p, 1, windowTicks, farLevels);
  ladderInit(p + sideBytes(windowTicks, farLevels), -1, windowTicks, farLevels);
}

function sideBytes(windowTicks: i32, farLevels: i32): usize {
  return <usize>((ladderBytes(windowTicks, farLevels) + 63) & ~63);
}

export function bids(p: usize): Ladder {
  return changetype<Ladder>(p);
}
export function asks(p: usize): Ladder {
  const b = changetype<Ladder>(p);
  return changetype<Ladder>(p + sideBytes(b.windowTicks, b.farLevels));
}
/** side: +1 bids, -1 asks. */
export function ladderOf(p: usize, side: i32): Ladder {
  return side > 0 ? bids(p) : asks(p);
}

export function bookClear(p: usize): void {
  ladderClear(bids(p));
  ladderClear(asks(p));
}

/** Best bid at or above best ask. */
export function isCrossed(p: usize): bool {
  const b = bids(p);
  const a = asks(p);
  return hasBest(b) && hasBest(a) && b.best >= a.best;
}

/** False where a far map is full. */
export function bookRecentre(p: usize, limit: i32): bool {
  const bidsFit = ladderRecentre(bids(p), limit);
  const asksFit = ladderRecentre(asks(p), limit);
  return bidsFit && asksFit;
}

/** Lots resting on a side from its best price to `limitTicks` inclusive. */
export function depthTo(p: usize, side: i32, limitTicks: i32): f64 {
  return ladderSumTo(ladderOf(p, side), limitTicks);
}
