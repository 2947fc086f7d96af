/** The real page in the packaged Chromium, with everything kept that a browser complains about while it runs. */
import type { Browser, BrowserContext, Page } from 'playwright-core';

/** What `window.tidebook.hashes()` gives. */
export interface PageHashes {
  readonly records: number;
  readonly inputHash: string;
  readonly commandHash: string;
  readonly stateHash: string;
}

export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console errors and warnings (a refusal of the content security policy is one), exceptions, requests without a good answer. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  /** Runs in the page before its own code. */
  readonly before?: () => void;
}

/** A page in a context of its own, that is without cache, that has not gone anywhere yet. */
export async function openWatchedPage(browser: Browser, options: PageOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1600, height: options.height ?? 900 },
  });
  const page = await context.newPage();
  if (options.before !== undefined) await page.addInitScript(options.before);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console ${message.type()}: ${message.text()}`);
  });
  page.on('requestfailed', (request) =>
    complaints.push(`failed: ${request.url()} ${request.failure()?.errorText ?? ''}`),
  );
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`status ${response.status()}: ${response.url()}`);
  });
  return { page, context, complaints, close: () => context.close() };
}

/** The hashes of the page's replica, asked of the page. */
export async function pageHashes(page: Page): Promise<PageHashes | null> {
  return page.evaluate(() =>
    (window as unknown as { tidebook: { hashes(): Promise<PageHashes | null> } }).tidebook.hashes(),
  );
}

/** What the panel on host and page says: the record number of the last agreement, null where there is none, or the difference. */
export async function verdict(page: Page): Promise<{ readonly agreedRecords: number | null; readonly text: string }> {
  const text = (await page.getByTestId('verdict').textContent()) ?? '';
  const match = /equal up to record ([\d\s]+)/u.exec(text);
  return { agreedRecords: match === null ? null : Number(match[1]!.replaceAll(/\s/gu, '')), text };
}
