import type { Browser, Page } from 'playwright-core';

const QUIET_LIMIT_MS = 30_000;
/** What JavaScript is called by its address. */
const SCRIPT = /\.m?js($|\?)/;

/** A page asked anew, or for something else, before the answer came. */
const GIVEN_UP = 'net::ERR_ABORTED';

/** Opens these addresses one after the other, each in a tab of its own, and waits until it asks for nothing more. Throws where an answer fails. */
export async function lookAround(browser: Browser, url: string, paths: readonly string[]): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const failed: string[] = [];
  try {
    for (const path of paths) {
      const page = await context.newPage();
      page.on('response', (response) => {
        if (response.status() >= 400) failed.push(`${response.status()} ${response.url()}`);
      });
      page.on('requestfailed', (request) => {
        const reason = request.failure()?.errorText;
        if (reason !== GIVEN_UP) failed.push(`${reason} ${request.url()}`);
      });
      await page.goto(url + path);
      await quiet(page);
      await page.close();
    }
  } finally {
    await context.close();
  }
  if (failed.length > 0) throw new Error(`answers of the console failed: ${failed.slice(0, 5).join(', ')}`);
}

/** Addresses of the pages that the navigation of a first page leads to. */
export async function pathsOfNavigation(browser: Browser, url: string): Promise<readonly string[]> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  try {
    await page.goto(url);
    await page.locator('nav a[href]').first().waitFor();
    await quiet(page);
    const links = `[...document.querySelectorAll('nav a[href]')].map((link) => link.getAttribute('href'))`;
    const paths = await page.evaluate<string[]>(links);
    return [...new Set(paths.filter((path) => path.startsWith('/')))];
  } finally {
    await page.close();
  }
}

/** What a browser that has not been there sees of a first page. */
export interface FirstPage {
  /** From the call of its address to the first text or picture. */
  readonly paintMs: number;
  /** Scripts that it loads, as they are sent. */
  readonly scriptBytes: number;
}

/** Loads a first page in a browser without anything kept. */
export async function firstPage(browser: Browser, url: string): Promise<FirstPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.goto(url);
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
    await quiet(page);
    const paintMs = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]!.startTime);
    const sizes = await page.evaluate(() =>
      performance.getEntriesByType('resource').map((entry) => ({
        name: entry.name,
        bytes: (entry as unknown as { encodedBodySize: number }).encodedBodySize,
      })),
    );
    const scripts = sizes.filter(({ name }) => SCRIPT.test(name));
    if (scripts.length === 0) throw new Error(`the first page of ${url} loads no script`);
    return { paintMs, scriptBytes: scripts.reduce((sum, { bytes }) => sum + bytes, 0) };
  } finally {
    await context.close();
  }
}

/** Until half a second has passed without a request. */
function quiet(page: Page): Promise<void> {
  return page.waitForLoadState('networkidle', { timeout: QUIET_LIMIT_MS });
}
