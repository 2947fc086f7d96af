/** What is wrong with a strategy or its parameters is named: key, value, what is valid. */
import { describe, expect, it } from 'vitest';
import { checkStrategy, initStrategy, resolveParameters } from '../../host/engine/load-strategy.ts';
import type { Decider } from '../../host/engine/strategy.ts';
import glft from '../../host/engine/strategies/glft.ts';
import { BTC, context } from './fake-view.ts';

const good = {
  name: 'good',
  doc: 'a fixture',
  parameters: { width: { default: 3, unit: 'ticks', doc: 'how wide', minimum: 1, maximum: 9, wholeNumber: true } },
  ladder: ['fair', 'final'],
  reasons: ['quoting'],
  init: () => ({ memory: 2, decide: () => undefined }),
};

describe('a strategy', () => {
  it('that is complete is taken', () => {
    expect(checkStrategy(good)).toBe(good);
  });
  for (const [change, message] of [
    [{ name: 3 }, 'name is 3; valid is a text'],
    [{ doc: undefined }, 'doc is undefined'],
    [{ ladder: 'fair' }, 'ladder is "fair"; valid is a list of different names'],
    [{ ladder: ['a', 'a'] }, 'ladder is ["a","a"]'],
    [{ ladder: Array.from({ length: 17 }, (_, i) => `row${i}`) }, 'at most 16 rows'],
    [{ reasons: undefined }, 'reasons is undefined'],
    [{ parameters: undefined }, 'parameters is undefined'],
    [{ parameters: { width: 3 } }, 'parameters.width is 3; valid is a ParameterSpec'],
    [{ parameters: { width: { default: 0, unit: 'ticks', doc: '', minimum: 1 } } }, 'parameters.width.default is 0'],
    [{ parameters: { width: { default: null, unit: 'ticks', doc: '' } } }, 'parameters.width.default is null'],
    [{ init: 1 }, 'init is 1; valid is a function'],
  ] as const) {
    it(`with ${JSON.stringify(change).slice(0, 60)} is refused`, () => {
      expect(() => checkStrategy({ ...good, ...change })).toThrow(message);
    });
  }
  it('that gives a wrong decider is refused', () => {
    const init = (decider: unknown) => () =>
      initStrategy({ ...good, init: () => decider as Decider }, {}, [BTC], context());
    expect(init(undefined)).toThrow('good is not a strategy: init() is undefined');
    expect(init({ memory: -1, decide: () => undefined })).toThrow(
      'init().memory is -1; valid is a whole number of slots',
    );
    expect(init({ memory: 1 })).toThrow('init().decide is undefined');
    expect(init({ memory: 1, decide: () => undefined })).not.toThrow();
  });
});

describe('parameters', () => {
  const strategy = checkStrategy(good);
  it('are the defaults with what is given over them', () => {
    expect(resolveParameters(strategy, {})).toEqual({ width: 3 });
    expect(resolveParameters(strategy, { width: 9 })).toEqual({ width: 9 });
  });
  for (const value of [0, 10, 2.5, NaN, Infinity, '3', true, null, [3]]) {
    it(`refuse ${String(value)}`, () => {
      expect(() => resolveParameters(strategy, { width: value })).toThrow(
        /^parameter width of strategy good is .*; valid is a whole number from 1 up to 9 \(ticks\): how wide$/,
      );
    });
  }
  it('refuse a key that is not declared, also one that every object has', () => {
    expect(() => resolveParameters(strategy, { wdith: 3 })).toThrow('no parameter "wdith" (given: 3); it has: width');
    expect(() => resolveParameters(strategy, { constructor: 3 })).toThrow('no parameter "constructor"');
  });
  it('name the valid texts', () => {
    expect(() => resolveParameters(glft, { unit: 'bps' })).toThrow(
      'unit of strategy glft is "bps"; valid is one of "ticks", "relative", "quote"',
    );
  });
});
