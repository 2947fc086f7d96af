/** The features as their definitions say them, over plain lists: the twins of assembly/features. Sizes in lots, times in ns. */

export interface PlainTouch {
  readonly timeNs: number;
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

/** One term of the order-flow imbalance at the best level (Cont, Kukanov, Stoikov 2014, eq. 3). */
export function ofiTerm(before: PlainTouch, after: PlainTouch): number {
  const bids =
    (after.bidTicks >= before.bidTicks ? after.bidLots : 0) - (after.bidTicks <= before.bidTicks ? before.bidLots : 0);
  const asks =
    (after.askTicks <= before.askTicks ? after.askLots : 0) - (after.askTicks >= before.askTicks ? before.askLots : 0);
  return bids - asks;
}

export interface TimedValue {
  readonly timeNs: number;
  readonly value: number;
}

/** Sum of the values in the newest `buckets` buckets of windowNs / buckets each, the one of `nowNs` included. */
export function windowSum(values: readonly TimedValue[], nowNs: number, windowNs: number, buckets: number): number {
  const bucketNs = windowNs / buckets;
  const newest = Math.floor(nowNs / bucketNs);
  return values
    .filter((v) => Math.floor(v.timeNs / bucketNs) > newest - buckets && Math.floor(v.timeNs / bucketNs) <= newest)
    .reduce((sum, v) => sum + v.value, 0);
}

/** Root of the mean squared relative change of consecutive values, per square root of a second. */
export function realisedVolatility(mids: readonly number[], sampleNs: number): number {
  let sum = 0;
  for (let i = 1; i < mids.length; i++) sum += ((mids[i]! - mids[i - 1]!) / mids[i - 1]!) ** 2;
  return Math.sqrt(sum / (mids.length - 1) / (sampleNs / 1e9));
}

/** Bid price weighted by the asks' share of the size and the other way round. */
export function weightedMid(touch: PlainTouch): number {
  const share = touch.bidLots / (touch.bidLots + touch.askLots);
  return touch.bidTicks * (1 - share) + touch.askTicks * share;
}
