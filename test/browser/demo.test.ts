/**
 * The demo as a newcomer sees it: the built host on the bundled recordings, and its page in a real browser. The page opens,
 * is live, can be worked with, ends with a summary, and has then computed the hashes that the host, a replay and a backtest
 * of the journal have.
 *
 * With UPDATE_DOCS=1 it also takes docs/dashboard.png anew.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BacktestReport } from '../../host/cli/commands/backtest.ts';
import type { ReplayReport } from '../../host/cli/commands/replay.ts';
import type { Outcome } from '../../host/cli/outcome.ts';
import { ROOT, json, start } from '../e2e/process.ts';
import type { Running } from '../e2e/process.ts';
import { makeWorkplace } from '../e2e/workplace.ts';
import { chromiumUnavailable, launchChromium } from '../web/chromium.ts';
import { countFrames, summaryOf } from './frame-times.ts';
import { countPixels, fingerprint } from './pixels.ts';
import { openWatchedPage, pageHashes, verdict } from './watched-page.ts';
import type { WatchedPage } from './watched-page.ts';

const unavailable = chromiumUnavailable();
if (unavailable !== null) console.log(`not run: ${unavailable}`);

/** The 285 s after the first minute go by in 36 s. */
const SPEED = 8;
const PICTURE_BYTES = 600_000;
const place = makeWorkplace();

const readOut = async (page: Page): Promise<Record<string, string>> => {
  const terms = await page.getByTestId('read-out').locator('dt').allTextContents();
  const values = await page.getByTestId('read-out').locator('dd').allTextContents();
  return Object.fromEntries(terms.map((term, i) => [term, values[i]!.trim()]));
};
const address = async (page: Page): Promise<URLSearchParams> =>
  new URLSearchParams((await page.evaluate(() => location.hash)).slice(1));
const isOn = async (page: Page, name: string): Promise<boolean> =>
  (await page.getByRole('button', { name, exact: true }).getAttribute('class')) === 'on';
const clock = async (page: Page): Promise<string> =>
  (await page.getByTestId('clock').locator('.time').textContent()) ?? '';
const isLive = (page: Page) =>
  expect.poll(() => page.getByTestId('where').textContent(), { timeout: 15_000 }).toBe('live');

/** The recordings at `speed`, and the page in front of them. */
async function demo(
  browser: Browser,
  journal: string,
  speed: number,
  ...more: string[]
): Promise<{ host: Running; shown: WatchedPage }> {
  const host = start('run', '--speed', String(speed), '--port', '0', '--journal', journal, '--json', ...more);
  const url = await host.url();
  const shown = await openWatchedPage(browser, { before: countFrames });
  await shown.page.goto(url);
  return { host, shown };
}

describe.runIf(unavailable === null)('the demo in a browser', () => {
  const journal = join(place, 'demo');
  let browser: Browser;
  let host: Running;
  let shown: WatchedPage;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
    ({ host, shown } = await demo(browser, journal, SPEED));
    page = shown.page;
  }, 60_000);
  afterAll(async () => {
    if (host.child.exitCode !== null && host.child.exitCode !== 0) console.log(`the host ended:\n${host.stderr}`);
    await browser.close();
  });

  it('opens with a minute of history, says that it is a recording, and becomes live', async () => {
    await expect.poll(() => page.getByTestId('mode').textContent(), { timeout: 20_000 }).toBe('RECORDING');
    expect(await page.getByTestId('recording').textContent()).toMatch(
      /This is a recording\. Recorded market data, 8x; orders are simulated/,
    );
    await isLive(page);
    expect(await clock(page)).toMatch(/^\d\d:\d\d:\d\d\.\d$/);
    expect(await page.getByRole('button', { name: /BTCUSDT/ }).textContent()).toMatch(/6\d{4}\.\d+.*live/);
  });

  it('agrees with the host at one record number after another', async () => {
    const seen = new Set<number>();
    await expect
      .poll(
        async () => {
          const { agreedRecords, text } = await verdict(page);
          expect(text).not.toContain('differs');
          if (agreedRecords !== null) seen.add(agreedRecords);
          return seen.size;
        },
        { timeout: 15_000, interval: 100 },
      )
      .toBeGreaterThan(4);
  });

  it('draws the book, the prints, our quotes and our fills', async () => {
    await expect
      .poll(() => page.getByTestId('fills').locator('tbody tr').count(), { timeout: 15_000 })
      .toBeGreaterThan(2);
    await expect
      .poll(() => page.getByTestId('orders').locator('tbody tr').count(), { timeout: 15_000 })
      .toBeGreaterThan(0);
    const pixels = await countPixels(page);
    console.log(`pixels of the map: ${JSON.stringify(pixels)}`);
    expect(pixels.book / pixels.all).toBeGreaterThan(0.05);
    expect(pixels.prints).toBeGreaterThan(100);
    expect(pixels.quotes).toBeGreaterThan(100);
    expect(pixels.fills).toBeGreaterThan(10);
    expect(await page.getByTestId('ladder').textContent()).toMatch(/fair.*inventory.*final/s);
    expect(await page.getByTestId('latency').locator('tbody tr').first().textContent()).toMatch(/decode.*\d (µs|ms)/);
    expect(await page.getByTestId('position').textContent()).toMatch(/PnL after fees[+−]?\d/);
  });

  it('moves by mouse and keys: crosshair, zoom, pan, follow, pause', async () => {
    await page.mouse.move(500, 450);
    await expect.poll(async () => (await readOut(page))['time']).toMatch(/^\d\d:\d\d:\d\d\.\d{6}$/);
    expect(Number((await readOut(page))['price'])).toBeGreaterThan(60_000);
    const before = await address(page);
    await page.mouse.wheel(0, -300);
    await expect.poll(async () => Number((await address(page)).get('w')), { timeout: 5000 }).toBeGreaterThan(0);
    expect(before.get('w')).toBeNull();
    await page.keyboard.press('[');
    await expect.poll(async () => Number((await address(page)).get('h')), { timeout: 5000 }).toBeGreaterThan(480);
    expect(await isOn(page, 'Follow')).toBe(true);
    await page.mouse.down();
    await page.mouse.move(650, 430, { steps: 5 });
    await page.mouse.up();
    expect(await isOn(page, 'Follow')).toBe(false);
    const still = (await readOut(page))['time']!;
    await page.keyboard.press('ArrowLeft');
    await page.mouse.move(651, 430);
    expect((await readOut(page))['time']! < still).toBe(true);
    await page.keyboard.press('f');
    await expect.poll(() => isOn(page, 'Follow')).toBe(true);

    await page.mouse.move(1500, 20);
    await page.keyboard.press('Space');
    await expect.poll(() => isOn(page, 'Pause')).toBe(true);
    await page.waitForTimeout(300);
    const held = await fingerprint(page);
    const timeHeld = await clock(page);
    await page.waitForTimeout(600);
    expect(await fingerprint(page)).toBe(held);
    // The replica goes on.
    expect((await clock(page)) > timeHeld).toBe(true);
    await page.keyboard.press('Space');
    await expect.poll(() => fingerprint(page), { timeout: 5000 }).not.toBe(held);
  });

  it('switches the instrument', async () => {
    await page.getByRole('button', { name: /ETHUSDT/ }).click();
    await page.waitForTimeout(300);
    await page.mouse.move(500, 450);
    await expect.poll(async () => Number((await readOut(page))['price'])).toBeLessThan(4000);
    expect(Number((await readOut(page))['price'])).toBeGreaterThan(2000);
    const pixels = await countPixels(page);
    expect(pixels.book / pixels.all).toBeGreaterThan(0.02);
    await page.getByRole('button', { name: /BTCUSDT/ }).click();
    await page.mouse.move(510, 450);
    await expect.poll(async () => Number((await readOut(page))['price'])).toBeGreaterThan(60_000);
  });

  it('steps back to a moment of the past and returns', async () => {
    const started = performance.now();
    const now = await clock(page);
    const box = (await page.getByTestId('scrubber').boundingBox())!;
    await page.mouse.click(box.x + box.width * 0.3, box.y + box.height / 2);
    await expect.poll(() => page.getByTestId('where').textContent(), { timeout: 15_000 }).toBe('stepped back');
    const backMs = performance.now() - started;
    const then = await clock(page);
    expect(then < now).toBe(true);
    await page.waitForTimeout(500);
    expect(await clock(page)).toBe(then);
    expect(Number((await address(page)).get('t'))).toBeGreaterThan(0);
    const pixels = await countPixels(page);
    expect(pixels.book / pixels.all).toBeGreaterThan(0.02);
    const left = performance.now();
    await page.keyboard.press('0');
    await isLive(page);
    await expect.poll(async () => (await clock(page)) > now).toBe(true);
    console.log(
      `stepped back to ${then} in ${backMs.toFixed(0)} ms, and to the present in ${(performance.now() - left).toFixed(0)} ms`,
    );
  });

  it('keeps up with the screen', async () => {
    await page.evaluate(() => (window as unknown as { frames: { clear(): void } }).frames.clear());
    await page.waitForTimeout(3000);
    const frames = summaryOf(
      await page.evaluate(() =>
        (window as unknown as { frames: { read(): { intervals: number[]; work: number[] } } }).frames.read(),
      ),
    );
    console.log(
      `frames (software rendering, ${process.arch}): ${frames.perSecond.toFixed(1)} fps, interval p50 ${frames.intervalP50Ms.toFixed(1)} ms p99 ` +
        `${frames.intervalP99Ms.toFixed(1)} ms, draw p50 ${frames.workP50Ms.toFixed(2)} ms p99 ${frames.workP99Ms.toFixed(2)} ms`,
    );
    // Without a GPU and beside other tests on the same cores: far below what a screen gets, but not a standstill.
    expect(frames.perSecond).toBeGreaterThan(5);
  });

  it(
    'ends with a summary, and host, replay, backtest and page have one set of hashes',
    { timeout: 90_000 },
    async () => {
      await host.said(/the session is over; the dashboard stays open/);
      await expect.poll(() => host.stdout, { timeout: 5000 }).toMatch(/\}\n$/);
      const ended = JSON.parse(host.stdout) as Outcome;
      await expect.poll(() => page.getByTestId('summary').count(), { timeout: 20_000 }).toBe(1);
      const summary = (await page.getByTestId('summary').textContent())!;
      expect(summary).toMatch(/The session has ended.*the recording is over.*PnL after fees/s);
      expect(summary).toContain(`fills${ended.fills}`);
      await page.getByRole('button', { name: 'Look at it' }).click();
      expect(await page.getByTestId('summary').count()).toBe(0);
      await expect.poll(async () => (await verdict(page)).agreedRecords, { timeout: 20_000 }).toBe(ended.records);

      const { records, inputHash, commandHash, stateHash } = ended;
      const [inPage, replayed, tested] = await Promise.all([
        pageHashes(page),
        json<ReplayReport>('replay', journal, '--verify'),
        json<BacktestReport>('backtest', journal),
      ]);
      const of = (o: { records: number; inputHash: string; commandHash: string; stateHash: string }) => ({
        records: o.records,
        inputHash: o.inputHash,
        commandHash: o.commandHash,
        stateHash: o.stateHash,
      });
      console.log(`records ${records}  inputHash ${inputHash}  commandHash ${commandHash}  stateHash ${stateHash}`);
      expect({ page: inPage, replay: of(replayed), backtest: of(tested) }).toEqual({
        page: of(ended),
        replay: of(ended),
        backtest: of(ended),
      });
      expect(replayed.equal).toBe(true);
      // The panel shows the host's and the page's own.
      const rows = await page.getByTestId('agreement').locator('tbody tr').allTextContents();
      expect(rows.join(' ')).toContain(`input${inputHash}${inputHash}`);
      expect(rows.join(' ')).toContain(`command${commandHash}${commandHash}`);
    },
  );

  it('had nothing to complain about, and the host ends when it is told to', async () => {
    expect(shown.complaints).toEqual([]);
    await shown.close();
    host.child.kill('SIGTERM');
    expect((await host.finished).code).toBe(0);
  });

  it('says plainly that a browser without WebAssembly SIMD cannot run it', async () => {
    const other = start('run', '--speed', '1', '--port', '0', '--journal', join(place, 'no-simd'));
    const without = await openWatchedPage(browser, {
      // Such a browser takes no module that holds a vector instruction.
      before: () => {
        WebAssembly.validate = () => false;
      },
    });
    await without.page.goto(await other.url());
    const text = await without.page.getByRole('alert').textContent();
    expect(text).toMatch(/cannot run Tidebook.*needs WebAssembly SIMD.*Chrome or Edge 91, Firefox 89, Safari 16\.4/s);
    expect(await without.page.locator('canvas').count()).toBe(0);
    expect(without.complaints).toEqual([]);
    await without.close();
    other.child.kill('SIGTERM');
    expect((await other.finished).code).toBe(0);
  });

  if (process.env['UPDATE_DOCS'] === '1')
    it('is pictured for the README', { timeout: 120_000 }, async () => {
      const { host: live, shown: pictured } = await demo(browser, join(place, 'picture'), 1);
      await isLive(pictured.page);
      await pictured.page.waitForTimeout(15_000);
      const bytes = await pictured.page.screenshot({ type: 'png' });
      expect(bytes.length).toBeLessThan(PICTURE_BYTES);
      writeFileSync(join(ROOT, 'docs/dashboard.png'), bytes);
      console.log(`docs/dashboard.png: ${bytes.length} bytes`);
      await pictured.close();
      live.child.kill('SIGTERM');
      await live.finished;
    });
});
