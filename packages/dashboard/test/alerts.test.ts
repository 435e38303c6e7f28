import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from '@rocketmq-ts/testkit/cluster';
import type { AlertEvent, AlertRule, Alerts, ClusterRow, Overview, Page } from '../src/api/index.ts';
import { allowedWrites } from '../src/session/write-routes.ts';
import { consoleOf } from './support/console.ts';

test('a group without members and a lost broker are raised, sent, shown and resolved; a new start raises nothing twice', async () => {
  const cluster = await startCluster({ brokers: 2, topics: { Orders: 2 } });
  const posted: { readonly status: string; readonly alerts: readonly { readonly labels: object }[] }[] = [];
  const options = {
    dataPath: '/data',
    keepsHistory: false,
    alertWebhook: {
      url: 'https://hooks.example/s3cret',
      post: async (_url: string, body: string) => {
        posted.push(JSON.parse(body));
        return { status: 200, text: 'ok' };
      },
    },
  };
  const group = { consumerGroup: 'billing', topics: { Orders: '*' } } as const;
  const consumer = await cluster.consumer(group, () => {});
  let console = await consoleOf(cluster, options);
  const path = `/clusters/${console.id}/alerts`;
  const made = await console.ask('POST', `${path}/rules`, { kind: 'fewMembers', group: 'billing', limit: 1 });
  assert.equal(made.status, 200, JSON.stringify(made.body));
  const again = await console.ask('POST', `${path}/rules`, { kind: 'fewMembers', group: 'billing', limit: 2 });
  assert.equal(again.status, 409);
  await cluster.advance(240_000);
  assert.deepEqual((await console.get<Alerts>(path)).raised, []);

  await cluster.run(consumer.stop());
  cluster.broker('broker-b').kill();
  await cluster.advance(240_000);
  const { raised, webhook } = await console.get<Alerts>(path);
  assert.deepEqual(raised.map(({ rule }) => rule).sort(), ['brokerDown', 'fewMembers billing']);
  assert.deepEqual([webhook.host, webhook.sent, webhook.failure], ['https://hooks.example', posted.length, undefined]);
  assert.deepEqual(
    posted.flatMap(({ alerts }) => alerts.map(({ labels }) => (labels as { alertname: string }).alertname)).sort(),
    ['brokerDown', 'fewMembers'],
  );
  const overview = await console.get<Overview>(`/clusters/${console.id}/overview`);
  assert.deepEqual(overview.findings.map(({ kind }) => kind).sort(), ['brokerDown', 'fewMembers']);
  assert.equal((await console.get<readonly ClusterRow[]>('/clusters'))[0]?.alerts, 2);

  const sent = posted.length;
  await console.stop();
  console = await consoleOf(cluster, options);
  await cluster.advance(300_000);
  assert.deepEqual(
    (await console.get<Alerts>(path)).raised.map(({ rule }) => rule).includes('fewMembers billing'),
    true,
  );
  assert.equal(posted.slice(sent).filter(({ status }) => status === 'firing').length, 0, 'nothing was raised twice');

  await cluster.consumer(group, () => {});
  await cluster.advance(240_000);
  const after = await console.get<Alerts>(path);
  assert.equal(
    after.raised.some(({ rule }) => rule === 'fewMembers billing'),
    false,
  );
  const history = await console.get<Page<AlertEvent>>(`${path}/history?filter=billing`);
  assert.deepEqual(
    history.rows.map(({ what }) => what),
    ['resolved', 'raised'],
  );
  await console.stop();
  await cluster.stop();
});

test('a lag over its limit is raised, the old end-points change the same rule, and a silence is shown', async () => {
  const cluster = await startCluster({ brokers: 1, topics: { Orders: 2 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  const consumer = await cluster.consumer({ consumerGroup: 'billing', topics: { Orders: '*' } }, () => {});
  await cluster.run(producer.send({ topic: 'Orders', body: 'first' }));
  await cluster.advance(20_000);
  await cluster.run(consumer.stop());
  for (let index = 0; index < 5; index++) await cluster.run(producer.send({ topic: 'Orders', body: `${index}` }));
  const console = await consoleOf(cluster);
  const path = `/clusters/${console.id}/alerts`;
  const old = async (name: string, form: Record<string, string>): Promise<unknown> => {
    const payload = new URLSearchParams(form).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const request = { method: 'POST', url: `/monitor/${name}`, payload, headers } as const;
    return (await cluster.run(Promise.resolve(console.dashboard.http.inject(request)))).json();
  };
  const waiting = await console.ask('POST', `${path}/rules`, { kind: 'lagAge', group: 'billing', limit: 5 });
  assert.equal(waiting.status, 200, JSON.stringify(waiting.body));
  await old('createOrUpdateConsumerMonitor.do', { consumeGroupName: 'billing', minCount: '0', maxDiffTotal: '4' });
  await cluster.advance(240_000);
  const [alert] = (await console.get<Alerts>(path)).raised;
  assert.deepEqual(alert?.finding, { kind: 'lag', severity: 'warning', group: 'billing', lag: 5 });

  const rule = encodeURIComponent(alert!.rule);
  const silent = await console.ask('PUT', `${path}/rules/${rule}`, { silentMs: 3_600_000 });
  assert.equal(silent.status, 200, JSON.stringify(silent.body));
  assert.equal((await console.get<Alerts>(path)).raised[0]?.isSilent, true);
  const changed = await console.ask('PUT', `${path}/rules/${rule}`, { silentMs: 0, limit: 5 });
  assert.equal((changed.body as AlertRule).silentUntilMs, undefined);
  await cluster.advance(120_000);
  const { raised } = await console.get<Alerts>(path);
  assert.equal(
    raised.find(({ finding }) => finding.kind === 'lag'),
    undefined,
    'five is not more than five',
  );
  const limits = await console.dashboard.http.inject({ url: '/monitor/consumerMonitorConfig.query' });
  assert.deepEqual(limits.json().data, { billing: { minCount: 0, maxDiffTotal: 5 } });
  await cluster.advance(180_000);
  const late = (await console.get<Alerts>(path)).raised[0]?.finding;
  assert.ok(late?.kind === 'lagAge' && late.ageMs > 300_000 && late.ageMs < 600_000, JSON.stringify(late));
  await old('deleteConsumerMonitor.do', { consumeGroupName: 'billing' });
  const rules = await console.get<Page<AlertRule>>(`${path}/rules`);
  assert.deepEqual(
    rules.rows.map(({ id }) => id),
    ['brokerDown', 'diskFull', 'lagAge billing', 'noNameServer'],
  );
  await console.stop();
  await cluster.stop();
});

test('a message that comes after a long quiet time has not been waiting for that time', async () => {
  const cluster = await startCluster({ brokers: 1, topics: { Orders: 1 } });
  const producer = await cluster.producer({ producerGroup: 'shop' });
  const consumer = await cluster.consumer({ consumerGroup: 'billing', topics: { Orders: '*' } }, () => {});
  const console = await consoleOf(cluster);
  const path = `/clusters/${console.id}/alerts`;
  assert.equal(
    (await console.ask('POST', `${path}/rules`, { kind: 'lagAge', group: 'billing', limit: 5 })).status,
    200,
  );
  await cluster.run(producer.send({ topic: 'Orders', body: 'first' }));
  await cluster.advance(1_200_000);
  await cluster.run(consumer.stop());
  await cluster.run(producer.send({ topic: 'Orders', body: 'second' }));
  await cluster.advance(240_000);
  assert.deepEqual((await console.get<Alerts>(path)).raised, []);
  await cluster.advance(300_000);
  assert.deepEqual(
    (await console.get<Alerts>(path)).raised.map(({ rule }) => rule),
    ['lagAge billing'],
  );
  await console.stop();
  await cluster.stop();
});

test('no name server is raised; what can not be is refused', async () => {
  const cluster = await startCluster({ brokers: 1, topics: { Orders: 1 } });
  const console = await consoleOf(cluster);
  const path = `/clusters/${console.id}/alerts`;
  for (const [method, below, body, status] of [
    ['POST', '/rules', { kind: 'diskFull', group: 'a', limit: 1 }, 400],
    ['POST', '/rules', { kind: 'lag', group: 'a b', limit: 1 }, 400],
    ['POST', '/rules', { kind: 'lag', group: 'a', limit: 0 }, 400],
    ['PUT', '/rules/diskFull', { limit: 101 }, 400],
    ['PUT', '/rules/brokerDown', { limit: 1 }, 400],
    ['PUT', '/rules/nothing', { isOn: false }, 404],
    ['POST', '/rules/brokerDown/delete', undefined, 409],
    ['POST', '/test', undefined, 409],
  ] as const) {
    const answer = await console.ask(method, path + below, body);
    assert.equal(answer.status, status, `${method} ${below}: ${JSON.stringify(answer.body)}`);
  }
  cluster.partition('console', 'namesrv-1');
  await cluster.advance(180_000);
  assert.deepEqual(
    (await console.get<Alerts>(path)).raised.map(({ rule }) => rule),
    ['noNameServer'],
  );
  assert.equal((await console.ask('PUT', `${path}/rules/noNameServer`, { isOn: false })).status, 200);
  await cluster.advance(10_000);
  assert.deepEqual((await console.get<Alerts>(path)).raised, []);
  await console.stop();
  await cluster.stop();
});

test('who may only look sees no host of the webhook and makes no rule; roles have the rights of the old end-points', async () => {
  const cluster = await startCluster({ brokers: 1 });
  const alertWebhook = { url: 'https://hooks.example/s3cret', format: 'dingtalk' } as const;
  const console = await consoleOf(cluster, { alertWebhook });
  const url = `/api/v1/clusters/${console.id}/alerts`;
  const remote = { remoteAddress: '10.0.0.9', headers: { host: 'console' } };
  const seen = await cluster.run(Promise.resolve(console.dashboard.http.inject({ url, ...remote })));
  assert.equal(seen.statusCode, 200);
  assert.equal(seen.json().webhook.format, 'dingtalk');
  assert.doesNotMatch(seen.body, /hooks|s3cret/);
  const payload = { kind: 'lag', group: 'a', limit: 1 };
  const refused = await console.dashboard.http.inject({ method: 'POST', url: `${url}/rules`, payload, ...remote });
  assert.equal(refused.statusCode, 401, refused.body);
  assert.doesNotMatch(JSON.stringify(await console.get(url.slice(7))), /s3cret/);
  const base = '/clusters/:cluster/alerts';
  assert.deepEqual(
    allowedWrites((path) => path === '/monitor/createOrUpdateConsumerMonitor.do'),
    [`POST ${base}/rules`, `PUT ${base}/rules/:rule`, `POST ${base}/test`],
  );
  assert.deepEqual(
    allowedWrites((path) => path === '/monitor/deleteConsumerMonitor.do'),
    [`POST ${base}/rules/:rule/delete`],
  );
  await console.stop();
  await cluster.stop();
});
