import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Producer } from '@rocketmq-ts/client';
import { runOurCommand } from '@rocketmq-ts/testkit/processes';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from '../support/chromium.ts';
import { type LiveCluster, type RunningConsole, Servers } from '../support/clusters.ts';
import { look } from '../support/crawl.ts';
import { LOOKS, openTab, settled } from '../support/visit.ts';

const LIMIT_MS = 120_000;
const TOPICS = 5000;
const MAX_SCRIPT_MS = 200;
/** The longest names that brokers take. */
const LONG_TOPIC = 'T'.repeat(127);
const LONG_GROUP = 'G'.repeat(120);
const LONG_KEY = 'k'.repeat(127);
/** The largest body that brokers and clients take by default. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

let servers: Servers;
let browser: Browser;
let cluster: LiveCluster;
let console: RunningConsole;
let root: string;
let producer: Producer;
before(
  async () => {
    servers = new Servers();
    [cluster, browser] = await Promise.all([servers.ours(), startChromium()]);
    const topics = Array.from({ length: TOPICS }, (_, at) => ({
      ...{ topicName: `many-${String(at).padStart(4, '0')}`, readQueueNums: 1, writeQueueNums: 1 },
    }));
    const file = join(servers.home, 'topics.json');
    writeFileSync(file, JSON.stringify([...topics, { topicName: LONG_TOPIC, readQueueNums: 1, writeQueueNums: 1 }]));
    const home = servers.home;
    await runOurCommand('mqadmin', ['updateTopicList', '-b', cluster.broker, '-f', file], { home });
    await runOurCommand('mqadmin', ['updateSubGroup', '-b', cluster.broker, '-g', LONG_GROUP], { home });
    console = await servers.console({ 'rocketmq.config.namesrvAddr': cluster.namesrv });
    const [row] = (await (await fetch(`${console.url}/api/v1/clusters`)).json()) as { id: string }[];
    root = `/c/${encodeURIComponent(row!.id)}`;
    producer = new Producer({ namesrvAddr: cluster.namesrv, producerGroup: 'shop' });
    await producer.start();
  },
  { timeout: LIMIT_MS },
);
after(async () => {
  await producer?.stop();
  await browser?.close();
  await servers.stop();
});

test('a list of 5,000 topics is opened, filtered and turned with little script', {
  timeout: LIMIT_MS,
}, async (t) => {
  await using tab = await openTab(browser, console.url);
  const { page, watch } = tab;
  await tab.open(`${root}/overview`);
  const open = await scriptMs(page, async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Topics' }).click();
    await page.getByText(/of 5,0\d\d$/).waitFor();
  });
  const turn = await scriptMs(page, async () => {
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByText(/^51–100 of 5,0\d\d$/).waitFor();
  });
  const filter = await scriptMs(page, async () => {
    await page.getByRole('searchbox').fill('many-499');
    await page.getByText('1–10 of 10').waitFor();
  });
  t.diagnostic(`script: open ${open} ms, next page ${turn} ms, filter ${filter} ms`);
  for (const [name, ms] of Object.entries({ open, turn, filter })) assert.ok(ms < MAX_SCRIPT_MS, `${name}: ${ms} ms`);
  assert.deepEqual(watch.take(), []);
});

test('a kind that is chosen away on a later page begins at the first page again', async () => {
  await using tab = await openTab(browser, console.url);
  const { page } = tab;
  await tab.open(`${root}/topics?page=40`);
  await page.getByText(/of 5,0\d\d$/).waitFor();
  await page.getByText(/^Undeclared 5,|^Normal 5,/).click();
  await page.getByText(/^1–\d+ of \d+$/).waitFor();
  await tab.open(`${root}/groups?page=3`);
  await page.getByText('offline', { exact: true }).first().click();
  await page.getByRole('link', { name: LONG_GROUP }).waitFor();
});

for (const wide of [LOOKS.desktop, LOOKS.phone]) {
  test(`names as long as they may be break no page on ${wide.name}`, { timeout: LIMIT_MS }, async () => {
    const { msgId } = await producer.send({ topic: LONG_TOPIC, keys: [LONG_KEY], tags: LONG_KEY, body: LONG_KEY });
    await using tab = await openTab(browser, console.url, wide);
    const problems: string[] = [];
    for (const path of [
      `topics?filter=${LONG_TOPIC}`,
      ...['status', 'route', 'config', 'consumers', 'send', 'reset', 'delete'].map(
        (each) => `topics/${LONG_TOPIC}/${each}`,
      ),
      `groups?filter=${LONG_GROUP}`,
      ...['progress', 'clients', 'subscriptions', 'config', 'delete'].map((each) => `groups/${LONG_GROUP}/${each}`),
      `messages?topic=${LONG_TOPIC}`,
      `messages?by=key&topic=${LONG_TOPIC}&key=${LONG_KEY}`,
      `messages/${LONG_TOPIC}/${msgId}`,
      `trace?id=${msgId}`,
    ])
      problems.push(
        ...(await look(tab, `${root}/${path}`, false)).map((problem) => `${path.slice(0, 20)}…: ${problem}`),
      );
    assert.deepEqual(problems, []);
  });
}

test('a body of 4 MB that is no text is shown as bytes, and downloaded whole', { timeout: LIMIT_MS }, async () => {
  const body = randomBytes(MAX_BODY_BYTES);
  const { msgId } = await producer.send({ topic: 'many-0000', body });
  await using tab = await openTab(browser, console.url);
  const { page, watch } = tab;
  await tab.open(`${root}/messages/many-0000/${msgId}`);
  await page.getByText(/^The first .* of 4 MiB are shown\.$/).waitFor();
  const shown = await page.getByRole('region', { name: 'Body' }).locator('pre').textContent();
  assert.match(shown!.replaceAll(' ', '').slice(0, 200), new RegExp(body.subarray(0, 8).toString('hex')));
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download the body' }).click(),
  ]);
  assert.ok(body.equals(readFileSync(await download.path())));
  assert.deepEqual(watch.take(), []);
});

for (const [what, body, form, content] of [
  ['bytes', Buffer.from([0, 255, 1, 254]), 'Hex', '00 ff 01 fe'],
  ['a text', Buffer.from('Grüße, 世界'), 'Text', 'Grüße, 世界'],
  ['a text with a control character', Buffer.from('a line that ends with a zero\0'), 'Text', 'with a zero␀'],
  ['JSON', Buffer.from('{"id":12345678901234567890}'), 'JSON', '12345678901234567890'],
  ['JSON in a gzip', gzipSync('{"id":"zipped"}'), 'JSON', 'The body is a gzip; text and JSON are what is in it'],
  ['a gzip that is broken', gzipSync('x'.repeat(999)).subarray(0, 20), 'Hex', '1f 8b 08'],
  ['a gzip of 50 MB', gzipSync(Buffer.alloc(50_000_000, 'z')), 'Text', 'are the first 64 KiB of what is in it'],
] as const) {
  test(`a body that is ${what} is shown as ${form} at first`, async () => {
    const { msgId } = await producer.send({ topic: 'many-0001', body });
    await using tab = await openTab(browser, console.url);
    await tab.open(`${root}/messages/many-0001/${msgId}`);
    await tab.page.getByRole('radio', { name: form, checked: true }).waitFor({ state: 'attached' });
    await tab.page.getByText(content).first().waitFor();
  });
}

for (const path of [
  '/topics/%zz',
  '/nowhere',
  '/c/%zz/overview',
  '/c/%ff%fe',
  '/c/none/topics',
  '//',
  '/c/x%2Fy/..%2f',
]) {
  test(`the address ${path} has a page with a way out`, async () => {
    await using tab = await openTab(browser, console.url);
    const { page, watch } = tab;
    await tab.open(path);
    await page.getByRole('link', { name: 'To the overview' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    assert.deepEqual(watch.take(), []);
  });
}

test('a topic by an address that cannot be decoded is said not to be there', async () => {
  await using tab = await openTab(browser, console.url);
  await tab.open(`${root}/topics/%zz`);
  await tab.page.getByText('No broker has this topic').waitFor();
  await tab.page.getByRole('link', { name: 'All topics' }).click();
  await settled(tab.page);
  assert.deepEqual(tab.watch.take(), []);
});

/** How long scripts ran on the page meanwhile. */
async function scriptMs(page: Page, action: () => Promise<void>): Promise<number> {
  const session = await page.context().newCDPSession(page);
  // Of the thread's own time: what else the machine does is not the console's.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const seconds = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? 0;
  };
  const before = await seconds();
  await action();
  const ms = Math.round(((await seconds()) - before) * 1000);
  await session.detach();
  return ms;
}
