/** The example of docs/strategies.md is bundled and run as it stands there, and its table names what the guard holds. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { Kind, RECORD_BYTES, TimeInForce } from '#generated/records.ts';
import { bundleStrategy, importCode } from '../../host/cli/bundle-strategy.ts';
import { GUARDED_GLOBALS } from '../../host/engine/bundle-guard.ts';
import { OwnOrderState } from '../../host/engine/strategy.ts';
import { loadStrategy } from '../../host/engine/load-strategy.ts';
import { account, recordedConfig } from '../support/configuration.ts';
import { ROOT } from '../support/modules.ts';
import { bothRecordings, recordsIn } from '../support/recording.ts';
import { Run } from '../support/runs.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidebook-docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = readFileSync(`${ROOT}docs/strategies.md`, 'utf8');
const example = /^```ts example\n([\s\S]*?)^```$/m.exec(text)![1]!;
/** Enough for some hundred decisions. */
const RECORDS = 200_000;

describe('docs/strategies.md', () => {
  it('holds an example that can be bundled, trades, and explains its quotes', async () => {
    const path = join(folder, 'patient-bid.ts');
    writeFileSync(path, example);
    const { code } = await bundleStrategy(path);
    const strategy = await loadStrategy(code, importCode);
    const own = account({ strategy: strategy.name, parameters: { distance_ticks: 10 } });
    const config = recordedConfig([own]);
    const inputs = bothRecordings().subarray(0, RECORDS * RECORD_BYTES);
    const runs = [0, 1].map(() => new Run(config, { strategies: new Map([[strategy.name, strategy]]) }).feed(inputs));
    const [run, again] = runs;
    expect(run!.outcome()).toEqual(again!.outcome());
    expect(run!.session.accounts[0]!.commands).toBeGreaterThan(10);
    expect(run!.session.accounts[0]!.denials).toBe(0);

    const derived = recordsIn(run!.derived.bytes.slice());
    const rows = new Map<number, number[]>();
    for (let i = 0; i < derived.capacity; i++) {
      if (derived.kind(i) !== Kind.ladder) continue;
      const values = rows.get(derived.orderId(i)) ?? [];
      values[derived.ival(i)] = derived.px(i);
      rows.set(derived.orderId(i), values);
    }
    expect(rows.size).toBeGreaterThan(10);
    for (const [bestBid, distance, final] of rows.values()) {
      expect(distance).toBe(-10);
      expect(bestBid! + distance!).toBe(final);
    }
  }, 60_000);

  it('is right for the type checker, constants included', () => {
    const path = `${ROOT}build/docs-example.ts`;
    writeFileSync(path, example);
    const config: unknown = ts.readConfigFile(`${ROOT}tsconfig.json`, (file) => ts.sys.readFile(file)).config;
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
    const program = ts.createProgram([path], { ...options, types: [] });
    const errors = ts.getPreEmitDiagnostics(program).map((d) => ts.flattenDiagnosticMessageText(d.messageText, ' '));
    rmSync(path);
    expect(errors).toEqual([]);
    expect(example).toContain(`const POST_ONLY = ${TimeInForce.gtx};`);
    expect(example).toContain(`const LIVE = ${OwnOrderState.live};`);
  }, 60_000);

  it('names in its table only what the guard really holds', () => {
    const guarded = new Set(GUARDED_GLOBALS.map(([name]) => name));
    for (const name of [
      'Date',
      'performance',
      'setTimeout',
      'setInterval',
      'crypto',
      'fetch',
      'WebSocket',
      'process',
    ]) {
      expect(guarded).toContain(name);
      expect(text).toContain(`\`${name}\``);
    }
  });
});
