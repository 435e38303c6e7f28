import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startChromium } from '../support/chromium.ts';
import { Servers } from '../support/clusters.ts';
import { look } from '../support/crawl.ts';
import { closeResult, dialogOf, focusIsOn, typeName } from '../support/dialogs.ts';
import { LOOKS, openTab } from '../support/visit.ts';
import { axeFindings } from '../support/watch.ts';

const LIMIT_MS = 90_000;
const PROVIDERS = 'org.apache.rocketmq.auth';
const ROOT = { accessKey: 'root', secretKey: 'rootSecret' };
const AUTH = {
  authenticationEnabled: true,
  authenticationProvider: `${PROVIDERS}.authentication.provider.DefaultAuthenticationProvider`,
  authenticationMetadataProvider: `${PROVIDERS}.authentication.provider.LocalAuthenticationMetadataProvider`,
  initAuthenticationUser: '{"username":"root","password":"rootSecret"}',
  innerClientAuthenticationCredentials: JSON.stringify(ROOT),
  authorizationEnabled: true,
  authorizationProvider: `${PROVIDERS}.authorization.provider.DefaultAuthorizationProvider`,
  authorizationMetadataProvider: `${PROVIDERS}.authorization.provider.LocalAuthorizationMetadataProvider`,
};

let servers: Servers;
let browser: Browser;
/** Of the console's pages of a cluster whose brokers keep accounts, and of one whose brokers keep none. */
let kept: { readonly url: string; readonly root: string };
let none: { readonly url: string; readonly root: string };
before(
  async () => {
    servers = new Servers();
    const [with_, without, started] = await Promise.all([servers.apache(AUTH), servers.ours(), startChromium()]);
    browser = started;
    [kept, none] = await Promise.all([
      consoleOf(with_.namesrv, 'kept', {
        'rocketmq.config.accessKey': ROOT.accessKey,
        'rocketmq.config.secretKey': ROOT.secretKey,
      }),
      consoleOf(without.namesrv, 'none', {}),
    ]);
  },
  { timeout: LIMIT_MS },
);
after(async () => {
  await browser?.close();
  await servers.stop();
});

test('a user and a rule are created, changed and deleted', { timeout: LIMIT_MS }, async () => {
  await using tab = await openTab(browser, kept.url);
  const { page, watch } = tab;
  await tab.open(`${kept.root}/acl/users`);
  await page.getByRole('button', { name: 'Create user' }).click();
  const dialog = await dialogOf(page);
  await focusIsOn(dialog.getByLabel('User', { exact: false }).first());
  await page.keyboard.type('a b');
  await dialog.getByText('can not be part of a name').waitFor();
  await dialog.getByRole('textbox', { name: 'User' }).fill('alice');
  await dialog.getByRole('textbox', { name: 'Password' }).fill('aliceSecret');
  assert.deepEqual(await axeFindings(page), []);
  await page.keyboard.press('Enter');
  await closeResult(dialog, 'Done on 1 of 1');
  await page.getByRole('cell', { name: 'alice', exact: true }).waitFor();

  await page.getByRole('button', { name: 'Change alice' }).click();
  await dialog.getByRole('combobox', { name: 'Status' }).click();
  await page.getByRole('option', { name: 'disabled' }).click();
  await dialog.getByRole('button', { name: 'Save the changes' }).click();
  await closeResult(dialog, 'Done on 1 of 1');
  await page.getByRole('row', { name: /alice/ }).getByText('disabled').waitFor();

  await page.getByRole('link', { name: 'Rules' }).click();
  await page.getByRole('button', { name: 'Create rule' }).first().click();
  await dialog.getByRole('textbox', { name: 'User' }).fill('alice');
  await dialog.getByRole('textbox', { name: 'Resources' }).fill('Topic:orders\nnonsense');
  await dialog.getByRole('checkbox', { name: 'Pub' }).check();
  await dialog.getByText(/and a name, or \* alone/).waitFor();
  await dialog.getByRole('textbox', { name: 'Resources' }).fill('Topic:orders\nGroup:billing*');
  await dialog.getByRole('textbox', { name: 'From addresses' }).fill('10.0.0.0/8');
  assert.deepEqual(await axeFindings(page), []);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await closeResult(dialog, 'Done on 1 of 1');
  await page.getByRole('row', { name: /alice.*Topic:orders.*Pub.*10\.0\.0\.0\/8.*allow/ }).waitFor();

  await page.getByRole('button', { name: 'Change the rule of Topic:orders' }).click();
  await dialog.getByRole('checkbox', { name: 'Sub' }).check();
  await dialog.getByText('deny', { exact: true }).click();
  await dialog.getByRole('button', { name: 'Save the changes' }).click();
  await closeResult(dialog, 'Done on 1 of 1');
  await page.getByRole('row', { name: /Topic:orders.*Pub.*Sub.*deny/ }).waitFor();
  await page.getByRole('button', { name: 'Delete the rule of Group:billing*' }).click();
  await typeName(dialog, 'User:alice', 'Delete');
  await closeResult(dialog, 'Done on 1 of 1');
  await page.getByRole('cell', { name: 'Group:billing*', exact: true }).waitFor({ state: 'detached' });

  await tab.open(`${kept.root}/acl/users`);
  await page.getByRole('button', { name: 'Delete alice' }).click();
  await typeName(dialog, 'alice', 'Delete');
  await closeResult(dialog, 'Done on 1 of 1');
  await page.getByRole('cell', { name: 'alice', exact: true }).waitFor({ state: 'detached' });
  await page.getByRole('cell', { name: 'root', exact: true }).waitFor();
  await tab.open(`${kept.root}/acl/rules`);
  await page.getByText('No rules').waitFor();
  await tab.open(`${kept.root}/audit`);
  await page.getByText('/acl/users').first().waitFor();
  assert.doesNotMatch((await page.locator('main').textContent())!, /aliceSecret/);
  assert.deepEqual(watch.take(), []);
});

test('brokers without accounts are said to have none, and how to get them', { timeout: LIMIT_MS }, async () => {
  await using tab = await openTab(browser, none.url);
  for (const part of ['users', 'rules']) {
    await tab.open(`${none.root}/acl/${part}`);
    await tab.page.getByText('No broker keeps accounts').waitFor();
    await tab.page.getByText('its configuration names no store of accounts').waitFor();
    assert.equal(await tab.page.locator('main').getByRole('button').count(), 0);
  }
  assert.deepEqual(tab.watch.take(), []);
});

for (const each of Object.values(LOOKS)) {
  test(`both parts on ${each.name}: nothing for axe, nothing wider than the screen`, {
    timeout: LIMIT_MS,
  }, async () => {
    for (const { url, root } of [kept, none]) {
      await using tab = await openTab(browser, url, each);
      for (const part of ['users', 'rules']) assert.deepEqual(await look(tab, `${root}/acl/${part}`, true), []);
      if (each.name === 'chinese') assert.match((await tab.page.locator('main').textContent())!, /访问控制/);
    }
  });
}

async function consoleOf(
  namesrv: string,
  name: string,
  options: Readonly<Record<string, string>>,
): Promise<{ url: string; root: string }> {
  const { url } = await servers.console({ 'rocketmq.config.namesrvAddr': namesrv, ...options }, name);
  const [row] = (await (await fetch(`${url}/api/v1/clusters`)).json()) as { id: string }[];
  return { url, root: `/c/${encodeURIComponent(row!.id)}` };
}
