/**
 * One side of an L2 book: price in ticks -> lots.
 *
 *   window   a dense ring of `windowTicks` sizes around the best price, with a bitmap of the levels in it
 *   far      a hash map (linear probing) of the levels outside the window, at most `farLevels`
 *
 * A change costs O(1) inside the window; the next best level is found by scanning the bitmap, 64 ticks a word. The window
 * follows the price: `recentre` moves it by a bounded number of ticks. When `far` is full, `set` says so and the book above
 * must not be trusted any longer.
 *
 * Layout at p: header, then f64 sizes[windowTicks], u64 bits[windowTicks / 64], i32 farTicks[slots], f64 farLots[slots].
 * Nothing in it is an address, so a copy of the bytes elsewhere is the same ladder.
 */

/** No level: far below any price for bids, far above for asks. */
export const NO_BID: i32 = -2147483647;
export const NO_ASK: i32 = 2147483647;

@unmanaged
export class Ladder {
  /** +1 bids (higher is better), -1 asks. */
  side: i32;
  windowTicks: i32;
  /** Slots of the far map: a power of two, at least twice farLevels. */
  farSlots: i32;
  farLevels: i32;
  /** Lowest tick of the window. */
  base: i32;
  best: i32;
  /** Levels in the window. */
  near: i32;
  /** Levels outside it. */
  far: i32;
  /** No far level is better than this, so that a look at the window alone is almost always enough. */
  farBound: i32;
  reserved: i32;
}

const HEADER_BYTES: usize = 40;
const EMPTY: i32 = i32.MIN_VALUE;

export function ladderSlots(farLevels: i32): i32 {
  let slots = 16;
  while (slots < farLevels * 2) slots <<= 1;
  return slots;
}

/** Bytes of a ladder. */
export function ladderBytes(windowTicks: i32, farLevels: i32): i32 {
  const slots = ladderSlots(farLevels);
  return <i32>HEADER_BYTES + windowTicks * 8 + windowTicks / 8 + slots * 4 + slots * 8;
}

function sizes(l: Ladder): usize {
  return changetype<usize>(l) + HEADER_BYTES;
}
function bits(l: Ladder): usize {
  return sizes(l) + ((<usize>l.windowTicks) << 3);
}
function farTicks(l: Ladder): usize {
  return bits(l) + ((<usize>l.windowTicks) >> 3);
}
function farLots(l: Ladder): usize {
  return farTicks(l) + ((<usize>l.farSlots) << 2);
}

/** windowTicks must be a power of two and at least 64. */
export function ladderInit(p: usize, side: i32, windowTicks: i32, farLevels: i32): void {
  const l = changetype<Ladder>(p);
  l.side = side;
  l.windowTicks = windowTicks;
  l.farSlots = ladderSlots(farLevels);
  l.farLevels = farLevels;
  l.base = 0;
  ladderClear(l);
}

export function ladderClear(l: Ladder): void {
  memory.fill(sizes(l), 0, ((<usize>l.windowTicks) << 3) + ((<usize>l.windowTicks) >> 3));
  const keys = farTicks(l);
  for (let i = 0; i < l.farSlots; i++) store<i32>(keys + ((<usize>i) << 2), EMPTY);
  memory.fill(farLots(l), 0, (<usize>l.farSlots) << 3);
  l.best = noLevel(l);
  l.near = 0;
  l.far = 0;
  l.farBound = noLevel(l);
}

export function noLevel(l: Ladder): i32 {
  return l.side > 0 ? NO_BID : NO_ASK;
}
export function hasBest(l: Ladder): bool {
  return l.near + l.far > 0;
}

function inWindow(l: Ladder, tick: i32): bool {
  return <u32>(tick - l.base) < <u32>l.windowTicks;
}
function better(l: Ladder, a: i32, b: i32): bool {
  return l.side > 0 ? a > b : a < b;
}

// --- the far map ---------------------------------------------------------------------------------------------------

function hash(l: Ladder, tick: i32): i32 {
  return (<i32>((<u32>tick * 0x9e3779b1) >> 7)) & (l.farSlots - 1);
}

/** Slot of `tick`, or of the free slot where it would go. The map is never more than half full, so the probe ends. */
function farSlot(l: Ladder, tick: i32): i32 {
  const keys = farTicks(l);
  const mask = l.farSlots - 1;
  let slot = hash(l, tick);
  while (true) {
    const key = load<i32>(keys + ((<usize>slot) << 2));
    if (key == tick || key == EMPTY) return slot;
    slot = (slot + 1) & mask;
  }
}

function farGet(l: Ladder, tick: i32): f64 {
  if (l.far == 0) return 0;
  const slot = farSlot(l, tick);
  return load<i32>(farTicks(l) + ((<usize>slot) << 2)) == tick ? load<f64>(farLots(l) + ((<usize>slot) << 3)) : 0;
}

function farRemove(l: Ladder, tick: i32): void {
  const keys = farTicks(l);
  const lots = farLots(l);
  const mask = l.farSlots - 1;
  let hole = farSlot(l, tick);
  if (load<i32>(keys + ((<usize>hole) << 2)) != tick) return;
  l.far -= 1;
  // Closes the hole by moving back what had been pushed past it, so that no tombstones gather.
  let slot = hole;
  while (true) {
    slot = (slot + 1) & mask;
    const key = load<i32>(keys + ((<usize>slot) << 2));
    if (key == EMPTY) break;
    const home = hash(l, key);
    if (((slot - home) & mask) >= ((slot - hole) & mask)) {
      store<i32>(keys + ((<usize>hole) << 2), key);
      store<f64>(lots + ((<usize>hole) << 3), load<f64>(lots + ((<usize>slot) << 3)));
      hole = slot;
    }
  }
  store<i32>(keys + ((<usize>hole) << 2), EMPTY);
  store<f64>(lots + ((<usize>hole) << 3), 0);
}

/** False where the map is full. */
function farSet(l: Ladder, tick: i32, lots: f64): bool {
  const slot = farSlot(l, tick);
  const keys = farTicks(l);
  if (load<i32>(keys + ((<usize>slot) << 2)) != tick) {
    if (l.far >= l.farLevels) return false;
    store<i32>(keys + ((<usize>slot) << 2), tick);
    l.far += 1;
    if (better(l, tick, l.farBound)) l.farBound = tick;
  }
  store<f64>(farLots(l) + ((<usize>slot) << 3), lots);
  return true;
}

/** Best far level that is strictly worse than `limit` in the direction of quality, or noLevel. O(slots). */
function farBestBeyond(l: Ladder, limit: i32): i32 {
  let found = noLevel(l);
  if (l.far == 0) return found;
  const keys = farTicks(l);
  for (let i = 0; i < l.farSlots; i++) {
    const key = load<i32>(keys + ((<usize>i) << 2));
    if (key != EMPTY && better(l, limit, key) && (found == noLevel(l) || better(l, key, found))) found = key;
  }
  return found;
}

// --- the window ----------------------------------------------------------------------------------------------------

function nearGet(l: Ladder, tick: i32): f64 {
  return load<f64>(sizes(l) + ((<usize>(tick & (l.windowTicks - 1))) << 3));
}

function nearSet(l: Ladder, tick: i32, lots: f64): void {
  const i = tick & (l.windowTicks - 1);
  const at = sizes(l) + ((<usize>i) << 3);
  const word = bits(l) + (((<usize>i) >> 6) << 3);
  const bit = (1 as u64) << ((i & 63) as u64);
  const before = load<u64>(word);
  store<f64>(at, lots);
  if (lots > 0) {
    if (!(before & bit)) {
      store<u64>(word, before | bit);
      l.near += 1;
    }
  } else if (before & bit) {
    store<u64>(word, before & ~bit);
    l.near -= 1;
  }
}

/** Highest level at or below `tick` inside the window, else NO_BID. */
function nearDown(l: Ladder, tick: i32): i32 {
  const mask = l.windowTicks - 1;
  let t = tick;
  while (t >= l.base) {
    const i = t & mask;
    const word = load<u64>(bits(l) + (((<usize>i) >> 6) << 3)) << ((63 - (i & 63)) as u64);
    if (word) {
      const found = t - <i32>clz(word);
      return found >= l.base ? found : NO_BID;
    }
    t -= (i & 63) + 1;
  }
  return NO_BID;
}

/** Lowest level at or above `tick` inside the window, else NO_ASK. */
function nearUp(l: Ladder, tick: i32): i32 {
  const mask = l.windowTicks - 1;
  const end = l.base + l.windowTicks;
  let t = tick;
  while (t < end) {
    const i = t & mask;
    const word = load<u64>(bits(l) + (((<usize>i) >> 6) << 3)) >> ((i & 63) as u64);
    if (word) {
      const found = t + <i32>ctz(word);
      return found < end ? found : NO_ASK;
    }
    t += 64 - (i & 63);
  }
  return NO_ASK;
}

// --- what a book asks ----------------------------------------------------------------------------------------------

/** Lots at a tick; 0 where there is no level. */
export function ladderGet(l: Ladder, tick: i32): f64 {
  return inWindow(l, tick) ? nearGet(l, tick) : farGet(l, tick);
}

/** The next level strictly worse than `tick`, or noLevel. */
export function ladderNext(l: Ladder, tick: i32): i32 {
  const none = noLevel(l);
  let near = none;
  if (l.near > 0) {
    near = l.side > 0 ? nearDown(l, min(tick - 1, l.base + l.windowTicks - 1)) : nearUp(l, max(tick + 1, l.base));
  }
  if (l.far == 0 || (near != none && !better(l, l.farBound, near))) return near;
  // The bound says that a far level might come first; a look at all of them decides, and tightens it.
  const far = farBestBeyond(l, tick);
  if (better(l, tick, l.farBound)) l.farBound = far;
  if (near == none) return far;
  if (far == none) return near;
  return better(l, far, near) ? far : near;
}

/**
 * Lots from the best level to `limit` inclusive. O(ticks) where all of it lies in the window, whose empty ticks are 0; level
 * by level else. Whole lots below 2^53 add up exactly in any order.
 */
export function ladderSumTo(l: Ladder, limit: i32): f64 {
  if (!hasBest(l) || better(l, limit, l.best)) return 0;
  let sum: f64 = 0;
  if (inWindow(l, limit) && inWindow(l, l.best)) {
    const from = min(l.best, limit);
    const to = max(l.best, limit);
    for (let tick = from; tick <= to; tick++) sum += nearGet(l, tick);
    return sum;
  }
  const none = noLevel(l);
  for (let tick = l.best; tick != none && !better(l, limit, tick); tick = ladderNext(l, tick))
    sum += ladderGet(l, tick);
  return sum;
}

/**
 * Sets the lots of a level; 0 removes it. Returns the lots before, or -1 where the level lies outside the window and the far
 * map is full (the level is then not kept).
 */
export function ladderSet(l: Ladder, tick: i32, lots: f64): f64 {
  let before: f64;
  if (inWindow(l, tick)) {
    before = nearGet(l, tick);
    if (before == 0 && lots == 0) return 0;
    nearSet(l, tick, lots);
  } else if (l.near + l.far == 0 && lots > 0) {
    // The first level of an empty ladder decides where the window lies.
    l.base = tick - (l.windowTicks >> 1);
    before = 0;
    nearSet(l, tick, lots);
  } else {
    before = farGet(l, tick);
    if (lots > 0) {
      if (!farSet(l, tick, lots)) return -1;
    } else {
      if (before == 0) return 0;
      farRemove(l, tick);
    }
  }
  if (lots > 0) {
    if (l.near + l.far == 1 || better(l, tick, l.best)) l.best = tick;
  } else if (tick == l.best) {
    // Every other level is worse than the one that was best, so the far map need not be searched while the window has any.
    l.best = ladderNext(l, tick);
  }
  return before;
}

/** Removes all levels from the best up to and including `tick` in the direction of worse prices (hftbacktest's clear). */
export function ladderClearTo(l: Ladder, tick: i32): void {
  while (hasBest(l) && !better(l, tick, l.best)) ladderSet(l, l.best, 0);
}

/**
 * Moves the window by at most `limit` ticks towards the best price, once that is further than a quarter of the window from
 * its middle. Levels that leave go to the far map and levels that enter come from it. False where the far map is full.
 */
export function ladderRecentre(l: Ladder, limit: i32): bool {
  if (!hasBest(l)) return true;
  const offset = l.best - (l.base + (l.windowTicks >> 1));
  if (abs(offset) <= l.windowTicks >> 2) return true;
  const steps = min(limit, abs(offset));
  const up = offset > 0;
  for (let i = 0; i < steps; i++) {
    // The ring makes the tick that leaves and the tick that enters share a slot.
    const leaves = up ? l.base : l.base + l.windowTicks - 1;
    const enters = up ? l.base + l.windowTicks : l.base - 1;
    const lots = nearGet(l, leaves);
    if (lots > 0) {
      if (!farSet(l, leaves, lots)) return false;
      nearSet(l, leaves, 0);
    }
    l.base += up ? 1 : -1;
    const comes = farGet(l, enters);
    if (comes > 0) {
      farRemove(l, enters);
      nearSet(l, enters, comes);
    }
  }
  return true;
}
