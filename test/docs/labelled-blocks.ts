/**
 * Values inside a document: a code block whose opening line is "```text LABEL" holds what a test computes for LABEL. A
 * test compares them; with UPDATE_DOCS=1 in the environment it writes them instead.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

const BLOCK = /^```text (\S+)\n([\s\S]*?)^```$/gm;

/** Labels in the order of the document. */
export function labelsOf(text: string): string[] {
  return [...text.matchAll(BLOCK)].map((match) => match[1]!);
}

/** The text with each labelled block holding what was computed. Throws for a label that nobody computes. */
export function filled(text: string, blocks: ReadonlyMap<string, string>): string {
  return text.replace(BLOCK, (_, label: string) => {
    const block = blocks.get(label);
    if (block === undefined)
      throw new Error(`block "${label}" is not computed; there are: ${[...blocks.keys()].join(', ')}`);
    return `\`\`\`text ${label}\n${block}\n\`\`\``;
  });
}

/** Writes the file where UPDATE_DOCS is 1; otherwise fails where it differs, showing what is expected. */
export function expectFile(path: string, expected: string): void {
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, expected);
  const remedy = `${path} is out of date; UPDATE_DOCS=1 npx vitest run test/docs writes what it should say`;
  expect(readFileSync(path, 'utf8'), remedy).toBe(expected);
}
