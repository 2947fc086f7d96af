/** docs/features.md is made from the descriptors of the features. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FEATURES } from '#generated/features.ts';
import { ROOT } from '../support/modules.ts';
import { featuresPage } from './features-page.ts';
import { expectFile } from './labelled-blocks.ts';

describe('docs/features.md', () => {
  it('says what the descriptors say', () => {
    expectFile(`${ROOT}docs/features.md`, featuresPage(FEATURES));
  });

  it('names every output and the file of every feature', () => {
    const page = featuresPage(FEATURES);
    for (const kind of FEATURES) {
      expect(existsSync(`${ROOT}assembly/features/${kind.name}.ts`)).toBe(true);
      for (const output of kind.output) expect(page).toContain(`\`${kind.name}.${output.name}\``);
    }
  });
});
