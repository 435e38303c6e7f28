import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDashboard, type Dashboard } from '@rocketmq-ts/dashboard';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { until } from '../support/until.ts';

/** The console against Apache's name server and broker: what it reads of them, and what it changes. */
let cluster: Cluster;
let dashboard: Dashboard;
let id: string;

before(async () => {
  cluster = await startCluster({ namesrv: 'apache', broker: 'apache' });
  dashboard = await createDashboard({ clusters: [{ namesrvAddr: cluster.namesrv }], port: 0 });
  await dashboard.start();
  id = dashboard.registry.list()[0]!.id;
  await until('topics and groups are read', () => dashboard.registry.get(id).model.groups.size > 0);
});

after(async () => {
  await dashboard?.stop();
  await cluster?.stop();
});

async function ask<Answer>(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<Answer> {
  const url = `/api/v1/clusters/${id}${path}`;
  const response = await dashboard.http.inject({ method, url, ...(body === undefined ? {} : { payload: body }) });
  assert.equal(response.statusCode, 200, `${url}: ${response.body}`);
  return response.json() as Answer;
}

type Results = readonly { readonly ok: boolean; readonly message?: string }[];

test("the overview shows Apache's broker with its version and topics", async () => {
  const overview = await ask<{
    readonly findings: readonly { readonly kind: string }[];
    readonly brokers: readonly { readonly version: string; readonly isUp: boolean; readonly diskRatio?: number }[];
    readonly topics: number;
    readonly groups: number;
  }>('GET', '/overview');
  assert.deepEqual(
    overview.findings.filter(({ kind }) => kind !== 'diskFull'),
    [],
  );
  assert.deepEqual(
    overview.brokers.map(({ version, isUp }) => [version, isUp]),
    [['V5_4_0', true]],
  );
  assert.equal(typeof overview.brokers[0]?.diskRatio, 'number');
  assert.ok(overview.topics > 5 && overview.groups > 5, JSON.stringify(overview));
});

test("Apache's name server, broker and its second port are reached", async () => {
  const rows = await ask<readonly { readonly role: string; readonly failure?: string }[]>('GET', '/reachability');
  assert.deepEqual(
    rows.map(({ role, failure }) => [role, failure]),
    [
      ['nameServer', undefined],
      ['broker', undefined],
      ['brokerVip', undefined],
    ],
  );
});

test("a property of Apache's broker is changed; one that it would ignore without a word is refused", async () => {
  const path = `/brokers/${encodeURIComponent(cluster.broker)}/config`;
  const change = (properties: object): Promise<Results> =>
    ask<Results>('PUT', '/brokers/config', { addresses: [cluster.broker], properties });
  assert.deepEqual(
    (await change({ fileReservedTime: '49' })).map(({ ok }) => ok),
    [true],
  );
  const { entries } = await ask<{
    readonly entries: readonly { readonly key: string; readonly value: string; readonly isFixed: boolean }[];
  }>('GET', path);
  assert.equal(entries.find(({ key }) => key === 'fileReservedTime')?.value, '49');
  assert.equal(entries.find(({ key }) => key === 'configBlackList')?.isFixed, true);
  assert.deepEqual(
    (await change({ fileReservedTimes: '1' })).map(({ ok }) => ok),
    [false],
  );
  const { entries: status } = await ask<{ readonly entries: readonly { readonly key: string }[] }>(
    'GET',
    `/brokers/${encodeURIComponent(cluster.broker)}/status`,
  );
  assert.ok(status.some(({ key }) => key === 'commitLogMaxOffset'));
});

test("write permission, name server configuration and clean-ups work on Apache's servers", async () => {
  const brokerName = [...dashboard.registry.get(id).model.brokers.values()][0]!.brokerName;
  for (const change of ['wipe', 'add']) {
    const [result] = await ask<Results>('POST', '/write-permission', { brokerName, change });
    assert.ok(result?.ok && /^\d+ topics$/.test(result.message ?? ''), JSON.stringify(result));
  }
  const properties = { orderMessageEnable: 'true' };
  assert.deepEqual(await ask('PUT', '/name-servers/config', { properties }).then(okOf), [true]);
  for (const what of ['expiredConsumeQueues', 'expiredCommitLog', 'unusedTopics']) {
    assert.deepEqual(await ask('POST', '/clean-up', { what, addresses: [cluster.broker] }).then(okOf), [true]);
  }
});

function okOf(results: unknown): boolean[] {
  return (results as Results).map(({ ok }) => ok);
}
