/** docs/architecture.md walks one frame through the house; every value in it is computed here anew. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/modules.ts';
import { expectFile, filled, labelsOf } from './labelled-blocks.ts';
import { computeWalk } from './walk.ts';

const PATH = `${ROOT}docs/architecture.md`;

describe('docs/architecture.md', () => {
  it('shows the values that the program gives', async () => {
    const walk = await computeWalk();
    const text = readFileSync(PATH, 'utf8');
    expect([...labelsOf(text)].sort()).toEqual([...walk.keys()].sort());
    expectFile(PATH, filled(text, walk));
  }, 120_000);

  it('notices a value that is not true', () => {
    const text = 'a\n```text x\n1\n```\n';
    expect(labelsOf(text)).toEqual(['x']);
    expect(filled(text, new Map([['x', '1']]))).toBe(text);
    expect(filled(text, new Map([['x', '2']]))).not.toBe(text);
    expect(() => filled(text, new Map())).toThrow('block "x" is not computed');
  });
});
