import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { OurServer } from '@rocketmq-ts/testkit/processes';
import type { Browser } from 'playwright-core';
import { startChromium } from '../support/chromium.ts';
import { type RunningConsole, Servers } from '../support/clusters.ts';
import { look } from '../support/crawl.ts';
import { LOOKS, openTab, pagesOf, settled } from '../support/visit.ts';

const LIMIT_MS = 180_000;

let servers: Servers;
let browser: Browser;
let namesrv: OurServer;
let console: RunningConsole;
before(async () => {
  servers = new Servers();
  [namesrv, browser] = await Promise.all([servers.namesrv(), startChromium()]);
  console = await servers.console({ 'rocketmq.config.namesrvAddr': namesrv.address });
});
after(async () => {
  await browser?.close();
  await servers.stop();
});

/** A cluster begins with a name server alone; then it has a broker, which nobody uses. */
for (const what of ['no broker', 'a broker that nobody uses']) {
  test(`every page of a cluster with ${what} opens and says so`, { timeout: LIMIT_MS }, async () => {
    if (what !== 'no broker') await servers.ours(namesrv);
    await using tab = await openTab(browser, console.url);
    await tab.open('/');
    if (what !== 'no broker') await tab.page.getByText('1 / 1').waitFor({ timeout: 40_000 });
    const problems: string[] = [];
    for (const path of await pagesOf(tab.page)) {
      const found = await look(tab, path, true);
      problems.push(...found.map((problem) => `${path}: ${problem}`));
    }
    assert.deepEqual(problems, []);
  });
}

test('a name server that is gone is said to be gone on open pages, which come back by themselves', {
  timeout: LIMIT_MS,
}, async () => {
  await using desktop = await openTab(browser, console.url);
  await using phone = await openTab(browser, console.url, LOOKS.phone);
  await desktop.open('/');
  const root = new URL(desktop.page.url()).pathname.replace(/\/overview$/, '');
  await phone.open(`${root}/topics`);
  await phone.page.getByRole('link', { name: 'TBW102' }).waitFor();
  await namesrv.kill();
  await desktop.page
    .getByText(/unreachable/i)
    .first()
    .waitFor({ timeout: 60_000 });
  // What was known is still shown.
  await phone.page.getByRole('link', { name: 'TBW102' }).waitFor();
  // A page may refuse with the reason; it must not fail.
  for (const { page, watch } of [desktop, phone]) {
    watch.expected.push(...[502, 503, 504].map((status) => ({ path: '/api/v1/', status })));
    for (const path of await pagesOf(page)) {
      await page.goto(console.url + path);
      await settled(page);
      assert.equal(await page.getByText('This page failed').count(), 0, path);
    }
    assert.deepEqual(watch.take(), []);
  }
  await desktop.page.goto(`${console.url}${root}/overview`);
  await phone.page.goto(`${console.url}${root}/topics`);
  await settled(desktop.page);
  namesrv = await servers.namesrv(namesrv.port);
  await desktop.page.getByText('1 / 1').waitFor({ timeout: 90_000 });
  await desktop.page
    .getByText(/unreachable/i)
    .first()
    .waitFor({ state: 'detached', timeout: 30_000 });
  await phone.page.getByRole('link', { name: 'TBW102' }).waitFor({ timeout: 30_000 });
});
