/** A fixed set of results for the tests of the bench's table. */
import type { BenchDocument } from '../../bench/result.ts';
import { Results } from '../../bench/result.ts';

export function sampleDocument(quick = false): BenchDocument {
  const results = new Results();
  const name = 'decode trade';
  results.add({ name, variant: 'twin', unit: 'ns/frame', events: 100, min: 4000, p50: 5000 });
  results.add({
    name,
    variant: 'wasm',
    unit: 'ns/frame',
    events: 100,
    min: 401.4,
    p50: 500,
    p99: 61.26,
    p999: 0.12345,
    beside: 'twin',
    budget: [
      { figure: 'p50', atMost: 500 },
      { figure: 'p99', atMost: 61.2 },
    ],
  });
  return {
    quick,
    machine: { cpu: 'A CPU', cores: 2, memoryGiB: 24, os: 'An OS 1' },
    versions: { tidebook: '0.1.0', node: '20.0.0', v8: '11.3', asc: '0.28', binaryen: '131', tinybench: '6.2' },
    load: { before: 0.5, after: 1.25 },
    results: results.list,
  };
}
