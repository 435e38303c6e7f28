import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { runOurCommand } from '@rocketmq-ts/testkit/processes';
import type { Page } from 'playwright-core';
import { closeResult, dialogOf, typeName } from '../support/dialogs.ts';
import { type SeededConsole, seededConsole } from '../support/seeded-console.ts';
import { openTab, settled, type Tab } from '../support/visit.ts';

const LIMIT_MS = 60_000;

let made: SeededConsole;
let root: string;
before(async () => {
  made = await seededConsole((servers) => servers.ours());
  root = made.start.replace(/\/overview$/, '');
});
after(() => made?.stop());

test('a topic that was deleted is gone from the page, the list and the broker', { timeout: LIMIT_MS }, async () => {
  await using tab = await openTab(made.browser, made.console.url);
  assert.equal((await brokerHas('-t', 'topic.json')).includes('"payments"'), true);
  await deleted(tab, 'topics', 'payments', 'Delete the topic');
  await tab.page.getByText('No broker has this topic').waitFor();
  await tab.page.getByRole('link', { name: 'All topics' }).click();
  await settled(tab.page);
  assert.deepEqual(await namesInTable(tab.page, /^(?:payments|transfers)$/), ['transfers']);
  assert.equal((await brokerHas('-t', 'topic.json')).includes('"payments"'), false);
  assert.deepEqual(tab.watch.take(), []);
});

test('a group that was deleted is gone with its offsets and its retry topic', { timeout: LIMIT_MS }, async () => {
  await made.stopConsumers();
  await using tab = await openTab(made.browser, made.console.url);
  assert.equal((await brokerHas('-g', 'subscriptionGroup.json')).includes('"billing"'), true);
  await tab.open(`${root}/groups/billing/delete`);
  for (const also of ['Offsets too', 'Retry topics too'])
    await tab.page.getByRole('checkbox', { name: also }).setChecked(true);
  await deleted(tab, 'groups', 'billing', 'Delete the group', false);
  await tab.page.getByText('No broker has this group').waitFor();
  await tab.page.getByRole('link', { name: 'All groups' }).click();
  await settled(tab.page);
  assert.deepEqual(await namesInTable(tab.page, /^(?:billing|stock)$/), ['stock']);
  assert.equal((await brokerHas('-g', 'subscriptionGroup.json')).includes('"billing"'), false);
  assert.equal((await brokerHas('-t', 'topic.json', '-s')).includes('%RETRY%billing'), false);
  assert.deepEqual(tab.watch.take(), []);
});

async function deleted(tab: Tab, list: string, name: string, action: string, opens = true): Promise<void> {
  if (opens) await tab.open(`${root}/${list}/${name}/delete`);
  await tab.page.getByRole('button', { name: action }).click();
  const dialog = await dialogOf(tab.page);
  await typeName(dialog, name, action);
  await closeResult(dialog, /^Done on (\d+) of \1$/);
}

/** Names of the first column that match. */
async function namesInTable(page: Page, pattern: RegExp): Promise<string[]> {
  const names = await page.locator('tbody tr td:first-child a').allTextContents();
  return names.filter((name) => pattern.test(name));
}

/** What the broker itself says that it has, as `mqadmin` writes it. */
async function brokerHas(kind: string, file: string, ...more: readonly string[]): Promise<string> {
  const { cluster, home } = made;
  const folder = join(home, 'exported');
  await runOurCommand('mqadmin', ['exportMetadata', '-b', cluster.broker, kind, ...more, '-f', folder], { home });
  return readFileSync(join(folder, file), 'utf8');
}
