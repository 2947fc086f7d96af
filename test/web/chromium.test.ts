/** The browser that the page's tests rely on starts, has SIMD, and measures text with a font of its own. */
import { afterAll, describe, expect, it } from 'vitest';
import { chromiumUnavailable, launchChromium } from './chromium.ts';

const reason = chromiumUnavailable();
if (reason !== null) console.warn(reason);

describe.runIf(reason === null)('the packaged Chromium', () => {
  const opened: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const browser of opened) await browser.close();
  });

  it('starts twice at once, and text has a width', { timeout: 120_000 }, async () => {
    const browsers = await Promise.all([launchChromium(), launchChromium()]);
    opened.push(...browsers);
    const page = await browsers[0].newPage();
    await page.setContent('<span id="text">Tidebook 0123</span>');
    const width = await page.evaluate(() => document.getElementById('text')!.getBoundingClientRect().width);
    expect(width).toBeGreaterThan(20);
    expect(browsers[1].version()).toBe(browsers[0].version());
  });
});
