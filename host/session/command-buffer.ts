/**
 * Where a decision's commands are written: fixed arrays, reused for every decision, nothing allocated. A command beyond the
 * bound is an error of the strategy and says so.
 */
import { CommandKind } from '#generated/records.ts';
import type { CommandWriter } from '../engine/strategy.ts';
import { MAX_LADDER_ROWS } from '../engine/load-strategy.ts';

/** Commands of one decision. */
export const MAX_COMMANDS = 32;
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
  /** Rows of each command's ladder that were given. */
  readonly ladderRows = new Int32Array(MAX_COMMANDS);
  /** Their values. */
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

  ladder(values: Float64Array): void {
    const n = this.count - 1;
    const length = values.length;
    if (n < 0 || length > MAX_LADDER_ROWS) badLadder(length, n);
    for (let row = 0; row < length; row++) this.rows[n * MAX_LADDER_ROWS + row] = values[row]!;
    this.ladderRows[n] = length;
  }

  reason(code: number): void {
    this.reasonCode = code;
  }

  fairTicks(ticks: number): void {
    this.fair = ticks;
  }

  #add(kind: number, id: number, i: number, side: number, priceTicks: number, lots: number, timeInForce: number): void {
    const n = this.count;
    if (n >= MAX_COMMANDS) tooManyCommands(this.#decision);
    this.kind[n] = kind;
    this.id[n] = id;
    this.instrument[n] = i;
    this.side[n] = side;
    this.priceTicks[n] = priceTicks;
    this.lots[n] = lots;
    this.timeInForce[n] = timeInForce;
    this.ladderRows[n] = 0;
    this.count = n + 1;
  }
}

function badLadder(length: number, command: number): never {
  if (command < 0) throw new Error('ladder() explains the quote that place() returned last; call place() first');
  throw new Error(`a ladder of ${length} rows is too long; give one value for each row of Strategy.ladder`);
}

function tooManyCommands(decision: number): never {
  throw new Error(`decision ${decision} gives more than ${MAX_COMMANDS} commands; spread them over several decisions`);
}
