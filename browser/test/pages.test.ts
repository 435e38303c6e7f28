import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { walk } from '../support/crawl.ts';
import { type SeededConsole, seededConsole } from '../support/seeded-console.ts';
import { LOOKS, openTab } from '../support/visit.ts';

/** Of one walk, and of the start, on a machine that has other work too. */
const LIMIT_MS = 240_000;

let ours: SeededConsole;
before(
  async () => {
    ours = await seededConsole((servers) => servers.ours());
  },
  { timeout: LIMIT_MS },
);
after(() => ours?.stop());

test('every page opens, without an error, a request to another host, or anything that axe finds', {
  timeout: LIMIT_MS,
}, async (t) => {
  await using tab = await openTab(ours.browser, ours.console.url);
  const { visited, problems } = await walk(tab, ours.start, { axe: true, depth: 2 });
  t.diagnostic(`${visited.length} pages: ${visited.join(' ')}`);
  assert.deepEqual(problems, []);
  assert.ok(visited.length > 10);
});

for (const look of [LOOKS.phone, LOOKS.dark, LOOKS.chinese]) {
  test(`the pages as they are on ${look.name}: nothing for axe, nothing wider than the screen`, {
    timeout: LIMIT_MS,
  }, async () => {
    await using tab = await openTab(ours.browser, ours.console.url, look);
    const { problems } = await walk(tab, ours.start, { axe: true, depth: look.name === 'phone' ? 1 : 0 });
    assert.deepEqual(problems, []);
    const { scheme, language, text } = await tab.page.evaluate(() => ({
      scheme: document.documentElement.getAttribute('data-mantine-color-scheme'),
      language: document.documentElement.lang,
      text: document.querySelector('nav')?.textContent ?? '',
    }));
    assert.deepEqual([scheme, language], [look.colorScheme, look.locale.startsWith('zh') ? 'zh-CN' : 'en']);
    if (look.name === 'chinese') assert.match(text, /总览.*消息/);
  });
}

test('with the keyboard alone: past the navigation, into a menu, and back to where it was opened', {
  timeout: LIMIT_MS,
}, async () => {
  await using tab = await openTab(ours.browser, ours.console.url);
  const { page, watch } = tab;
  await tab.open(ours.start);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'content');
  const settings = page.getByRole('button', { name: 'Appearance' });
  await settings.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitemradio', { name: 'Dark' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('menuitemradio', { name: 'Dark' }).waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Appearance');
  const links = page.locator('nav a[href]');
  await links.nth(1).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname !== ours.start);
  assert.deepEqual(watch.take(), []);
});
