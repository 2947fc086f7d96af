/**
 * Where a decision's commands are written: fixed arrays, reused for every decision, nothing allocated. A command beyond the
 * bound is an error of the strategy and says so.
 */
import { CommandKind } from '#generated/records.ts';
import type { CommandWriter } from '../engine/strategy.ts';
import { MAX_LADDER_ROWS } from '../engine/load-strategy.ts';

/** Commands of one decision. */
export const MAX_COMMANDS = 32;
/** Stands in a ladder row that was not written; no NaN, whose bits an engine may choose. */
export const UNSET_ROW = -Number.MAX_VALUE;
/** Client ids are decision x 32 + number of the command, so that every id tells its decision. */
const IDS_PER_DECISION = 32;

export class CommandBuffer implements CommandWriter {
  count = 0;
  fair = 0;
  reasonCode = 0;
  readonly kind = new Int32Array(MAX_COMMANDS);
  readonly id = new Float64Array(MAX_COMMANDS);
  readonly instrument = new Int32Array(MAX_COMMANDS);
  readonly side = new Int32Array(MAX_COMMANDS);
  readonly priceTicks = new Float64Array(MAX_COMMANDS);
  readonly lots = new Float64Array(MAX_COMMANDS);
  readonly timeInForce = new Int32Array(MAX_COMMANDS);
  /** Ladder of each command; UNSET_ROW where a row was not written. */
  readonly rows = new Float64Array(MAX_COMMANDS * MAX_LADDER_ROWS);
  #decision = 0;

  begin(decision: number): void {
    this.#decision = decision;
    this.count = 0;
    this.fair = 0;
    this.reasonCode = 0;
  }

  place(instrument: number, side: 1 | -1, priceTicks: number, lots: number, timeInForce: number): number {
    const id = this.#decision * IDS_PER_DECISION + this.count;
    this.#add(CommandKind.place, id, instrument, side, priceTicks, lots, timeInForce);
    return id;
  }

  cancel(orderId: number): void {
    this.#add(CommandKind.cancel, orderId, 0, 0, 0, 0, 0);
  }

  ladder(row: number, value: number): void {
    if (this.count === 0) throw new Error('ladder() explains the quote that place() returned last; call place() first');
    if (!(row >= 0 && row < MAX_LADDER_ROWS)) {
      throw new Error(
        `ladder row ${row} does not exist; rows are 0 to ${MAX_LADDER_ROWS - 1}, in the order of Strategy.ladder`,
      );
    }
    this.rows[(this.count - 1) * MAX_LADDER_ROWS + row] = value;
  }

  reason(code: number): void {
    this.reasonCode = code;
  }

  fairTicks(ticks: number): void {
    this.fair = ticks;
  }

  #add(kind: number, id: number, i: number, side: number, priceTicks: number, lots: number, timeInForce: number): void {
    const n = this.count;
    if (n >= MAX_COMMANDS) {
      throw new Error(
        `decision ${this.#decision} gives more than ${MAX_COMMANDS} commands; spread them over several decisions`,
      );
    }
    this.kind[n] = kind;
    this.id[n] = id;
    this.instrument[n] = i;
    this.side[n] = side;
    this.priceTicks[n] = priceTicks;
    this.lots[n] = lots;
    this.timeInForce[n] = timeInForce;
    this.rows.fill(UNSET_ROW, n * MAX_LADDER_ROWS, (n + 1) * MAX_LADDER_ROWS);
    this.count = n + 1;
  }
}
