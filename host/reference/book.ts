/** An L2 book of two plain ladders: the twin of assembly/book/book.ts. */
import { PlainLadder } from './ladder.ts';

export class PlainBook {
  readonly bids = new PlainLadder(1);
  readonly asks = new PlainLadder(-1);

  side(side: number): PlainLadder {
    return side > 0 ? this.bids : this.asks;
  }
  clear(): void {
    this.bids.clear();
    this.asks.clear();
  }
  /** Best bid at or above best ask. */
  get isCrossed(): boolean {
    return this.bids.best !== undefined && this.asks.best !== undefined && this.bids.best >= this.asks.best;
  }
}
