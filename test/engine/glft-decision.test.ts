/**
 * What a decision of the default strategy costs. It stands alone, so that the engine sees one kind of view and writer, as
 * in a session. The bound on time is loose, since tests share the machine; `npm run bench` holds the budget of 100 ns.
 */
import { expect, it } from 'vitest';
import { initStrategy, resolveParameters } from '../../host/engine/load-strategy.ts';
import glft from '../../host/engine/strategies/glft.ts';
import { BTC, CountingWriter, FakeView, WAKE, context } from './fake-view.ts';

it('decides a million times without growing the heap, in well under a microsecond each', () => {
  const decider = initStrategy(
    glft,
    resolveParameters(glft, { order_lots: 2, max_position_lots: 6, k: 5000 }),
    [BTC],
    context(),
  );
  const view = new FakeView();
  const writer = new CountingWriter();
  const round = (count: number) => {
    for (let i = 0; i < count; i++) {
      view.touch[0] = 600_000 + (i & 63);
      view.touch[2] = 600_001 + (i & 63);
      view.position[0] = (i & 7) - 4;
      decider.decide(WAKE, view, writer);
    }
  };
  round(200_000);
  const times: number[] = [];
  let grown = Infinity;
  for (let repeat = 0; repeat < 3; repeat++) {
    const [heap, started] = [process.memoryUsage().heapUsed, performance.now()];
    round(1_000_000);
    times.push(performance.now() - started);
    grown = Math.min(grown, Math.abs(process.memoryUsage().heapUsed - heap));
  }
  const nsEach = Math.min(...times);
  console.log(`glft decide: ${nsEach.toFixed(1)} ns, heap grown by ${(grown / 1024).toFixed(0)} KiB in 1e6 decisions`);
  expect(writer.counts[0]).toBeGreaterThan(5_000_000);
  // One heap number per decision would be 16 MB.
  expect(grown).toBeLessThan(1024 * 1024);
  expect(nsEach).toBeLessThan(1000);
});
