/** The flags of the bench. */
import { describe, expect, it } from 'vitest';
import { SUBJECTS, parseOptions } from '../../bench/options.ts';

describe('flags', () => {
  it('default to a whole run', () => {
    expect(parseOptions([])).toEqual({ quick: false, subjects: SUBJECTS, out: null, docs: false });
  });
  it('choose', () => {
    expect(parseOptions(['--quick', '--only', 'core,tick', '--out', 'x.json'])).toEqual({
      quick: true,
      subjects: ['core', 'tick'],
      out: 'x.json',
      docs: false,
    });
  });
  it.each([
    [['--fast'], 'unknown flag "--fast"; valid flags: --quick'],
    [['quick'], 'unknown flag "quick"'],
    [['--only', 'cores'], '--only "cores" is not known; valid are: decode, core, decision, tick, backtest'],
    [['--only'], '--only needs a value'],
    [['--out', '--quick'], '--out needs a value'],
    [['--docs', '--quick'], '--docs publishes a whole run'],
  ])('%j is an error', (args, message) => {
    expect(() => parseOptions(args)).toThrow(message);
  });
});
