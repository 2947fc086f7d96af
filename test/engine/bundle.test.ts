/** Bundles: equal bytes, loaded through a data: URL, and a guard that says what to use instead. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleStrategy, importCode } from '../../host/cli/bundle-strategy.ts';
import { EXACT_MATH, GUARDED_GLOBALS } from '../../host/engine/bundle-guard.ts';
import { initStrategy, loadStrategy, resolveParameters } from '../../host/engine/load-strategy.ts';
import type { Strategy } from '../../host/engine/strategy.ts';
import glft from '../../host/engine/strategies/glft.ts';
import { BTC, FakeView, Sheet, WAKE, context } from './fake-view.ts';

const ENGINE = fileURLToPath(new URL('../../host/engine/', import.meta.url));
const GLFT = join(ENGINE, 'strategies/glft.ts');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidebook-bundle-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;
/** A strategy whose decision is `body`, written to a file and bundled. */
async function bundled(body: string, head = ''): Promise<Strategy> {
  const path = join(folder, `s${files++}.ts`);
  writeFileSync(
    path,
    `${head}
export default {
  name: 'fixture', doc: 'a fixture', parameters: {}, ladder: [], reasons: [],
  init: (parameters, instruments, ctx) => ({ memory: 0, decide(wake, view, out) { ${body} } }),
};
`,
  );
  return loadStrategy((await bundleStrategy(path)).code, importCode);
}

/** Runs one decision; what it passed to out.fairTicks(). */
function decide(strategy: Strategy): number {
  const sheet = new Sheet();
  initStrategy(strategy, {}, [BTC], context()).decide(WAKE, new FakeView(), sheet);
  return sheet.fair;
}

describe('the bundle of glft', () => {
  it('has equal bytes each time, names no place on this machine, and imports nothing', async () => {
    const [first, second] = [await bundleStrategy(GLFT), await bundleStrategy(GLFT)];
    expect(second.sha256).toBe(first.sha256);
    expect(Buffer.from(first.code).equals(second.code)).toBe(true);
    const text = new TextDecoder().decode(first.code);
    expect(text).not.toContain(fileURLToPath(new URL('../..', import.meta.url)));
    expect(text).not.toMatch(/^\s*import\b/m);
    expect(text).not.toContain('require(');
  });

  it('decides as the source does', async () => {
    const strategy = await loadStrategy((await bundleStrategy(GLFT)).code, importCode);
    const sheets = [strategy, glft].map((candidate) => {
      const sheet = new Sheet();
      const parameters = resolveParameters(candidate, { order_lots: 3 });
      initStrategy(candidate, parameters, [BTC], context()).decide(WAKE, new FakeView(), sheet);
      return sheet;
    });
    expect(sheets[0]!.placed).toHaveLength(2);
    expect(sheets[0]).toEqual(sheets[1]);
  });
});

it('the same sources elsewhere give the same bytes', async () => {
  const bytes: string[] = [];
  for (const place of ['one', 'elsewhere/deeper/still']) {
    const at = join(folder, place, 'engine');
    cpSync(ENGINE, at, { recursive: true });
    const strategy = readFileSync(GLFT, 'utf8').replace(
      /import \{ TimeInForce \}.*\n/,
      'const TimeInForce = { gtx: 1 };\n',
    );
    writeFileSync(
      join(at, 'strategies/glft.ts'),
      strategy.replace(/import \{ OwnOrderState \}.*\n/, 'const OwnOrderState = { sent: 1, live: 2 };\n'),
    );
    bytes.push((await bundleStrategy(join(at, 'strategies/glft.ts'))).sha256);
  }
  expect(bytes[1]).toBe(bytes[0]);
});

describe('the guard', () => {
  for (const [body, message] of [
    ['Date.now()', 'Date is not for strategies: a decision has no clock; use wake.timeNs'],
    ['new Date()', 'Date is not for strategies'],
    ['Date()', 'Date is not for strategies'],
    ['performance.now()', 'use wake.timeNs'],
    ['Math.random()', 'Math.random is not repeatable'],
    ['Math.exp(wake.decision)', 'Math.exp differs between engines: use ctx.math.exp'],
    ['Math.sin(1)', 'Math.sin differs between engines: express it through'],
    ['out.fairTicks(2 ** wake.decision)', 'Math.pow differs between engines: use ctx.math.pow (** is Math.pow too)'],
    ['let x = wake.decision; x **= 3; out.fairTicks(x)', 'use ctx.math.pow'],
    ['setTimeout(() => {}, 1)', 'setTimeout is not for strategies: a decision cannot wait'],
    ['setInterval(() => {}, 1)', 'setInterval is not for strategies'],
    ['fetch("http://127.0.0.1")', 'fetch is not for strategies: a decision reads only its view'],
    ['process.exit(0)', 'process is not for strategies'],
    ['process.env.HOME', 'process is not for strategies'],
    ['globalThis.Date', 'globalThis is not for strategies'],
    ['new Intl.NumberFormat("de")', 'Intl is not for strategies: locales differ'],
    ['crypto.getRandomValues(new Uint8Array(1))', 'crypto is not for strategies'],
    ['new Function("return Date.now()")()', 'Function is not for strategies'],
    ['const { now } = Date; now()', 'Date is not for strategies'],
    ['"Date" in globalThis', 'globalThis is not for strategies'],
  ] as const) {
    it(`stops ${body}`, async () => {
      const strategy = await bundled(body);
      expect(() => decide(strategy)).toThrow(message);
    });
  }

  it('stops each of its names, one by one', async () => {
    const names = GUARDED_GLOBALS.map(([name]) => name).filter((name) => name !== 'require');
    const strategy = await bundled(
      `const tries = [${names.map((name) => `() => ${name}.anything`).join(', ')}]; tries[wake.decision]();`,
    );
    names.forEach((name, index) => {
      const decider = initStrategy(strategy, {}, [BTC], context());
      expect(() => decider.decide({ ...WAKE, decision: index }, new FakeView(), new Sheet())).toThrow(name);
    });
  });

  it('leaves the exact part of Math as it is', async () => {
    const strategy = await bundled(`
      const used = [Math.abs(-2), Math.min(3, 4), Math.max(1, 2), Math.floor(1.5), Math.ceil(1.5), Math.round(2.5), Math.trunc(-1.5),
        Math.sign(-3), Math.sqrt(16), Math.fround(5.5), Math.imul(3, 4), Math.clz32(1), Math.PI, Math.E, Math.LN2, Math.SQRT2];
      out.fairTicks(used.reduce((sum, value) => sum + value, 0));`);
    expect(decide(strategy)).toBeCloseTo(
      2 + 3 + 2 + 1 + 2 + 3 - 1 - 1 + 4 + 5.5 + 12 + 31 + Math.PI + Math.E + Math.LN2 + Math.SQRT2,
      12,
    );
    for (const name of EXACT_MATH.split(' ')) expect(Object.getOwnPropertyNames(Math)).toContain(name);
  });

  it('covers all of Math: a name is exact, or stopped, or absent', async () => {
    const exact = EXACT_MATH.split(' ');
    const stopped = Object.getOwnPropertyNames(Math).filter((name) => !exact.includes(name));
    const strategy = await bundled(
      `const tries = [${stopped.map((name) => `() => Math.${name}(1)`).join(', ')}]; tries[wake.decision]();`,
    );
    stopped.forEach((name, index) => {
      const decider = initStrategy(strategy, {}, [BTC], context());
      expect(() => decider.decide({ ...WAKE, decision: index }, new FakeView(), new Sheet()), name).toThrow();
    });
  });
});

describe('what cannot be bundled or loaded is told', () => {
  it('an import that a strategy cannot have', async () => {
    await expect(bundled('', "import fs from 'node:fs'; export const x = fs;")).rejects.toThrow(
      /cannot be bundled: Could not resolve "node:fs"/,
    );
  });
  it('a syntax error, with its line', async () => {
    await expect(bundled('const = 1')).rejects.toThrow(/cannot be bundled: .*\.ts:4\)/);
  });
  it('eval, which would escape the guard', async () => {
    await expect(bundled('eval("Date.now()")')).rejects.toThrow(/cannot be bundled: .*eval/i);
  });
  it('a file that is not there', async () => {
    await expect(bundleStrategy(join(folder, 'absent.ts'))).rejects.toThrow('absent.ts');
  });
  it('a module without a default export', async () => {
    const path = join(folder, 'nothing.ts');
    writeFileSync(path, 'export const x = 1;');
    const { code } = await bundleStrategy(path);
    await expect(loadStrategy(code, importCode)).rejects.toThrow('default export is undefined; valid is an object');
  });
});
