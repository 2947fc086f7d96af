/**
 * The page in a real browser, in front of a made-up market: gestures, keys, what stands in the address, and the notices.
 * The whole way from a host's journal to the page is another test's.
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumUnavailable, launchChromium } from './chromium.ts';
import { type DevPage, serveDevPage } from './dev-page.ts';

describe.runIf(chromiumUnavailable() === null)('the page', () => {
  let dev: DevPage;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    [dev, browser] = await Promise.all([serveDevPage(), launchChromium()]);
  }, 120_000);
  afterAll(async () => {
    await browser.close();
    await dev.close();
  });
  afterEach(async () => {
    await page.close();
    // Refused by the content security policy, missing files, exceptions: none may happen.
    expect(complaints).toEqual([]);
  });

  async function open(query = '', hash = ''): Promise<void> {
    page = await browser.newPage({ viewport: { width: 1400, height: 800 } });
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    await page.goto(`${dev.url}${query}${hash}`);
    await page.getByTestId('verdict').getByText('record').waitFor();
    await page.waitForTimeout(300);
  }
  const readOut = async (): Promise<Record<string, string>> => {
    const terms = await page.getByTestId('read-out').locator('dt').allTextContents();
    const values = await page.getByTestId('read-out').locator('dd').allTextContents();
    return Object.fromEntries(terms.map((term, i) => [term, values[i]!.trim()]));
  };
  const hash = (): Promise<URLSearchParams> =>
    page.evaluate(() => location.hash).then((text) => new URLSearchParams(text.slice(1)));
  const isFollowing = async (): Promise<boolean> =>
    (await page.getByRole('button', { name: 'Follow' }).getAttribute('class')) === 'on';

  it(
    'says mode, time, position, orders, ladder, latency and that host and page agree',
    { timeout: 30_000 },
    async () => {
      await open();
      expect(await page.getByTestId('mode').textContent()).toBe('RECORDING');
      expect(await page.getByTestId('recording').textContent()).toContain('This is a recording.');
      expect(await page.getByTestId('clock').textContent()).toMatch(/2024-08-08\s*14:01:30\.0/);
      expect(await page.getByTestId('orders').locator('tbody tr').count()).toBe(4);
      expect(await page.getByTestId('ladder').textContent()).toMatch(/fair price.*inventory skew.*price/s);
      expect(await page.getByTestId('latency').textContent()).toContain('9.40 \u00b5s');
      expect(await page.getByTestId('verdict').textContent()).toMatch(/equal up to record/);
      const lit = await page.getByTestId('heatmap').evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 100, 900, 500);
        let blue = 0;
        for (let i = 0; i < data.length; i += 4) if (data[i + 2]! > data[i]! + 40) blue++;
        return blue / (data.length / 4);
      });
      expect(lit).toBeGreaterThan(0.1);
    },
  );

  it(
    'reads out what is under the cursor; a drag moves it along, and ends following until F',
    { timeout: 30_000 },
    async () => {
      await open();
      await page.mouse.move(400, 400);
      await page.waitForTimeout(150);
      const before = await readOut();
      expect(before['time']).toMatch(/^14:0\d:\d\d\.\d{6}$/);
      expect(await isFollowing()).toBe(true);
      await page.mouse.down();
      await page.mouse.move(520, 340, { steps: 6 });
      await page.mouse.up();
      await page.waitForTimeout(150);
      const after = await readOut();
      expect(after['time']!.slice(0, 10)).toBe(before['time']!.slice(0, 10));
      expect(after['price']).toBe(before['price']);
      expect(await isFollowing()).toBe(false);
      await page.keyboard.press('f');
      await page.waitForTimeout(150);
      expect(await isFollowing()).toBe(true);
    },
  );

  it('zooms by the wheel and keeps range, instrument and colours in the address', { timeout: 30_000 }, async () => {
    await open();
    await page.mouse.move(400, 400);
    await page.mouse.wheel(0, 400);
    await page.keyboard.down('Shift');
    await page.mouse.wheel(0, -400);
    await page.keyboard.up('Shift');
    await page.getByRole('button', { name: /ETHUSDT/ }).click();
    await page.getByRole('button', { name: 'thermal' }).click();
    await expect.poll(async () => (await hash()).get('map'), { timeout: 5000 }).toBe('cividis');
    const shown = await hash();
    expect(Number(shown.get('w'))).toBeGreaterThan(400);
    expect(Number(shown.get('h'))).toBeLessThan(300);
    expect(shown.get('i')).toBe('ETHUSDT');
    const link = `#${shown.toString()}`;
    await page.close();
    await open('', link);
    expect((await hash()).toString()).toBe(shown.toString());
    expect(await page.getByRole('button', { name: 'cividis' }).count()).toBe(1);
  });

  it('pauses by Space, but not while a field has the keys', { timeout: 30_000 }, async () => {
    await open('?moving');
    await page.keyboard.press('Space');
    await page.waitForTimeout(100);
    expect(await page.getByRole('button', { name: 'Pause' }).getAttribute('class')).toBe('on');
    await page.keyboard.press('Space');
    await page.getByTestId('scrubber').focus();
    await page.keyboard.press('Space');
    await page.waitForTimeout(100);
    expect(await page.getByRole('button', { name: 'Pause' }).getAttribute('class')).toBe('');
  });

  it('steps back by the scrubber and returns by 0', { timeout: 30_000 }, async () => {
    await open('?moving');
    const box = (await page.getByTestId('scrubber').boundingBox())!;
    await page.mouse.click(box.x + box.width * 0.4, box.y + box.height / 2);
    await expect.poll(() => page.getByTestId('where').textContent()).toBe('stepped back');
    await expect.poll(async () => (await hash()).get('t')).not.toBeNull();
    // The slider still has the focus; a digit is none of its keys.
    await page.keyboard.press('0');
    await expect.poll(() => page.getByTestId('where').textContent()).toBe('live');
  });

  it('shows a difference and the end of the session', { timeout: 30_000 }, async () => {
    await open('?ended&differs');
    expect(await page.getByTestId('verdict').textContent()).toMatch(/command hash differs at record 8\u2009120/);
    expect(await page.getByTestId('summary').textContent()).toMatch(/The session has ended.*PnL after fees/s);
    await page.getByRole('button', { name: 'Look at it' }).click();
    expect(await page.getByTestId('summary').count()).toBe(0);
  });
});
