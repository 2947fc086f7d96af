/**
 * The demo on both bundled recordings over the socket, against the hashes and figures that it has always given. A change of
 * the core that is meant to change them writes the new ones: UPDATE_GOLDEN=1 npx vitest run test/e2e/demo-golden.test.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Outcome } from '../../host/cli/outcome.ts';
import { json } from './process.ts';
import { makeWorkplace } from './workplace.ts';

const GOLDEN = new URL('../golden/session/demo.json', import.meta.url);

it('gives the same hashes, fills and profit as ever', { timeout: 90_000 }, async () => {
  const journal = join(makeWorkplace(), 'demo');
  const report = await json<Outcome>('run', '--speed', 'full', '--journal', journal, '--port', '0', '--once');
  const { records, decisions, commands, fills, position, pnl, fees, inputHash, commandHash, stateHash } = report;
  const found = { records, decisions, commands, fills, position, pnl, fees, inputHash, commandHash, stateHash };
  if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(GOLDEN, `${JSON.stringify(found, null, 2)}\n`);
  expect(found).toEqual(JSON.parse(readFileSync(GOLDEN, 'utf8')));
});
