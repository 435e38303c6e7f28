import type { Browser, BrowserContext, Page } from 'playwright-core';
import { Watch } from './watch.ts';

/** How a page is looked at. */
export interface Look {
  readonly name: 'desktop' | 'phone' | 'dark' | 'chinese';
  readonly width: number;
  readonly height: number;
  readonly colorScheme: 'light' | 'dark';
  readonly locale: string;
}

export const LOOKS: Readonly<Record<Look['name'], Look>> = {
  desktop: { name: 'desktop', width: 1280, height: 800, colorScheme: 'light', locale: 'en-GB' },
  phone: { name: 'phone', width: 390, height: 844, colorScheme: 'light', locale: 'en-GB' },
  dark: { name: 'dark', width: 1280, height: 800, colorScheme: 'dark', locale: 'en-GB' },
  chinese: { name: 'chinese', width: 1280, height: 800, colorScheme: 'light', locale: 'zh-CN' },
};

/** A tab of a browser that has not been here before. */
export interface Tab {
  readonly page: Page;
  readonly watch: Watch;
  /** Opens an address of the console and waits until it shows what it has. */
  open(path: string): Promise<void>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openTab(browser: Browser, url: string, look: Look = LOOKS.desktop): Promise<Tab> {
  const { width, height, colorScheme, locale } = look;
  const context: BrowserContext = await browser.newContext({
    ...{ viewport: { width, height }, colorScheme, locale, timezoneId: 'UTC', reducedMotion: 'reduce' },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const watch = new Watch(page, new URL(url).origin);
  await page.addInitScript(REPORT_POLICY);
  return {
    page,
    watch,
    async open(path) {
      await page.goto(url + path);
      await settled(page);
    },
    close: () => context.close(),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** What the content security policy refuses becomes an error on the browser's console, which is watched. */
const REPORT_POLICY = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber, sample }) =>
  console.error(['policy', violatedDirective, blockedURI, sourceFile, lineNumber, sample].join(' ')))`;

/** Until the page has its heading and shows no placeholders any more. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(() => document.querySelector('.mantine-Skeleton-root') === null);
}

/** Addresses of the pages in the navigation, in its order. */
export async function pagesOf(page: Page): Promise<string[]> {
  return page
    .locator('nav a[href]')
    .evaluateAll((links) => links.map((link) => new URL((link as HTMLAnchorElement).href).pathname));
}
