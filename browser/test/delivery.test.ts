import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Producer, PushConsumer } from '@rocketmq-ts/client';
import type { Page } from 'playwright-core';
import { closeResult, dialogOf, typeName } from '../support/dialogs.ts';
import { type SeededConsole, seededConsole } from '../support/seeded-console.ts';
import { openTab, type Tab } from '../support/visit.ts';

/** What the console does and consumers then see; on a machine that has other work too. */
const LIMIT_MS = 60_000;
const GROUP = 'shipping';
const SENT = 40;
const LETTERS = 'dead-letters/stock';

let made: SeededConsole;
let root: string;
let consumer: PushConsumer;
/** Unique keys of what the group has been given, in this order. */
const given: string[] = [];
before(async () => {
  made = await seededConsole((servers) => servers.ours());
  root = made.start.replace(/\/overview$/, '');
  consumer = new PushConsumer({
    ...{ namesrvAddr: made.cluster.namesrv, consumerGroup: GROUP, consumeFrom: 'FIRST_OFFSET' },
  });
  consumer.subscribe('orders');
  consumer.subscribe('reminders');
  await consumer.start((message) => {
    given.push(message.msgId);
    return 'CONSUME_SUCCESS';
  });
  await until(() => given.length >= SENT, 'the group consumes what was sent');
});
after(async () => {
  await consumer?.stop();
  await made?.stop();
});

test('a message is handed to a client that was chosen, which is called with it', { timeout: LIMIT_MS }, async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page } = tab;
  const before = timesGiven(made.msgId);
  await tab.open(`${root}/messages/orders/${made.msgId}`);
  await page.getByRole('button', { name: 'Consume directly' }).click();
  const dialog = await dialogOf(page);
  await dialog.getByRole('combobox', { name: 'Consumer group' }).fill(GROUP);
  await page.getByRole('option', { name: GROUP }).click();
  await dialog.getByRole('button', { name: 'Hand over' }).click();
  await dialog.getByText('handled (CR_SUCCESS)').waitFor();
  assert.equal(timesGiven(made.msgId), before + 1);
  assert.deepEqual(tab.watch.take(), []);
});

test('offsets are reset, and the online group consumes everything once more', { timeout: LIMIT_MS }, async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page } = tab;
  const before = given.length;
  // Members commit every five seconds.
  await shows(tab, `topics/orders/reset?group=${GROUP}&to=start`, `${SENT} messages are delivered again`);
  await page.getByRole('button', { name: 'Move the group' }).click();
  const dialog = await dialogOf(page);
  await typeName(dialog, GROUP, 'Move the group');
  await closeResult(dialog, 'Done on 1 of 1');
  await until(() => given.length >= before + SENT, 'the group goes back');
  assert.deepEqual(tab.watch.take(), []);
});

test('dead letters are exported: all of them, or the one that was chosen', { timeout: LIMIT_MS }, async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page } = tab;
  await shows(tab, LETTERS, `${SENT} messages`);
  const csv = (await exported(page, 'CSV')).toString('utf8').trim().split(/\r?\n/);
  assert.equal(csv.length, SENT + 1);
  assert.match(csv[0]!, /msgId/);
  assert.match(csv[1]!, /customer/);
  const json = JSON.parse((await exported(page, 'JSON')).toString('utf8')) as object[];
  assert.equal(json.length, SENT);
  assert.ok(json.some((letter) => JSON.stringify(letter).includes(made.msgId)));
  await page.getByRole('checkbox').nth(1).check();
  assert.equal((JSON.parse((await exported(page, 'JSON')).toString('utf8')) as object[]).length, 1);
  // A folder of XML files: the signature of its first entry.
  assert.equal((await exported(page, 'XLSX')).subarray(0, 4).toString('latin1'), 'PK\u0003\u0004');
  assert.deepEqual(tab.watch.take(), []);
});

test('a dead letter sent to its topic reaches every group; one sent to the retry topic its own group only', {
  timeout: LIMIT_MS,
}, async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const before = given.length;
  await shows(tab, LETTERS, `${SENT} messages`);
  await resendFirst(tab, undefined);
  // Its group is given it, and fails again.
  await shows(tab, LETTERS, `${SENT + 1} messages`);
  assert.equal(given.length, before);
  await resendFirst(tab, 'To the topic that they were sent to');
  await until(() => given.length === before + 1, 'the other group is given it');
  assert.deepEqual(tab.watch.take(), []);
});

test('a delayed message is recalled by the handle of its send, and no consumer gets it', {
  timeout: LIMIT_MS,
}, async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page } = tab;
  await tab.open(`${root}/topics/reminders/send`);
  await page.getByRole('textbox', { name: 'Body' }).fill('not to be seen');
  await page.getByLabel('Seconds').fill('8');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  const id = /[0-9A-F]{32}/.exec((await page.getByText('Message id').locator('..').textContent())!)![0];
  await page.getByRole('link', { name: 'Recall it' }).click();
  await page.getByRole('button', { name: 'Read the handle' }).click();
  const dialog = await dialogOf(page);
  await dialog.getByText(id).waitFor();
  await dialog.getByRole('button', { name: 'Recall a message' }).click();
  await closeResult(dialog, 'Done on 1 of 1');
  await using producer = new Producer({ namesrvAddr: made.cluster.namesrv, producerGroup: 'shop' });
  await producer.start();
  const later = await producer.send({ topic: 'reminders', body: 'to be seen', delayMs: 9_000 });
  await until(() => given.includes(later.msgId), 'a later one is delivered', 30_000);
  assert.equal(timesGiven(id), 0);
  assert.deepEqual(tab.watch.take(), []);
});

function timesGiven(id: string): number {
  return given.filter((each) => each === id).length;
}

async function until(isTrue: () => boolean, what: string, limitMs = 20_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await wait(50);
  }
}

/** Opens a page until it has a text. */
async function shows(tab: Tab, path: string, text: string): Promise<void> {
  for (let attempt = 0; attempt < 40; attempt++) {
    await tab.open(`${root}/${path}`);
    if ((await tab.page.locator('main').textContent())!.includes(text)) return;
    await wait(500);
  }
  throw new Error(`${path} never shows: ${text}`);
}

async function resendFirst({ page }: Tab, way: string | undefined): Promise<void> {
  await page.getByRole('checkbox').nth(1).check();
  await page.getByRole('button', { name: /^Send again/ }).click();
  const dialog = await dialogOf(page);
  if (way !== undefined) await dialog.getByRole('radio', { name: way }).check();
  await dialog.getByRole('button', { name: /^Send again/ }).click();
  await closeResult(dialog, '1 of 1 sent');
}

async function exported(page: Page, form: string): Promise<Buffer> {
  await page.getByRole('button', { name: /^Export/ }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: form }).click(),
  ]);
  return readFileSync(await download.path());
}
