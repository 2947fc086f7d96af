/** `npm run bench`: measures, prints the table, writes build/bench.json. A missed budget is reported, it is no error. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packageFolder } from '../host/cli/programs.ts';
import { parseOptions } from './options.ts';
import { runBench } from './run.ts';
import { textTable, withTable } from './table.ts';

try {
  const options = parseOptions(process.argv.slice(2));
  const started = performance.now();
  const document = await runBench(options, (text) => process.stderr.write(`bench: ${text}\n`));
  const out = options.out === null ? join(packageFolder(), 'build/bench.json') : resolve(options.out);
  writeFileSync(out, `${JSON.stringify(document, null, 2)}\n`);
  if (options.docs) {
    const page = join(packageFolder(), 'docs/benchmarks.md');
    writeFileSync(page, withTable(readFileSync(page, 'utf8'), document));
  }
  process.stdout.write(`${textTable(document)}\n`);
  const missed = document.results.filter((r) => r.met === false);
  process.stdout.write(`\n${missed.length === 0 ? 'Every budget is met.' : `Budgets missed: ${missed.length}.`}\n`);
  process.stderr.write(`bench: ${((performance.now() - started) / 1000).toFixed(1)} s, results in ${out}\n`);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
