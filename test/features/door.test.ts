/**
 * The feature door: one file and one line in the registry make a new feature, and nothing else is touched. The project is
 * generated and compiled beside itself, with test/fixtures/features/largestPrint.ts added.
 */
import { appendFileSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEATURES } from '#generated/features.ts';
import { Kind } from '#generated/records.ts';
import { MarketCore } from '../../host/kernels/core.ts';
import { coreLayout } from '../../host/session/config.ts';
import { generate } from '../../tools/generate.js';
import { compileAssembly } from '../support/assembly.ts';
import { BTC, EPOCH_NS, ETH, allFeatures, idleAccount } from '../support/configuration.ts';
import { ROOT } from '../support/modules.ts';
import { bothRecordings, recordsIn, slice } from '../support/recording.ts';
import { openSession } from '../support/runs.ts';

const NAME = 'largestPrint';
const RECORDS = 60_000;

describe('the feature door', () => {
  let folder: string;
  let module: WebAssembly.Module;
  let hostText: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidebook-door-'));
    const features = join(folder, 'assembly/features');
    cpSync(`${ROOT}assembly/features`, features, { recursive: true });
    cpSync(`${ROOT}test/fixtures/features/${NAME}.ts`, join(features, `${NAME}.ts`));
    appendFileSync(join(features, 'registry.txt'), `${NAME}\n`);
    const out = join(folder, 'build/generated');
    generate(ROOT, { features, out });
    hostText = readFileSync(join(out, 'host/features.ts'), 'utf8');
    const replaced = new Map<string, string>();
    for (const name of readdirSync(join(out, 'assembly'))) {
      replaced.set(`build/generated/assembly/${name}`, readFileSync(join(out, 'assembly', name), 'utf8'));
    }
    replaced.set(`assembly/features/${NAME}.ts`, readFileSync(join(features, `${NAME}.ts`), 'utf8'));
    module = await compileAssembly({ entry: 'assembly/kernels.ts', target: 'checked', replaced });
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gives the new feature a kind, names, parameters and a place in the API', { timeout: 60_000 }, () => {
    expect(hostText).toContain(`"name": "${NAME}"`);
    expect(hostText).toContain('Largest print since the book became live.');
    expect(FEATURES.map((f) => f.name)).not.toContain(NAME);
  });

  it(
    'computes it, in several instances with different parameters, and leaves the others as they were',
    { timeout: 60_000 },
    () => {
      const bytes = slice(bothRecordings(), 0, RECORDS);
      const features = allFeatures(2);
      const config = {
        epochNs: String(EPOCH_NS),
        checkpointRecords: 0,
        instruments: [BTC, ETH],
        features,
        accounts: [idleAccount({}, 2)],
      };
      const before = openSession(config);
      before.feed(bytes);

      const layout = coreLayout(config, 4096);
      const kind = FEATURES.length;
      const core = new MarketCore(module, {
        ...layout,
        features: [
          ...layout.features,
          { kind, instrument: 0, p0: 1 },
          { kind, instrument: 0, p0: 0.5 },
          { kind, instrument: 1, p0: 1 },
        ],
      });
      const known = before.core.exports.outputCount();
      expect(core.exports.outputCount()).toBe(known + 3);
      for (let from = 0; from < RECORDS;) {
        const count = Math.min(8192, RECORDS - from);
        core.staging.bytes.set(slice(bytes, from, from + count));
        for (let done = 0; done < count;) done += core.advance(done, count - done, true);
        from += count;
      }
      for (let i = 0; i < known; i++) {
        expect([core.output(i), core.outputIsValid(i)]).toEqual([before.core.output(i), before.core.outputIsValid(i)]);
      }

      const records = recordsIn(bytes);
      const largest = [0, 0];
      const liveSince = [0, 0];
      for (let i = 0; i < records.capacity; i++) {
        if (records.kind(i) === Kind.depthSnapshot) liveSince[records.instrument(i)] = i;
      }
      for (let i = 0; i < records.capacity; i++) {
        const k = records.instrument(i);
        if (records.kind(i) === Kind.trade && i > liveSince[k]!)
          largest[k] = Math.max(largest[k]!, Math.round(records.qty(i) / 0.001));
      }
      expect(largest[0]).toBeGreaterThan(0);
      expect([core.output(known), core.output(known + 1), core.output(known + 2)]).toEqual([
        largest[0],
        largest[0]! / 2,
        largest[1],
      ]);
      expect(core.outputIsValid(known)).toBe(true);
    },
  );

  it('refuses a descriptor that lacks something, and says what', { timeout: 60_000 }, () => {
    const features = join(folder, 'lacking');
    cpSync(`${ROOT}assembly/features`, features, { recursive: true });
    appendFileSync(join(features, 'registry.txt'), 'absent\n');
    expect(() => generate(ROOT, { features, out: join(folder, 'other') })).toThrow(/absent/);
  });
});
