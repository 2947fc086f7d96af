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
  /** Bit r: row r of the command's ladder was written. */
  readonly written = new Int32Array(MAX_COMMANDS);
  /** Ladder of each command; meaningful where `written` says so. */
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

  /** Small enough to be inlined into the strategy, where it is called a dozen times for each quote. */
  ladder(row: number, value: number): void {
    const n = this.count - 1;
    if (n < 0 || row >>> 0 >= MAX_LADDER_ROWS) noSuchRow(row, n);
    this.rows[n * MAX_LADDER_ROWS + row] = value;
    this.written[n]! |= 1 << row;
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
    this.written[n] = 0;
    this.count = n + 1;
  }
}

function noSuchRow(row: number, command: number): never {
  if (command < 0) throw new Error('ladder() explains the quote that place() returned last; call place() first');
  throw new Error(
    `ladder row ${row} does not exist; rows are 0 to ${MAX_LADDER_ROWS - 1}, in the order of Strategy.ladder`,
  );
}

function tooManyCommands(decision: number): never {
  throw new Error(`decision ${decision} gives more than ${MAX_COMMANDS} commands; spread them over several decisions`);
}
