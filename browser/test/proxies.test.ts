import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dialogOf } from '../support/dialogs.ts';
import { type SeededConsole, seededConsole } from '../support/seeded-console.ts';
import { LOOKS, openTab, settled } from '../support/visit.ts';
import { axeFindings } from '../support/watch.ts';

let made: SeededConsole;
before(async () => {
  made = await seededConsole((servers) => servers.ours());
});
after(() => made?.stop());

test('a proxy is added, shown as it answers, and chosen; one that does not answer says why', async () => {
  const root = made.start.replace(/\/overview$/, '');
  // A broker answers the question to a proxy as a proxy does: nobody is online in this group.
  const clusters = `${made.console.url}/api/v1${root.replace('/c/', '/clusters/')}`;
  const places = (await (await fetch(`${clusters}/reachability`)).json()) as { role: string; address: string }[];
  const answering = places.find(({ role }) => role === 'broker')!.address;
  const silent = '127.0.0.1:1';
  await using tab = await openTab(made.browser, made.console.url);
  const { page, watch } = tab;
  watch.expected.push({ path: '/api/v1/proxies', status: 400 });
  await tab.open(`${root}/overview`);
  await page.getByRole('link', { name: 'Proxies' }).click();
  await page.getByText('No proxy').waitFor();
  const adding = page.getByRole('button', { name: 'Add a proxy' });
  await adding.click();
  const dialog = await dialogOf(page);
  await dialog.getByLabel('Address').fill('nowhere');
  await dialog.getByRole('button', { name: 'Add a proxy' }).click();
  await dialog.getByText('nowhere is not host:port').waitFor();
  assert.deepEqual(await axeFindings(page), []);
  for (const address of [silent, answering]) {
    if (address === answering) await adding.click();
    await dialog.getByLabel('Address').fill(address);
    await dialog.getByRole('button', { name: 'Add a proxy' }).click();
    await page.getByRole('row').filter({ hasText: address }).waitFor();
    await dialog.waitFor({ state: 'hidden' });
  }
  const row = (address: string) => page.getByRole('row').filter({ hasText: address });
  await row(answering).getByText(/ ms$/).waitFor();
  await row(silent).getByText('nothing listens at this port').waitFor();
  await row(silent).getByText('current', { exact: true }).waitFor();
  await page.getByRole('button', { name: `Choose ${answering}` }).click();
  await row(answering).getByText('current', { exact: true }).waitFor();
  await settled(page);
  assert.deepEqual(await axeFindings(page), []);
  const old = (await (await fetch(`${made.console.url}/proxy/homePage.query`)).json()) as { data: unknown };
  assert.deepEqual(old.data, { currentProxyAddr: answering, proxyAddrList: [silent, answering] });
  assert.deepEqual(watch.take(), []);

  await using chinese = await openTab(made.browser, made.console.url, LOOKS.chinese);
  await chinese.open(`${root}/proxies`);
  await chinese.page.getByRole('button', { name: '添加 Proxy' }).waitFor();
  assert.deepEqual(await axeFindings(chinese.page), []);
});
