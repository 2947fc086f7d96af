/** How much is run: a whole bench, or a quick one that only shows that everything works. */
export interface Effort {
  readonly caseMs: number;
  readonly iterations: number;
  readonly warmupMs: number;
  readonly warmupIterations: number;
  /** Frames of each type that the decoders get. */
  readonly decodeFrames: number;
  readonly decisions: number;
  /** Passes over the recording that are measured tick by tick, after one that is not. */
  readonly tickPasses: number;
  readonly tiles: number;
  /** Tiles of the journal that is read from disk. */
  readonly journalTiles: number;
  readonly backtestRuns: number;
  /** Input records of the recording that are used at most. */
  readonly records: number;
}

export const WHOLE: Effort = {
  caseMs: 500,
  iterations: 8,
  warmupMs: 150,
  warmupIterations: 3,
  decodeFrames: 4000,
  decisions: 1e6,
  tickPasses: 5,
  tiles: 40,
  journalTiles: 8,
  backtestRuns: 5,
  records: Infinity,
};

export const QUICK: Effort = {
  caseMs: 5,
  iterations: 2,
  warmupMs: 1,
  warmupIterations: 1,
  decodeFrames: 200,
  decisions: 2e4,
  tickPasses: 1,
  tiles: 2,
  journalTiles: 1,
  backtestRuns: 1,
  records: 120_000,
};
