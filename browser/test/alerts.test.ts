import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { dialogOf } from '../support/dialogs.ts';
import { GROUP } from '../support/seed.ts';
import { type SeededConsole, seededConsole } from '../support/seeded-console.ts';
import { openTab, settled } from '../support/visit.ts';
import { axeFindings } from '../support/watch.ts';

interface Posted {
  readonly status: string;
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>>; readonly status: string }[];
}

const LIMIT_MS = 240_000;
const posted: Posted[] = [];
const receiver = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  posted.push(JSON.parse(body));
  response.end('ok');
});
let made: SeededConsole;
/** Of a console that knows the receiver. */
let url: string;
let root: string;
before(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  made = await seededConsole(async (servers) => {
    const cluster = await servers.ours();
    const options = {
      'rocketmq.config.namesrvAddr': cluster.namesrv,
      'rocketmq.config.alertWebhookUrl': `http://127.0.0.1:${port}/hook?access_token=s3cret`,
    };
    ({ url } = await servers.console(options, 'alerting'));
    return cluster;
  });
  root = made.start.replace(/\/overview$/, '');
});
after(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await made?.stop();
});

test('a rule is made by keyboard, its alert is shown and sent when the consumers stop', {
  timeout: LIMIT_MS,
}, async () => {
  await using tab = await openTab(made.browser, url);
  const { page, watch } = tab;
  await tab.open(`${root}/alerts`);
  await page.getByText('Nothing is raised').waitFor();
  await page.getByRole('button', { name: 'Send a test' }).press('Enter');
  await page.getByText('The test was taken.').waitFor();
  assert.deepEqual(await axeFindings(page), []);
  assert.equal(posted.shift()?.alerts[0]?.labels.alertname, 'test');
  assert.doesNotMatch(await page.content(), /s3cret/);

  await page.getByRole('link', { name: 'Rules' }).click();
  await settled(page);
  await page.getByRole('button', { name: 'Create rule' }).press('Enter');
  const dialog = await dialogOf(page);
  await dialog.getByLabel('Consumer group').fill('a b');
  assert.equal(await dialog.getByRole('button', { name: 'Create rule' }).isDisabled(), true);
  await dialog.getByLabel('Consumer group').fill(GROUP);
  await dialog.getByLabel('Lasting for, in seconds').fill('5');
  assert.deepEqual(await axeFindings(page), []);
  await dialog.getByLabel('Consumer group').press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: `Change A group has few members: ${GROUP}` }).click();
  assert.equal(await (await dialogOf(page)).getByLabel('Lasting for, in seconds').inputValue(), '5');
  assert.deepEqual(await axeFindings(page), []);
  await page.keyboard.press('Escape');

  await made.stopConsumers();
  await tab.open(`${root}/alerts/now`);
  const sentence = `Consumer group ${GROUP} has no member; it should have 1 or more.`;
  await page.getByText(sentence).waitFor({ timeout: 150_000 });
  assert.deepEqual(await axeFindings(page), []);
  assert.ok(posted.some(({ alerts }) => alerts.some(({ labels }) => labels.group === GROUP)));
  await tab.open(`${root}/overview`);
  await page.getByText(sentence).waitFor();
  await tab.open(`${root}/alerts/history`);
  await page.getByText(sentence).waitFor();
  assert.deepEqual(await axeFindings(page), []);

  await tab.open(`${root}/alerts/rules`);
  await page.getByRole('button', { name: `Delete A group has few members: ${GROUP}` }).click();
  await (await dialogOf(page)).getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await tab.open(`${root}/alerts/now`);
  await page.getByText('Nothing is raised').waitFor({ timeout: 30_000 });
  assert.deepEqual(watch.take(), []);
});
