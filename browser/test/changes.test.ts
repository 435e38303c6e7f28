import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { closeResult, dialogOf, focusIsOn, typeName } from '../support/dialogs.ts';
import { type SeededConsole, seededConsole } from '../support/seeded-console.ts';
import { openTab, settled } from '../support/visit.ts';
import { axeFindings } from '../support/watch.ts';

let made: SeededConsole;
/** Address of the cluster's pages. */
let root: string;
before(async () => {
  made = await seededConsole((servers) => servers.ours());
  root = made.start.replace(/\/overview$/, '');
});
after(() => made?.stop());

/** Names with what has a meaning in addresses. */
const TOPIC = 'shop%2F|new';
const NEW_GROUP = 'audit%|1';

test('a topic is created by keyboard alone, changed, sent to, and its message is found', async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page, watch } = tab;
  await tab.open(`${root}/topics`);
  await page.getByRole('button', { name: 'Create topic' }).first().press('Enter');
  const dialog = await dialogOf(page);
  await focusIsOn(dialog.getByLabel('Name'));
  await page.keyboard.type(TOPIC);
  const queues = dialog.getByLabel('Write queues');
  await queues.press('End');
  await queues.press('Backspace');
  await page.keyboard.type('4');
  // A field that is being cleared must not put back what was cleared.
  assert.equal(await queues.inputValue(), '4');
  assert.deepEqual(await axeFindings(page), []);
  await page.keyboard.press('Enter');
  await dialog.getByText('Done on 1 of 1').waitFor();
  await focusIsOn(dialog.getByRole('button', { name: 'Close' }).last());
  assert.deepEqual(await axeFindings(page), []);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/topics\/shop%252F%7Cnew\/config$/);
  await page.getByRole('heading', { level: 1, name: TOPIC }).waitFor();

  await page.getByRole('button', { name: 'Change settings' }).press('Enter');
  await dialog.getByLabel('Write queues').fill('6');
  assert.deepEqual(await axeFindings(page), []);
  await dialog.getByRole('button', { name: 'Save the changes' }).click();
  await closeResult(dialog, 'Done on 1 of 1');

  await tab.open(`${root}/topics/${encodeURIComponent(TOPIC)}/send`);
  await page.getByRole('textbox', { name: 'Body' }).fill('{"id":12345678901234567890}');
  await page.getByText('JSON', { exact: true }).click();
  await page.getByRole('button', { name: 'Format' }).click();
  assert.match(
    await page.getByRole('textbox', { name: 'Body' }).inputValue(),
    /^\{\n {2}"id": 12345678901234567890\n\}$/,
  );
  await page.getByLabel('Keys').fill('key-1');
  await page.getByLabel('Keys').press('Enter');
  await page.getByRole('link', { name: 'Look at the message' }).click();
  await settled(page);
  await page.getByText('12345678901234567890').first().waitFor();
  await resend(page);
  assert.deepEqual(watch.take(), []);
});

test('a name that exists already is refused and the dialog stays usable', async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page, watch } = tab;
  await tab.open(`${root}/topics`);
  await page.getByRole('button', { name: 'Create topic' }).first().click();
  const dialog = await dialogOf(page);
  for (const name of ['a b', 'a/b', 'a?b', '名字', 'x'.repeat(128), 'x'.repeat(255)]) {
    await dialog.getByLabel('Name').fill(name);
    assert.equal(await dialog.getByRole('button', { name: 'Create' }).isDisabled(), true, name);
    assert.equal(await dialog.getByLabel('Name').getAttribute('aria-invalid'), 'true', name);
  }
  assert.deepEqual(await axeFindings(page), []);
  await dialog.getByLabel('Name').fill('orders');
  await dialog.getByLabel('Name').press('Enter');
  await dialog.getByText('it has this topic already').waitFor();
  assert.deepEqual(await axeFindings(page), []);
  assert.deepEqual(watch.take(), []);
});

test('a group is created, moved with a preview, and deleted after its name was typed', async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page, watch } = tab;
  await tab.open(`${root}/groups`);
  await page.getByRole('button', { name: 'Create group' }).click();
  const dialog = await dialogOf(page);
  await dialog.getByLabel('Name').fill(NEW_GROUP);
  assert.deepEqual(await axeFindings(page), []);
  await dialog.getByLabel('Name').press('Enter');
  await closeResult(dialog, 'Done on 1 of 1');
  await page.getByRole('heading', { level: 1, name: NEW_GROUP }).waitFor();

  await tab.open(`${root}/topics/orders/reset?group=${encodeURIComponent(NEW_GROUP)}&to=start`);
  await page.getByRole('button', { name: 'Move the group' }).click();
  await typeName(dialog, NEW_GROUP, 'Move the group');
  await closeResult(dialog, 'Done on 1 of 1');

  await tab.open(`${root}/groups/${encodeURIComponent(NEW_GROUP)}/delete`);
  await page.getByRole('button', { name: 'Delete the group' }).click();
  await typeName(dialog, NEW_GROUP, 'Delete the group');
  await closeResult(dialog, 'Done on 1 of 1');
  await page.getByText('No broker has this group').waitFor();
  assert.deepEqual(watch.take(), []);
});

test('dead letters are sent again', async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page, watch } = tab;
  await tab.open(`${root}/dead-letters/stock`);
  await page.getByRole('checkbox').nth(1).check();
  await page.getByRole('button', { name: /^Send again/ }).click();
  const dialog = await dialogOf(page);
  assert.deepEqual(await axeFindings(page), []);
  await dialog.getByRole('button', { name: /^Send again/ }).click();
  await dialog.getByRole('status').waitFor();
  await focusIsOn(dialog.getByRole('button', { name: 'Close' }).last());
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  // Pressing it once more must not send the same letter twice.
  assert.equal(await page.getByRole('button', { name: /^Send again/ }).isDisabled(), true);
  assert.deepEqual(watch.take(), []);
});

test('a property of a broker is changed, seen as a difference first', async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page, watch } = tab;
  await tab.open(`${root}/cluster`);
  await page.locator('main').getByRole('link', { name: 'broker-a' }).first().click();
  await settled(page);
  await tab.open(`${new URL(page.url()).pathname.split('/').slice(0, 5).join('/')}/config`);
  await page.getByRole('searchbox').fill('fileReservedTime');
  await page.getByRole('button', { name: 'Change fileReservedTime' }).press('Enter');
  const field = page.getByRole('textbox', { name: 'fileReservedTime' });
  await field.fill('seventy');
  await page.getByText('A whole number').waitFor();
  assert.deepEqual(await axeFindings(page), []);
  assert.equal(await page.getByRole('button', { name: 'Review and apply' }).isDisabled(), true);
  await field.fill('70');
  await page.getByRole('button', { name: 'Review and apply' }).click();
  const dialog = await dialogOf(page);
  assert.deepEqual(await axeFindings(page), []);
  await dialog.getByRole('button', { name: 'Apply the changes' }).click();
  await closeResult(dialog, 'Done on 1 of 1');
  await page.getByText('70', { exact: true }).waitFor();
  assert.deepEqual(watch.take(), []);
});

test('a timer message is recalled by its handle', async () => {
  await using tab = await openTab(made.browser, made.console.url);
  const { page, watch } = tab;
  watch.expected.push({ path: '/api/v1/', status: 400 });
  await tab.open(`${root}/timers`);
  const field = page.getByLabel('Recall handle');
  await field.fill('no handle');
  await field.press('Enter');
  await page.getByRole('alert').waitFor();
  assert.deepEqual(await axeFindings(page), []);
  assert.deepEqual(watch.take(), []);
});

async function resend(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Send again' }).first().click();
  const dialog = await dialogOf(page);
  assert.deepEqual(await axeFindings(page), []);
  await dialog.getByRole('button', { name: 'Send again' }).click();
  await dialog.getByRole('status').waitFor();
  await focusIsOn(dialog.getByRole('button', { name: 'Close' }).last());
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
}
