import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import type {
  BrokerResult,
  ClonePreview,
  GroupClients,
  GroupConfigView,
  GroupPage,
  GroupProgress,
  GroupSummary,
  RunningInfo,
  SubscriptionCheck,
} from '../src/api/index.ts';
import { consoleOf, type TestConsole } from './support/console.ts';

interface Scene {
  readonly cluster: Cluster;
  readonly console: TestConsole;
  readonly groups: string;
  readonly send: (count: number) => Promise<void>;
}

async function scene(
  options: Parameters<typeof startCluster>[0],
  play: (scene: Scene) => Promise<void>,
): Promise<void> {
  const cluster = await startCluster({ brokers: 2, topics: { T: 2 }, ...options });
  const console = await consoleOf(cluster);
  const producer = await cluster.producer({ producerGroup: 'p' });
  await play({
    cluster,
    console,
    groups: `/clusters/${console.id}/groups`,
    async send(count) {
      for (let index = 0; index < count; index++)
        await cluster.run(producer.send({ topic: 'T', body: 'x', tags: 'A' }));
    },
  });
  await console.stop();
  await cluster.stop();
}

const ignore = (): void => {};
const BOTH = ['broker-a', 'broker-b'];

function outcomes(body: unknown): [string | undefined, boolean][] {
  return (body as BrokerResult[]).map(({ brokerName, ok }) => [brokerName, ok]);
}

test('the list of groups says members, lag and mode, and why a lag is not known', async () => {
  await scene({}, async ({ cluster, console, groups, send }) => {
    await cluster.consumer({ consumerGroup: 'busy', topics: { T: '*' }, machine: 'one' }, ignore);
    await cluster.consumer({ consumerGroup: 'busy', topics: { T: '*' }, machine: 'two' }, ignore);
    await cluster.consumer({ consumerGroup: 'broad', topics: { T: '*' }, model: 'BROADCASTING' }, ignore);
    await console.ask('POST', groups, { group: 'idle', consumeMessageOrderly: true, brokers: BOTH });
    await send(4);
    await cluster.advance(130_000);
    await send(6);
    await cluster.advance(5000);
    const page = await console.get<GroupPage>(`${groups}?types=NORMAL&types=FIFO`);
    assert.deepEqual(
      page.rows.map(({ group, kind, online, members, messageModel, lag, unknown }) => [
        ...[group, kind, online, members, messageModel, unknown],
        lag === undefined ? undefined : 'known',
      ]),
      [
        ['broad', 'NORMAL', true, 1, 'BROADCASTING', 'BROADCASTING', undefined],
        ['busy', 'NORMAL', true, 2, 'CLUSTERING', undefined, 'known'],
        ['idle', 'FIFO', false, 0, undefined, 'NOT_ONLINE', undefined],
      ],
    );
    assert.ok(page.kinds.SYSTEM > 0);
    const offline = await console.get<GroupPage>(`${groups}?state=offline&types=FIFO`);
    assert.deepEqual(
      offline.rows.map(({ group }) => group),
      ['idle'],
    );
    const byLag = await console.get<GroupPage>(`${groups}?types=NORMAL&sort=lag&descending=true`);
    assert.equal(byLag.rows.at(-1)?.group, 'broad', 'unknown lags are last');
  });
});

test('progress is merged over brokers, with what is in flight and whose the queues are', async () => {
  await scene({}, async ({ cluster, console, groups, send }) => {
    const member = await cluster.consumer({ consumerGroup: 'g', topics: { T: '*' } }, ignore);
    await send(8);
    await cluster.advance(30_000);
    const { topics, lag, unknown, failures } = await console.get<GroupProgress>(`${groups}/g/progress?owners=true`);
    const progress = topics.find(({ topic }) => topic === 'T');
    assert.deepEqual([lag, unknown, failures.length, progress?.queues.length], [0, undefined, 0, 4]);
    assert.equal(new Set(progress?.queues.map(({ clientId }) => clientId)).size, 1);
    assert.match(progress?.queues[0]?.clientId ?? '', /@/);
    assert.ok((progress?.lastConsumedMs ?? 0) > 0);
    await cluster.stopClient(member);
    await send(4);
    const later = await console.get<GroupProgress>(`${groups}/g/progress?topic=T`);
    assert.deepEqual([later.lag, later.topics.length], [4, 1]);
    const nothing = await console.get<GroupProgress>(`${groups}/none/progress`);
    assert.deepEqual([nothing.lag, nothing.unknown], [undefined, 'NOT_ONLINE']);
  });
});

test('a member reports all sections about itself, with its stack when that is asked for', async () => {
  await scene({}, async ({ cluster, console, groups, send }) => {
    await cluster.consumer({ consumerGroup: 'g', topics: { T: 'A || B' } }, ignore);
    await send(4);
    await cluster.advance(30_000);
    const { clients, subscriptions, consumeType } = await console.get<GroupClients>(`${groups}/g/clients`);
    assert.equal(consumeType, 'CONSUME_PASSIVELY');
    assert.deepEqual(
      clients.map(({ brokers, language }) => [brokers, language]),
      [[BOTH, 'JAVA']],
    );
    assert.deepEqual(subscriptions.find(({ topic }) => topic === 'T')?.expression, 'A || B');
    const path = `${groups}/g/clients/${encodeURIComponent(clients[0]!.clientId)}`;
    const info = await console.get<RunningInfo>(path);
    assert.equal(info.queues.filter(({ topic }) => topic === 'T').length, 4);
    assert.ok(info.rates.some(({ topic }) => topic === 'T'));
    assert.ok(info.properties.some(([name]) => name === 'PROP_CONSUMER_START_TIMESTAMP'));
    assert.equal((await console.ask('GET', `${groups}/g/clients/nobody`)).status, 404);
  });
});

test('members of one group that want different things are shown (rocketmq#2836)', async () => {
  await scene({}, async ({ cluster, console, groups }) => {
    await cluster.consumer({ consumerGroup: 'g', topics: { T: 'A || B' }, machine: 'one' }, ignore);
    await cluster.consumer({ consumerGroup: 'g', topics: { T: 'B||A' }, machine: 'two' }, ignore);
    await cluster.advance(5000);
    assert.deepEqual((await console.get<SubscriptionCheck>(`${groups}/g/subscriptions`)).differing, []);
    await cluster.consumer({ consumerGroup: 'g', topics: { T: 'C' }, machine: 'three' }, ignore);
    await cluster.advance(5000);
    const { differing, asked, silent } = await console.get<SubscriptionCheck>(`${groups}/g/subscriptions`);
    assert.deepEqual([asked, silent], [3, []]);
    assert.deepEqual(
      differing.map(({ topic, variants }) => [
        topic,
        variants.map(({ expression, clientIds }) => [expression, clientIds.length]),
      ]),
      [
        [
          'T',
          [
            ['A || B', 2],
            ['C', 1],
          ],
        ],
      ],
    );
  });
});

test('a change of one setting of a group leaves the others; retry policies and attributes are kept', async () => {
  await scene({}, async ({ console, groups }) => {
    const retryPolicy = { type: 'EXPONENTIAL', initialMs: 1000, maxMs: 60_000, multiplier: 3 };
    const form = { group: 'g', retryMaxTimes: 3, retryPolicy, attributes: { 'priority.factor': '7' }, brokers: BOTH };
    assert.deepEqual(outcomes((await console.ask('POST', groups, form)).body), [
      ['broker-a', true],
      ['broker-b', true],
    ]);
    const again = await console.ask('POST', groups, { group: 'g', brokers: ['broker-a'] });
    assert.match(JSON.stringify(again.body), /it has this group already/);
    const change = {
      brokers: ['broker-a'],
      consumeEnable: false,
      retryPolicy: { type: 'CUSTOMIZED', nextMs: [5, 50] },
    };
    assert.deepEqual(outcomes((await console.ask('PUT', `${groups}/g/config`, change)).body), [['broker-a', true]]);
    const view = await console.get<GroupConfigView>(`${groups}/g/config`);
    assert.deepEqual(
      view.brokers.map(({ settings }) => [
        settings?.consumeEnable,
        settings?.retryMaxTimes,
        settings?.retryPolicy,
        settings?.attributes,
      ]),
      [
        [false, 3, { type: 'CUSTOMIZED', nextMs: [5, 50] }, { 'priority.factor': '7' }],
        [true, 3, retryPolicy, { 'priority.factor': '7' }],
      ],
    );
    assert.ok(view.differing.includes('consumeEnable') && !view.differing.includes('retryMaxTimes'));
    await console.ask('PUT', `${groups}/g/config`, { brokers: BOTH, attributes: { 'priority.factor': '' } });
    const after = await console.get<GroupConfigView>(`${groups}/g/config`);
    assert.deepEqual(after.brokers[0]?.settings?.attributes, {});
    const wrong = { brokers: BOTH, retryPolicy: { type: 'EXPONENTIAL', initialMs: 10, maxMs: 5 } };
    assert.equal((await console.ask('PUT', `${groups}/g/config`, wrong)).status, 400);
    assert.equal((await console.get<GroupSummary>(`${groups}/other`)).exists, false);
    const other = await console.get<GroupConfigView>(`${groups}/other/config`);
    assert.ok(
      other.brokers.every(({ settings }) => settings === undefined),
      'looking at a group does not make it',
    );
  });
});

test('a group is deleted where it is meant, with its offsets and topics as chosen', async () => {
  await scene({}, async ({ cluster, console, groups, send }) => {
    const consume = { consumerGroup: 'g', topics: { T: '*' } };
    const member = await cluster.consumer(consume, ignore);
    await send(4);
    await cluster.advance(30_000);
    await cluster.stopClient(member);
    const form = { brokers: ['broker-a'], offsets: true, retryTopic: true, deadLetters: true, confirm: 'g' };
    assert.equal((await console.ask('POST', `${groups}/g/delete`, { ...form, confirm: '' })).status, 400);
    assert.equal((await console.ask('POST', `${groups}/g/delete`, { ...form, confirm: 'G' })).status, 400);
    const first = (await console.ask('POST', `${groups}/g/delete`, form)).body as BrokerResult[];
    assert.deepEqual(outcomes(first).slice(0, 2), [
      ['broker-a', true],
      ['broker-a', true],
    ]);
    assert.match(JSON.stringify(first), /%RETRY%g: the route in cluster DefaultCluster stays, since broker-b/);
    const summary = await console.get<GroupSummary>(`${groups}/g`);
    assert.deepEqual(
      summary.brokers.map(({ brokerName, hasGroup }) => [brokerName, hasGroup]),
      [
        ['broker-a', false],
        ['broker-b', true],
      ],
    );
    const left = await console.get<GroupProgress>(`${groups}/g/progress`);
    assert.deepEqual(
      [...new Set(left.topics.flatMap(({ queues }) => queues.map(({ brokerName }) => brokerName)))],
      ['broker-b'],
    );
    await console.ask('POST', `${groups}/g/delete`, { ...form, brokers: ['broker-b'] });
    assert.equal((await console.get<GroupSummary>(`${groups}/g`)).exists, false);
    await cluster.advance(60_000);
    const topics = await console.get<{ exists: boolean }>(
      `/clusters/${console.id}/topics/${encodeURIComponent('%RETRY%g')}`,
    );
    assert.equal(topics.exists, false);
  });
});

test('offsets are copied to a group that is offline, as the preview says', async () => {
  await scene({}, async ({ cluster, console, groups, send }) => {
    await cluster.consumer({ consumerGroup: 'from', topics: { T: '*' } }, ignore);
    await send(8);
    await cluster.advance(30_000);
    const query = `${groups}/from/clone?to=to&topic=T`;
    const before = await console.get<ClonePreview>(query);
    assert.deepEqual([before.targetExists, before.rows.map(({ source }) => source)], [false, [2, 2, 2, 2]]);
    const body = { to: 'to', topic: 'T', confirm: 'to' };
    const refused = await console.ask('POST', `${groups}/from/clone`, body);
    assert.match(JSON.stringify(refused.body), /it does not have the group to/);
    await console.ask('POST', groups, { group: 'to', brokers: BOTH });
    assert.deepEqual(outcomes((await console.ask('POST', `${groups}/from/clone`, body)).body), [
      ['broker-a', true],
      ['broker-b', true],
    ]);
    const got: string[] = [];
    await send(2);
    await cluster.consumer({ consumerGroup: 'to', topics: { T: '*' } }, ({ msgId }) => void got.push(msgId));
    await cluster.advance(30_000);
    assert.equal(got.length, 2, 'only what came after the copy');
    const online = await console.ask('POST', `${groups}/from/clone`, body);
    assert.match(JSON.stringify(online.body), /members of to are online/);
    assert.equal((await console.ask('GET', `${groups}/from/clone?to=from&topic=T`)).status, 400);
  });
});

test('with a broker that does not answer a group shows the rest, and names with percent signs work', async () => {
  await scene({}, async ({ cluster, console, groups, send }) => {
    for (const group of ['%', '%2F', 'a|b', '%RETRY%g']) {
      const made = await console.ask('POST', groups, { group, brokers: BOTH });
      assert.deepEqual(
        outcomes(made.body).map(([, ok]) => ok),
        [true, true],
        group,
      );
      const path = `${groups}/${encodeURIComponent(group)}`;
      assert.equal((await console.get<GroupSummary>(path)).group, group);
      assert.equal((await console.get<GroupConfigView>(`${path}/config`)).brokers.length, 2);
    }
    await cluster.consumer({ consumerGroup: 'g', topics: { T: '*' } }, ignore);
    await send(4);
    await cluster.advance(30_000);
    cluster.partition('console', 'broker-b');
    for (const part of ['', '/progress', '/clients', '/config']) {
      const answer = await console.get<GroupSummary>(`${groups}/g${part}`);
      assert.deepEqual(
        answer.failures.map(({ brokerName }) => brokerName),
        ['broker-b'],
        part,
      );
    }
    const progress = await console.get<GroupProgress>(`${groups}/g/progress`);
    assert.deepEqual([progress.lag, progress.unknown], [0, undefined]);
  });
});
