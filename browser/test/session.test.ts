import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startChromium } from '../support/chromium.ts';
import { type RunningConsole, Servers } from '../support/clusters.ts';
import { LOOKS, openTab, settled } from '../support/visit.ts';
import { axeFindings } from '../support/watch.ts';

let servers: Servers;
let browser: Browser;
let shut: RunningConsole;
before(async () => {
  servers = new Servers();
  const [cluster, started] = await Promise.all([servers.ours(), startChromium()]);
  browser = started;
  const data = join(servers.home, 'users');
  mkdirSync(data);
  writeFileSync(join(data, 'users.properties'), 'boss=secret,1\nguest=guest\n');
  shut = await servers.console({
    ...{ 'rocketmq.config.namesrvAddr': cluster.namesrv, 'rocketmq.config.dataPath': data },
    'rocketmq.config.loginRequired': 'true',
  });
});
after(async () => {
  await browser?.close();
  await servers.stop();
});

test('a deep link leads to the login and, after it, to its page; signing out ends that', async () => {
  await using tab = await openTab(browser, shut.url);
  const { page, watch } = tab;
  watch.expected.push({ path: '/api/v1/', status: 401 });
  const [cluster] = await clustersBy('boss', 'secret');
  const link = `/c/${encodeURIComponent(cluster!.id)}/overview`;
  await page.goto(shut.url + link);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.deepEqual(await axeFindings(page), []);
  await page.getByLabel('User name').fill('boss');
  await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  assert.match((await page.getByRole('alert').textContent())!, /password is wrong/);
  await page.getByRole('textbox', { name: 'Password' }).fill('secret');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').first().waitFor();
  await settled(page);
  assert.equal(new URL(page.url()).pathname, link);
  await page.getByRole('button', { name: 'Signed in as boss' }).click();
  assert.deepEqual(await axeFindings(page), []);
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.deepEqual(watch.take(), []);
});

test('a normal user is offered what role-permission.yml allows', async () => {
  await using tab = await openTab(browser, shut.url, LOOKS.chinese);
  const { page, watch } = tab;
  watch.expected.push({ path: '/api/v1/', status: 401 });
  await page.goto(shut.url);
  await page.getByLabel('用户名').fill('guest');
  await page.getByRole('textbox', { name: '密码' }).fill('guest');
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByText('权限受限').waitFor();
  await settled(page);
  assert.deepEqual(await axeFindings(page), []);
  const root = new URL(page.url()).pathname.split('/').slice(0, 3).join('/');
  await tab.open(`${root}/topics`);
  assert.equal(await page.getByRole('button', { name: '新建主题' }).isDisabled(), true);
  // Sending is among what role-permission.yml allows as it is shipped; settings of a topic are not.
  await tab.open(`${root}/topics/TBW102/send`);
  await page.getByRole('button', { name: '发送', exact: true }).waitFor();
  assert.equal(await page.getByRole('button', { name: '发送', exact: true }).isEnabled(), true);
  await tab.open(`${root}/operations`);
  assert.equal(
    await page
      .getByRole('button', { name: /^去除写权限/ })
      .first()
      .isDisabled(),
    true,
  );
  assert.deepEqual(watch.take(), []);
});

test('a name that leads here and is not the console’s shows nothing', async () => {
  await using tab = await openTab(browser, shut.url.replace('localhost', 'rebound.example.net'));
  const { page } = tab;
  await page.goto(shut.url.replace('localhost', 'rebound.example.net'));
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  const status = await page.evaluate(async () => (await fetch('/api/v1/clusters')).status);
  assert.equal(status, 401);
});

async function clustersBy(userName: string, password: string): Promise<{ id: string }[]> {
  const headers = { 'content-type': 'application/json' };
  const login = await fetch(`${shut.url}/api/v1/session`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ userName, password }),
  });
  const cookie = login.headers
    .getSetCookie()
    .map((each) => each.split(';', 1)[0])
    .join('; ');
  return (await (await fetch(`${shut.url}/api/v1/clusters`, { headers: { cookie } })).json()) as { id: string }[];
}
