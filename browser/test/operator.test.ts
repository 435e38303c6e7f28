import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Producer } from '@rocketmq-ts/client';
import { type RunningConsole, Servers } from '../support/clusters.ts';
import { closeResult } from '../support/dialogs.ts';
import { type SeededConsole, seededConsole } from '../support/seeded-console.ts';
import { openTab, settled } from '../support/visit.ts';
import { axeFindings } from '../support/watch.ts';

const LIMIT_MS = 60_000;

let made: SeededConsole;
let root: string;
let producer: Producer;
const others = new Servers();
let shut: RunningConsole;
before(
  async () => {
    made = await seededConsole((servers) => servers.ours());
    root = made.start.replace(/\/overview$/, '');
    producer = new Producer({ namesrvAddr: made.cluster.namesrv, producerGroup: 'shop' });
    await producer.start();
    const data = join(others.home, 'users');
    mkdirSync(data);
    writeFileSync(join(data, 'users.properties'), 'boss=secret,1\n');
    shut = await others.console({
      ...{ 'rocketmq.config.namesrvAddr': made.cluster.namesrv, 'rocketmq.config.dataPath': data },
      'rocketmq.config.loginRequired': 'true',
    });
  },
  { timeout: LIMIT_MS },
);
after(async () => {
  await producer?.stop();
  await others.stop();
  await made?.stop();
});

test('a topic in use says so before it is deleted, and one that nobody uses does not', {
  timeout: LIMIT_MS,
}, async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page } = tab;
  await tab.open(`${root}/topics/orders/delete`);
  await page.getByText('It is in use. Online groups consume it: billing, stock.').waitFor();
  assert.deepEqual(await axeFindings(page), []);
  await tab.open(`${root}/topics/payments/delete`);
  await page.getByRole('button', { name: 'Delete the topic' }).waitFor();
  assert.equal(await page.getByText('It is in use').count(), 0);
  assert.deepEqual(tab.watch.take(), []);
});

test('a message without a body is not sent', async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page } = tab;
  await tab.open(`${root}/topics/payments/send`);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  assert.equal(
    await page.getByRole('textbox', { name: 'Body' }).evaluate((field) => field.matches(':focus:invalid')),
    true,
  );
  assert.equal(await page.getByText('Sent', { exact: true }).count(), 0);
});

test('a topic leads to its messages, a group to its dead letters, and a dead letter is found by its id', async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page, watch } = tab;
  await tab.open(`${root}/topics/orders`);
  await page.getByRole('link', { name: 'Search its messages' }).click();
  await page.getByText(/^\d+ messages$/).waitFor();
  await tab.open(`${root}/groups/stock`);
  await page.getByRole('link', { name: 'Its dead letters' }).click();
  await page.getByRole('heading', { level: 1, name: 'Dead letters of stock' }).waitFor();
  await settled(page);
  await page.getByRole('textbox', { name: 'Message id' }).fill(` ${made.msgId} `);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: made.msgId }).waitFor();
  await page.getByRole('link', { name: '%DLQ%stock' }).waitFor();
  assert.deepEqual(await axeFindings(page), []);
  assert.deepEqual(watch.take(), []);
});

test('a session that ends while a form is filled in leaves the form as it is below a login', {
  timeout: LIMIT_MS,
}, async () => {
  await using tab = await openTab(made.browser, shut.url);
  const { page, watch } = tab;
  watch.expected.push({ path: '/api/v1/', status: 401 });
  await page.goto(shut.url);
  await page.getByLabel('User name').fill('boss');
  await page.getByRole('textbox', { name: 'Password' }).fill('secret');
  await page.keyboard.press('Enter');
  await settled(page);
  await page.getByRole('navigation').getByRole('link', { name: 'Topics' }).click();
  await page.getByRole('button', { name: 'Create topic' }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('typed-before');
  await page.context().clearCookies();
  await page.keyboard.press('Enter');
  const login = page.getByRole('dialog', { name: 'The session has ended' });
  await login.waitFor();
  assert.deepEqual(await axeFindings(page), []);
  assert.equal(await login.getByLabel('User name').inputValue(), 'boss');
  await login.getByRole('textbox', { name: 'Password' }).fill('secret');
  await page.keyboard.press('Enter');
  await login.waitFor({ state: 'hidden' });
  const form = page.getByRole('dialog', { name: 'Create a topic' });
  assert.equal(await form.getByRole('textbox', { name: 'Name' }).inputValue(), 'typed-before');
  await form.getByText('The session has ended: sign in and try again.').waitFor();
  await form.getByRole('button', { name: 'Create' }).click();
  await closeResult(form, 'Done on 1 of 1');
  await page.getByRole('heading', { level: 1, name: 'typed-before' }).waitFor();
  assert.deepEqual(watch.take(), []);
});
