import { pagesOf, type Tab } from './visit.ts';
import { axeFindings } from './watch.ts';

/** Pages at most of one walk: one of each kind is enough, and a run has little time. */
const MAX_PAGES = 70;

/** What a walk found wrong, each with its page. */
export interface WalkResult {
  /** Addresses that were opened. */
  readonly visited: readonly string[];
  readonly problems: readonly string[];
}

/**
 * Opens the pages of the navigation, and from each one link of every kind: links of one kind differ only in names. `axe`: also
 * asks axe on each.
 */
export async function walk(
  tab: Tab,
  start: string,
  options: { readonly axe: boolean; readonly depth: number },
): Promise<WalkResult> {
  const { page, watch } = tab;
  await tab.open(start);
  const root = new URL(page.url()).pathname.split('/').slice(0, 3).join('/');
  const waiting = (await pagesOf(page)).map((path) => ({ path, depth: 0 }));
  const kinds = new Set(waiting.map(({ path }) => kindOf(path)));
  const visited: string[] = [];
  const problems: string[] = [];
  for (let next = waiting.shift(); next !== undefined && visited.length < MAX_PAGES; next = waiting.shift()) {
    const { path, depth } = next;
    visited.push(path);
    const found = await look(tab, path, options.axe);
    problems.push(...found.map((problem) => `${path}: ${problem}`));
    // At once, since a walk may take longer than it is given.
    for (const problem of found) console.error(`${path}: ${problem}`);
    if (depth >= options.depth) continue;
    for (const link of await linksOf(tab, root)) {
      if (kinds.has(kindOf(link))) continue;
      kinds.add(kindOf(link));
      waiting.push({ path: link, depth: depth + 1 });
    }
  }
  problems.push(...watch.take());
  return { visited, problems };
}

/** What is wrong with one page. */
export async function look(tab: Tab, path: string, axe: boolean): Promise<string[]> {
  const { page, watch } = tab;
  const problems: string[] = [];
  try {
    await tab.open(path);
    problems.push(...(await brokenParts(tab)));
    if (axe) problems.push(...(await axeFindings(page)));
  } catch (error) {
    problems.push((error as Error).message.split('\n', 1)[0]!);
  }
  return [...problems, ...watch.take()];
}

/** A page that failed, an error in place of what was asked for, content that is wider than the screen. */
async function brokenParts({ page }: Tab): Promise<string[]> {
  const alerts = await page.locator('main [role="alert"]').allTextContents();
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth + 1 ? `it is ${scrollWidth} pixels wide on a screen of ${clientWidth}` : undefined;
  });
  const headings = await page.locator('h1').count();
  return [
    ...alerts.map((text) => `alert: ${text.slice(0, 300)}`),
    ...(wide === undefined ? [] : [wide]),
    ...(headings === 1 ? [] : [`${headings} headings of the first level`]),
  ];
}

async function linksOf({ page }: Tab, root: string): Promise<string[]> {
  const links = await page.locator('main a[href]').evaluateAll((found) =>
    found
      .filter((link) => !(link as HTMLAnchorElement).download)
      .map((link) => {
        const { pathname, search } = new URL((link as HTMLAnchorElement).href);
        return pathname + search;
      }),
  );
  return links.filter((link) => link.startsWith(`${root}/`));
}

/**
 * `/c/x/topics/Orders/consumers?tab=1` → `topics`, any, `consumers` with `tab`: what is a name and no word of the console's
 * counts as any.
 */
function kindOf(path: string): string {
  const [pathname = '', search = ''] = path.split('?', 2);
  const [area = '', ...more] = pathname.split('/').slice(3);
  const words = more.map((part, at) => (at > 0 && at === more.length - 1 && /^[a-z-]+$/.test(part) ? part : '*'));
  const names = [...new URLSearchParams(search).keys()].sort().join('&');
  return `${[area, ...words].join('/')}?${names}`;
}
