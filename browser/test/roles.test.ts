import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type SeededConsole, seededConsole } from '../support/seeded-console.ts';
import { openTab, pagesOf, settled, type Tab } from '../support/visit.ts';

const LIMIT_MS = 180_000;

/** Buttons that lead to a change. */
const CHANGES =
  /^(?:Create|Change|Send|Delete|Move|Copy the offsets|Remove|Restore|Run|Add a cluster|Add a proxy|Choose 127|Consume directly|Recall|Check again|Elect|Review)/;

let made: SeededConsole;
let shut: { readonly url: string };
before(async () => {
  made = await seededConsole(async (servers) => {
    const data = join(servers.home, 'users');
    mkdirSync(data);
    writeFileSync(join(data, 'users.properties'), 'boss=secret,1\nguest=guest\n');
    writeFileSync(join(data, 'role-permission.yml'), 'rolePerms:\n  Normal:\n    - /**/*.query\n    - /login/*\n');
    const cluster = await servers.ours();
    shut = await servers.console(
      {
        ...{ 'rocketmq.config.namesrvAddr': cluster.namesrv, 'rocketmq.config.dataPath': data },
        'rocketmq.config.loginRequired': 'true',
        // Of addresses where nothing listens: the second can be chosen.
        'rocketmq.config.proxyAddrs': '127.0.0.1:1,127.0.0.1:2',
      },
      'shut',
    );
    return cluster;
  });
});
after(() => made?.stop());

test('a role that may only read can press no button that changes something', { timeout: LIMIT_MS }, async (t) => {
  await using tab = await openTab(made.browser, shut.url);
  const { page, watch } = tab;
  watch.expected.push({ path: '/api/v1/', status: 401 });
  await signIn(tab, 'guest', 'guest');
  const root = new URL(page.url()).pathname.replace(/\/overview$/, '');
  const found: string[] = [];
  const tabsOf = (list: string, name: string, tabs: string): string[] =>
    tabs.split(' ').map((each) => `${root}/${list}/${name}/${each}`);
  const paths = [
    ...(await pagesOf(page)),
    ...tabsOf('topics', 'orders', 'config send delete'),
    `${root}/topics/orders/reset?group=billing&to=start`,
    ...tabsOf('groups', 'billing', 'config reset clone delete'),
    `${root}/messages/orders/${made.msgId}`,
    `${root}/dead-letters/stock`,
  ];
  for (const path of paths) {
    await tab.open(path);
    for (const { name, isEnabled } of await changeButtons(page)) {
      found.push(name);
      assert.equal(isEnabled, false, `${path}: ${name}`);
    }
  }
  t.diagnostic(`${found.length} buttons: ${[...new Set(found)].join(', ')}`);
  assert.ok(new Set(found).size > 8);
  assert.deepEqual(watch.take(), []);
});

test('the audit log is not offered to a role that may not read it, and its address says why', async () => {
  await using tab = await openTab(made.browser, shut.url);
  const { page, watch } = tab;
  watch.expected.push({ path: '/api/v1/', status: 401 });
  await signIn(tab, 'guest', 'guest');
  const entry = page.getByRole('navigation').first().getByRole('link', { name: 'Audit log' });
  assert.equal(await entry.count(), 0);
  await tab.open(new URL(page.url()).pathname.replace(/\/overview$/, '/audit'));
  await page.getByRole('heading', { level: 1, name: 'You may not open this page' }).waitFor();
  assert.equal((await page.request.get(new URL('/api/v1/audit', page.url()).href)).status(), 403);
  assert.deepEqual(watch.take(), []);
  await page.context().clearCookies();
  await signIn(tab, 'boss', 'secret');
  await entry.click();
  await page.getByRole('heading', { level: 1, name: 'Audit log' }).waitFor();
  assert.deepEqual(watch.take(), []);
});

test('after five wrong passwords the page says how long to wait, and the right one waits too', async () => {
  await using tab = await openTab(made.browser, shut.url);
  const { page, watch } = tab;
  watch.expected.push({ path: '/api/v1/', status: 401 }, { path: '/api/v1/session', status: 429 });
  await page.goto(shut.url);
  const attempt = async (password: string): Promise<string> => {
    await page.getByLabel('User name').fill('boss');
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.getByRole('button', { name: 'Sign in' }).click(),
    ]);
    assert.ok(answer.status() >= 400);
    await page.getByRole('button', { name: 'Sign in' }).and(page.locator(':not([data-loading])')).waitFor();
    return (await page.getByRole('alert').textContent())!;
  };
  for (let count = 0; count < 5; count++) assert.match(await attempt(`wrong ${count}`), /password is wrong/);
  assert.match(await attempt('wrong'), /\d+ s|seconds/);
  assert.match(await attempt('secret'), /\d+ s|seconds/);
  assert.deepEqual(watch.take(), []);
});

async function signIn({ page }: Tab, name: string, password: string): Promise<void> {
  await page.goto(shut.url);
  await page.getByLabel('User name').fill(name);
  await page.getByRole('textbox', { name: 'Password' }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').first().waitFor();
  await settled(page);
}

async function changeButtons(page: Page): Promise<{ name: string; isEnabled: boolean }[]> {
  const buttons = await page.locator('main button').evaluateAll((all) =>
    all.map((each) => ({
      name: each.getAttribute('aria-label') ?? each.textContent ?? '',
      isEnabled: !(each as HTMLButtonElement).disabled && each.getAttribute('data-disabled') === null,
    })),
  );
  return buttons.filter(({ name }) => CHANGES.test(name));
}
