import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createDashboard, type Dashboard } from '@rocketmq-ts/dashboard';
import { type Cluster, startBroker, startNamesrv } from '../support/cluster.ts';
import { javaConsumerStaying, javaProduce } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';
import { until } from '../support/until.ts';

const skip = unlessJava();
const TOPIC = 'user|orders%2F';
const GROUP = 'shop%2F';
const BOTH = ['broker-a', 'broker-b'];
const options = { skip, timeout: 60_000 };

interface Row {
  readonly ok: boolean;
  readonly message?: string;
}

let home: string;
let cluster: Cluster;
let dashboard: Dashboard;
let brokers: Awaited<ReturnType<typeof startBroker>>[];
let at: string;

before(async () => {
  if (skip !== false) return;
  home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-console-'));
  const namesrv = await startNamesrv('apache', join(home, 'namesrv'));
  const broker = (name: string) =>
    startBroker('apache', join(home, name), namesrv.address, { brokerName: name, traceTopicEnable: true });
  brokers = await Promise.all(BOTH.map(broker));
  const stop = async (): Promise<void> => {
    await Promise.all([...brokers, namesrv].map((server) => server.kill()));
    rmSync(home, { recursive: true, force: true });
  };
  cluster = { namesrv: namesrv.address, broker: brokers[0]!.address, home, stop };
  dashboard = await createDashboard({ clusters: [{ namesrvAddr: namesrv.address }] });
  dashboard.history.start();
  await dashboard.registry.start();
  const [first] = dashboard.registry.list();
  await first!.refresh();
  at = `/api/v1/clusters/${first!.id}`;
});

after(async () => {
  if (skip !== false) return;
  await dashboard.stop();
  dashboard.history.stop();
  await dashboard.registry.stop();
  await cluster.stop();
});

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field
async function ask(method: 'GET' | 'POST' | 'PUT', path: string, body?: object): Promise<any> {
  const response = await dashboard.http.inject({
    method,
    url: at + path,
    ...(body === undefined ? {} : { payload: body }),
  });
  assert.equal(response.statusCode, 200, `${method} ${path}: ${response.body}`);
  return response.json();
}

const get = (path: string) => ask('GET', path);
const topicPath = `/topics/${encodeURIComponent(TOPIC)}`;
const groupPath = `/groups/${encodeURIComponent(GROUP)}`;
const allGood = (rows: readonly Row[]): void =>
  assert.ok(
    rows.every(({ ok }) => ok),
    JSON.stringify(rows),
  );

test("a topic of Apache's brokers is made, changed in one setting and sent to", options, async () => {
  const form = { topic: TOPIC, kind: 'FIFO', readQueues: 16, writeQueues: 12, perm: 6, order: true, brokers: BOTH };
  allGood(await ask('POST', '/topics', form));
  allGood(await ask('PUT', `${topicPath}/config`, { brokers: ['broker-a'], perm: 4 }));
  const view = await get(`${topicPath}/config`);
  const kept = { readQueues: 16, writeQueues: 12, order: true, attributes: { 'message.type': 'FIFO' } };
  for (const { brokerName, settings } of view.brokers)
    assert.deepEqual(
      { ...settings, filterType: 0, sysFlag: 0 },
      { ...kept, perm: brokerName === 'broker-a' ? 4 : 6, filterType: 0, sysFlag: 0 },
    );
  assert.deepEqual(view.differing, ['perm']);
  allGood(await ask('PUT', `${topicPath}/config`, { brokers: ['broker-a'], perm: 6 }));
  const sent = await ask('POST', `${topicPath}/messages`, { body: 'hello', keys: 'k', shardingKey: 's', trace: true });
  assert.equal(sent.sendStatus, 'SEND_OK');
  assert.deepEqual(sent.trace, {});
  const { queues } = await get(`${topicPath}/status`);
  assert.equal(queues.length, 2 * 16);
  assert.equal(
    queues.reduce((sum: number, { maxOffset }: { maxOffset: number }) => sum + maxOffset, 0),
    1,
  );
});

test(
  "a group of Apache's consumer is seen whole: progress, members, what each is doing with its stack",
  options,
  async () => {
    allGood(
      await ask('POST', '/groups', { group: GROUP, brokers: BOTH, retryMaxTimes: 3, consumeMessageOrderly: true }),
    );
    allGood(
      await ask('PUT', `${groupPath}/config`, {
        brokers: ['broker-b'],
        retryPolicy: { type: 'EXPONENTIAL', initialMs: 10, maxMs: 20, multiplier: 2 },
      }),
    );
    const config = await get(`${groupPath}/config`);
    assert.deepEqual(
      config.brokers.map(({ settings }: { settings: { retryMaxTimes: number } }) => settings.retryMaxTimes),
      [3, 3],
    );
    await javaProduce(cluster, { topic: TOPIC, count: 10 });
    const consumer = await javaConsumerStaying(cluster, { topic: TOPIC, group: GROUP });
    try {
      await until('the group has consumed everything', async () => (await get(`${groupPath}/progress`)).lag === 0);
      const { clients } = await get(`${groupPath}/clients`);
      assert.deepEqual([clients.length, clients[0].language, clients[0].brokers], [1, 'JAVA', BOTH]);
      const info = await get(`${groupPath}/clients/${encodeURIComponent(clients[0].clientId)}?stack=true`);
      assert.match(info.stack, /java/);
      assert.equal(info.queues.filter(({ topic }: { topic: string }) => topic === TOPIC).length, 32);
      const { topics } = await get(`${groupPath}/progress?owners=true`);
      const owned = topics.find(({ topic }: { topic: string }) => topic === TOPIC).queues;
      assert.ok(owned.every(({ clientId }: { clientId: string }) => clientId === clients[0].clientId));
      const consumers = await get(`${topicPath}/consumers`);
      assert.ok(
        consumers.groups.some(({ group, online }: { group: string; online: boolean }) => group === GROUP && online),
      );
      assert.ok((await get('/producers')).total >= 1);
    } finally {
      await consumer.kill();
    }
  },
);

test(
  "an offline group of Apache's brokers moves as its preview says, and its offsets are copied",
  options,
  async () => {
    await until(
      'the group is offline',
      async () => !(await get(`${topicPath}/reset?group=${encodeURIComponent(GROUP)}&to=end`)).online,
    );
    const preview = (query: string) => get(`${topicPath}/reset?group=${encodeURIComponent(GROUP)}&${query}`);
    const sums = ({ rows }: { rows: { current?: number; target: number }[] }): number[] => [
      rows.reduce((sum, { current = 0 }) => sum + current, 0),
      rows.reduce((sum, { target }) => sum + target, 0),
    ];
    const back = await preview('to=start');
    assert.deepEqual(sums(back), [11, 0]);
    const queues = (rows: { brokerName: string; queueId: number; target: number }[]) =>
      rows.map(({ brokerName, queueId, target }) => ({ brokerName, queueId, offset: target }));
    allGood(await ask('POST', `${topicPath}/reset`, { group: GROUP, queues: queues(back.rows), confirm: GROUP }));
    const ahead = await preview(`to=time&timestampMs=${Date.now() + 86_400_000}`);
    assert.deepEqual([...sums(ahead), ahead.inFuture], [0, 11, true]);
    allGood(await ask('POST', `${topicPath}/reset`, { group: GROUP, queues: queues(ahead.rows), confirm: GROUP }));
    allGood(await ask('POST', '/groups', { group: 'other', brokers: BOTH }));
    allGood(await ask('POST', `${groupPath}/clone`, { to: 'other', topic: TOPIC, confirm: 'other' }));
    assert.equal((await get('/groups/other/progress')).lag, 0);
  },
);

test("with one of Apache's brokers down every page shows the other; deleted is what is meant", options, async () => {
  await brokers[1]!.kill();
  await dashboard.registry.list()[0]!.refresh();
  for (const path of [
    '/topics',
    topicPath,
    `${topicPath}/status`,
    `${topicPath}/config`,
    `${topicPath}/consumers`,
    '/groups',
    groupPath,
    `${groupPath}/progress`,
    `${groupPath}/clients`,
    `${groupPath}/config`,
    '/producers',
  ])
    await get(path);
  const status = await get(`${topicPath}/status`);
  assert.deepEqual([status.queues.length, status.failures.length], [16, 1]);
  const group = { brokers: BOTH, offsets: true, retryTopic: true, deadLetters: true, confirm: GROUP };
  const results: Row[] = await ask('POST', `${groupPath}/delete`, group);
  assert.deepEqual([results[0]?.ok, results[1]?.ok], [true, false]);
  allGood(await ask('POST', `${topicPath}/delete`, { brokers: ['broker-a'], confirm: TOPIC }));
  const left = await get(`${topicPath}/config`);
  assert.equal(
    left.brokers.find(({ brokerName }: { brokerName: string }) => brokerName === 'broker-a').settings,
    undefined,
  );
});
