/**
 * A page that is opened at the end of eight hours: within two seconds it has computed what the host has. And one that
 * stalls: it costs the host nothing, and goes on from a new snapshot.
 */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer } from '../../host/server/server.ts';
import type { RunningServer } from '../../host/server/server.ts';
import { ROOT } from '../support/modules.ts';
import { chromiumUnavailable, launchChromium } from '../web/chromium.ts';
import { RETAIN_SEGMENTS, openLongHost } from './long-host.ts';
import type { LongHost } from './long-host.ts';
import { openWatchedPage, pageHashes, verdict } from './watched-page.ts';
import type { WatchedPage } from './watched-page.ts';

const unavailable = chromiumUnavailable();
if (unavailable !== null) console.log(`not run: ${unavailable}`);

const ROUNDS = 84;
const MEBIBYTE = 1024 * 1024;
const rss = (): number => process.memoryUsage().rss / MEBIBYTE;
const LIMIT_MS = 2000;
const ATTEMPTS = 3;

/** Runs in the page before its own code: notes when the panel first says that host and page agree, ms since navigation. */
function noteAgreement(): void {
  const look = (): void => {
    const text = document.querySelector('[data-testid=verdict]')?.textContent ?? '';
    if (!text.includes('equal up to record')) return;
    Object.assign(window, { agreedMs: performance.now() });
    observer.disconnect();
  };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, childList: true, characterData: true });
}

describe.runIf(unavailable === null)('eight hours of one recording', () => {
  let host: LongHost;
  let server: RunningServer;
  let browser: Browser;
  let shown: WatchedPage | undefined;

  beforeAll(async () => {
    [host, browser] = await Promise.all([openLongHost(), launchChromium()]);
    server = await startServer({ source: host.source, port: 0, webFolder: join(ROOT, 'build/web') });
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await server.close();
    host.close();
  });

  it('go through one session in flat memory', { timeout: 180_000 }, async () => {
    const started = performance.now();
    const sizes: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await host.round(4);
      sizes.push(rss());
      // The journal's list follows each rotation: without a gap, up to the present, and with the times of what it holds.
      const segments = host.source.journal.segments();
      expect(segments.length).toBeLessThanOrEqual(RETAIN_SEGMENTS);
      segments.forEach((segment, i) => {
        expect(segment.endNs).toBeGreaterThanOrEqual(segment.startNs);
        expect(segment.startNs).toBeGreaterThanOrEqual(segments[i - 1]?.endNs ?? 1);
        expect(segment.firstRecord + segment.records).toBe(segments[i + 1]?.firstRecord ?? host.session.records);
      });
    }
    const seconds = (performance.now() - started) / 1000;
    const late = sizes.slice(ROUNDS / 2);
    const growth = Math.min(...late.slice(-8)) - Math.min(...sizes.slice(8, 16));
    console.log(
      `${(host.seconds() / 3600).toFixed(2)} h, ${host.session.records} records, ${host.session.accounts[0]!.fills} fills in ${seconds.toFixed(1)} s; ` +
        `RSS after rounds 8, 42, 84: ${[7, 41, 83].map((i) => `${sizes[i]!.toFixed(0)} MiB`).join(', ')}; growth ${growth.toFixed(1)} MiB`,
    );
    expect(host.seconds()).toBeGreaterThan(8 * 3600);
    expect(host.session.accounts[0]!.fills).toBeGreaterThan(ROUNDS);
    expect(host.source.status().instruments[0]!.bookState).toBe('live');
    expect(host.source.status().instruments[0]!.counters['resyncs']).toBeGreaterThanOrEqual(ROUNDS - 1);
    expect(growth).toBeLessThan(32);
  });

  it('are opened by a page that agrees with the host within two seconds', { timeout: 60_000 }, async () => {
    let best = Infinity;
    for (let attempt = 1; attempt <= ATTEMPTS && best > LIMIT_MS; attempt++) {
      await shown?.close();
      shown = await openWatchedPage(browser, { before: noteAgreement });
      const { page } = shown;
      await page.goto(server.url);
      const handle = await page.waitForFunction(
        () => (window as unknown as { agreedMs?: number }).agreedMs,
        undefined,
        { timeout: 20_000 },
      );
      const ms = (await handle.jsonValue())!;
      best = Math.min(best, ms);
      const { agreedRecords } = await verdict(page);
      console.log(
        `attempt ${attempt}: equal hashes at record ${agreedRecords} of ${host.session.records}, ${ms.toFixed(0)} ms after navigation`,
      );
      expect(agreedRecords).toBe(host.session.records);
      expect(await pageHashes(page)).toEqual(host.hashes());
    }
    expect(best).toBeLessThan(LIMIT_MS);
    expect(shown!.complaints).toEqual([]);
  });

  it(
    'go on for a page that had stalled, from a new snapshot and without memory of the host',
    { timeout: 60_000 },
    async () => {
      const { page } = shown!;
      const worker = page.workers()[0]!;
      const before = host.snapshotsServed.length;
      const recordsBefore = (await pageHashes(page))!.records;
      const stalled = worker.evaluate(() => {
        (self as unknown as { stalledUntil: Int32Array }).stalledUntil = new Int32Array(new SharedArrayBuffer(4));
        // A thread that sleeps reads no socket.
        Atomics.wait((self as unknown as { stalledUntil: Int32Array }).stalledUntil, 0, 0, 6000);
      });
      await page.waitForTimeout(200);
      const sizes: number[] = [rss()];
      const started = performance.now();
      // Three rounds are more than the journal keeps.
      for (let round = 0; round < 3; round++) {
        await host.round(50);
        sizes.push(rss());
      }
      const seconds = (performance.now() - started) / 1000;
      expect(server.pages()).toBe(1);
      console.log(
        `stalled for ${seconds.toFixed(1)} s and ${host.session.records - recordsBefore} records: RSS ${sizes.map((size) => size.toFixed(0)).join(', ')} MiB`,
      );
      expect(Math.max(...sizes) - sizes[0]!).toBeLessThan(32);
      await stalled;
      await expect
        .poll(async () => (await verdict(page)).agreedRecords, { timeout: 20_000 })
        .toBe(host.session.records);
      expect(await pageHashes(page)).toEqual(host.hashes());
      expect(host.snapshotsServed.length).toBeGreaterThan(before);
      expect(await page.getByTestId('where').textContent()).toBe('live');
      expect(shown!.complaints).toEqual([]);
    },
  );
});
