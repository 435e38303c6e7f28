import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SystemTopic } from '@rocketmq-ts/protocol';
import { type Cluster, startCluster } from '@rocketmq-ts/testkit/cluster';
import type {
  BrokerResult,
  SendAnswer,
  TopicConfigView,
  TopicConsumers,
  TopicPage,
  TopicRouteView,
  TopicStatus,
  TopicSummary,
} from '../src/api/index.ts';
import { consoleOf, type TestConsole } from './support/console.ts';

/** One name server with two RocketMQ clusters of a broker each: `broker-a` in DefaultCluster, `broker-x` in Other. */
const TWO_CLUSTERS = {
  slaves: 1,
  slaveProperties: { brokerName: 'broker-x', brokerClusterName: 'Other', brokerRole: 'ASYNC_MASTER', brokerId: '0' },
};
const plain = { kind: 'NORMAL', readQueues: 4, writeQueues: 4, perm: 6, order: false };

async function withConsole(
  options: Parameters<typeof startCluster>[0],
  use: (console: TestConsole, cluster: Cluster) => Promise<void>,
): Promise<void> {
  const cluster = await startCluster(options);
  const console = await consoleOf(cluster);
  await use(console, cluster);
  await console.stop();
  await cluster.stop();
}

function outcomes(body: unknown): [string | undefined, boolean][] {
  return (body as BrokerResult[]).map(({ brokerName, ok }) => [brokerName, ok]);
}

test('topics are listed a page at a time, by kind, with the system ones marked', async () => {
  await withConsole({ brokers: 2, topics: { Orders: 4, Bills: 2 } }, async (console, cluster) => {
    const at = `/clusters/${console.id}/topics`;
    const made = await console.ask('POST', at, {
      ...plain,
      topic: 'Fifo',
      kind: 'FIFO',
      brokers: ['broker-a', 'broker-b'],
    });
    assert.deepEqual(outcomes(made.body), [
      ['broker-a', true],
      ['broker-b', true],
    ]);
    await cluster.advance(5000);
    const all = await console.get<TopicPage>(at);
    assert.equal(all.rows.find(({ topic }) => topic === SystemTopic.SCHEDULE)?.kind, 'SYSTEM');
    assert.equal(all.kinds.FIFO, 1);
    const fifo = await console.get<TopicPage>(`${at}?types=FIFO`);
    assert.deepEqual(
      fifo.rows.map(({ topic, kind, brokers, readQueues, perm, differs }) => ({
        topic,
        kind,
        brokers,
        readQueues,
        perm,
        differs,
      })),
      [{ topic: 'Fifo', kind: 'FIFO', brokers: ['broker-a', 'broker-b'], readQueues: 8, perm: 6, differs: false }],
    );
    assert.equal(fifo.kinds.SYSTEM, all.kinds.SYSTEM, 'kinds are counted before one is chosen');
    const second = await console.get<TopicPage>(
      `${at}?filter=S&types=UNSPECIFIED&pageSize=1&page=2&sort=topic&descending=true`,
    );
    assert.deepEqual(
      second.rows.map(({ topic }) => topic),
      ['Bills'],
    );
    assert.equal(second.total, 2);
    assert.equal((await console.ask('GET', `${at}?types=WATER`)).status, 400);
    const beyond = await console.get<TopicPage>(`${at}?types=UNSPECIFIED&pageSize=1&page=99&sort=topic`);
    assert.deepEqual(
      [beyond.page, beyond.rows.map(({ topic }) => topic)],
      [2, ['Orders']],
      'rows became fewer while the last page was open: the page that is the last now is shown',
    );
  });
});

test('a change of one setting leaves the queues, the order and the attributes as they are (dashboard#2345)', async () => {
  await withConsole({ brokers: 2 }, async (console) => {
    const at = `/clusters/${console.id}/topics`;
    const form = { topic: 'T', kind: 'FIFO', readQueues: 16, writeQueues: 12, perm: 6, order: true };
    await console.ask('POST', at, { ...form, brokers: ['broker-a', 'broker-b'] });
    const changed = await console.ask('PUT', `${at}/T/config`, { brokers: ['broker-b'], perm: 4 });
    assert.deepEqual(outcomes(changed.body), [['broker-b', true]]);
    const view = await console.get<TopicConfigView>(`${at}/T/config`);
    const settings = { readQueues: 16, writeQueues: 12, order: true, filterType: 'SINGLE_TAG', sysFlag: 0 };
    assert.deepEqual(
      view.brokers.map((broker) => broker.settings),
      [
        { ...settings, perm: 6, attributes: { 'message.type': 'FIFO' } },
        { ...settings, perm: 4, attributes: { 'message.type': 'FIFO' } },
      ],
    );
    assert.deepEqual(view.differing, ['perm']);
    const rows = (await console.get<TopicPage>(`${at}?filter=T&types=FIFO`)).rows;
    assert.deepEqual(
      [rows[0]?.differs, rows[0]?.readQueues, rows[0]?.order],
      [true, 32, true],
      'the list follows at once',
    );
  });
});

test('a topic is not made over one that is there, and nothing is made for a name that brokers refuse', async () => {
  await withConsole({ brokers: 2, topics: { T: 3 } }, async (console) => {
    const at = `/clusters/${console.id}/topics`;
    const again = await console.ask('POST', at, { ...plain, topic: 'T', brokers: ['broker-a'] });
    assert.match(JSON.stringify(again.body), /"ok":false,"message":"it has this topic already/);
    const status = await console.get<TopicStatus>(`${at}/T/status`);
    assert.equal(status.queues.length, 6);
    const illegal = await console.ask('POST', at, { ...plain, topic: 'a b', brokers: ['broker-a'] });
    assert.match(JSON.stringify(illegal.body), /"ok":false.*illegal characters/);
    assert.equal((await console.ask('POST', at, { ...plain, topic: 'N', brokers: [] })).status, 400);
    assert.equal((await console.ask('POST', at, { ...plain, topic: 'N', brokers: ['nobody'] })).status, 400);
    assert.equal(
      (await console.ask('POST', at, { ...plain, topic: 'N', brokers: ['broker-a'], readQueues: 0 })).status,
      400,
    );
  });
});

test('a topic is deleted in one cluster and stays in the other (dashboard#1952)', async () => {
  await withConsole(TWO_CLUSTERS, async (console, cluster) => {
    const at = `/clusters/${console.id}/topics`;
    const made = await console.ask('POST', at, { ...plain, topic: 'T', brokers: ['broker-a', 'broker-x'] });
    assert.deepEqual(outcomes(made.body), [
      ['broker-a', true],
      ['broker-x', true],
    ]);
    await cluster.advance(1000);
    assert.equal((await console.ask('POST', `${at}/T/delete`, { brokers: ['broker-x'], confirm: 't' })).status, 400);
    const deleted = await console.ask('POST', `${at}/T/delete`, { brokers: ['broker-x'], confirm: 'T' });
    assert.match(JSON.stringify(deleted.body), /the route in cluster Other is removed/);
    await cluster.advance(60_000);
    const route = await console.get<TopicRouteView>(`${at}/T/route`);
    assert.deepEqual(
      route.brokers.map(({ brokerName, cluster: of, readQueues }) => [brokerName, of, readQueues]),
      [['broker-a', 'DefaultCluster', 4]],
    );
    const summary = await console.get<TopicSummary>(`${at}/T`);
    assert.deepEqual(
      summary.otherBrokers.map(({ brokerName }) => brokerName),
      ['broker-x'],
    );
    assert.equal((await console.ask('POST', `${at}/T/delete`, { brokers: ['broker-x'], confirm: 'T' })).status, 400);
  });
});

test('names with percent signs, pipes and letters that look encoded work in every address (dashboard#610)', async () => {
  await withConsole({}, async (console, cluster) => {
    const at = `/clusters/${console.id}/topics`;
    for (const topic of ['%', '%2F', 'a|b', '%RETRY%g', '%DLQ%g', '%25', '-_|%', 'x'.repeat(127)]) {
      const made = await console.ask('POST', at, { ...plain, topic, brokers: ['broker-a'] });
      assert.deepEqual(outcomes(made.body), [['broker-a', true]], topic);
      await cluster.advance(500);
      const path = `${at}/${encodeURIComponent(topic)}`;
      assert.equal((await console.get<TopicSummary>(path)).topic, topic);
      assert.equal((await console.get<TopicStatus>(`${path}/status`)).queues.length, 4, topic);
      const rows = (await console.get<TopicPage>(`${at}?filter=${encodeURIComponent(topic)}`)).rows;
      assert.ok(
        rows.some((row) => row.topic === topic),
        topic,
      );
      const sent = await console.ask('POST', `${path}/messages`, { body: 'x' });
      assert.equal(sent.status, 200, JSON.stringify(sent.body));
      assert.equal(
        (await console.ask('POST', `${path}/delete`, { brokers: ['broker-a'], confirm: topic })).status,
        200,
      );
      assert.equal((await console.get<TopicSummary>(path)).exists, false, topic);
    }
  });
});

test('with one broker down every part of a topic shows the other, and says what is missing', async () => {
  await withConsole({ brokers: 2, topics: { T: 2 } }, async (console, cluster) => {
    cluster.partition('console', 'broker-b');
    const at = `/clusters/${console.id}/topics/T`;
    const status = await console.get<TopicStatus>(`${at}/status`);
    assert.deepEqual(
      status.queues.map(({ brokerName }) => brokerName),
      ['broker-a', 'broker-a'],
    );
    assert.deepEqual(
      status.failures.map(({ brokerName }) => brokerName),
      ['broker-b'],
    );
    for (const part of ['', '/config', '/consumers'])
      assert.equal((await console.get<TopicSummary>(`${at}${part}`)).failures[0]?.brokerName, 'broker-b', part);
    const deleted = await console.ask('POST', `${at}/delete`, { brokers: ['broker-a', 'broker-b'], confirm: 'T' });
    assert.deepEqual(outcomes(deleted.body), [
      ['broker-a', true],
      ['broker-b', false],
      [undefined, true],
    ]);
    assert.match(JSON.stringify(deleted.body), /the route in cluster DefaultCluster stays, since broker-b still has/);
  });
});

test('a broker that the name servers have forgotten is still missed where it had the topic', async () => {
  await withConsole({ brokers: 2, topics: { T: 2 } }, async (console, cluster) => {
    await cluster.advance(5000);
    cluster.broker('broker-b').kill();
    await cluster.advance(30_000);
    const at = `/clusters/${console.id}/topics/T`;
    for (const part of ['', '/status', '/config', '/consumers'])
      assert.equal((await console.get<TopicSummary>(`${at}${part}`)).failures[0]?.brokerName, 'broker-b', part);
    cluster.broker('broker-a').kill();
    await cluster.advance(30_000);
    const summary = await console.get<TopicSummary>(at);
    assert.deepEqual([summary.exists, summary.failures.length], [true, 2]);
  });
});

test('a slave answers in place of its master that is down', async () => {
  await withConsole({ slaves: 1, topics: { T: 2 } }, async (console, cluster) => {
    await cluster.advance(30_000);
    cluster.partition('console', 'broker-a');
    const status = await console.get<TopicStatus>(`/clusters/${console.id}/topics/T/status`);
    assert.equal(status.queues.length, 2);
    assert.equal(status.failures[0]?.brokerName, 'broker-a');
  });
});

test('a message is sent with all that an operator gives, and its trace is stored', async () => {
  await withConsole({ topics: { T: 4 }, brokerProperties: { traceTopicEnable: 'true' } }, async (console, cluster) => {
    const got: {
      tags: string | undefined;
      keys: readonly string[];
      colour: string | undefined;
      body: string;
      queueId: number;
    }[] = [];
    await cluster.consumer({ consumerGroup: 'g', topics: { T: '*' } }, ({ tags, keys, properties, body, queueId }) => {
      got.push({ tags, keys: [...keys], colour: properties.get('colour'), body: body.toString(), queueId });
    });
    const path = `/clusters/${console.id}/topics/T/messages`;
    const form = {
      body: 'Grüße 你好',
      tag: 'A',
      keys: 'k1 k2',
      properties: { colour: 'red' },
      shardingKey: 'one',
      trace: true,
    };
    const first = (await console.ask('POST', path, form)).body as SendAnswer;
    const second = (await console.ask('POST', path, form)).body as SendAnswer;
    assert.equal(first.sendStatus, 'SEND_OK');
    assert.deepEqual(first.trace, {});
    assert.equal(second.queueId, first.queueId, 'the same sharding key, the same queue');
    assert.equal(second.queueOffset, 1);
    await cluster.advance(20_000);
    const message = { tags: 'A', keys: ['k1', 'k2'], colour: 'red', body: 'Grüße 你好', queueId: first.queueId };
    assert.deepEqual(got, [message, message]);
    const delayed = (await console.ask('POST', path, { body: 'later', delayLevel: 1 })).body as SendAnswer;
    assert.equal(delayed.sendStatus, 'SEND_OK');
    await cluster.advance(10_000);
    assert.equal(got.length, 3);
    const traces = await console.get<TopicStatus>(`/clusters/${console.id}/topics/${SystemTopic.TRACE}/status`);
    assert.ok(traces.queues.some(({ maxOffset }) => maxOffset >= 2));
  });
});

test('what a message may not have is refused before it is sent; a trace without a topic is reported', async () => {
  await withConsole({ topics: { T: 1 } }, async (console) => {
    const path = `/clusters/${console.id}/topics/T/messages`;
    for (const wrong of [
      { properties: { KEYS: 'x' } },
      { properties: { '': 'x' } },
      { properties: { a: '' } },
      { properties: { a: 'b\u0001c' } },
      { tag: 'a\u0002' },
      { delayLevel: 1, delayMs: 5 },
      { delayMs: -1 },
      { body: undefined },
      { body: '' },
    ])
      assert.equal((await console.ask('POST', path, { body: 'x', ...wrong })).status, 400, JSON.stringify(wrong));
    const sent = (await console.ask('POST', path, { body: ' ', trace: true })).body as SendAnswer;
    assert.equal(sent.sendStatus, 'SEND_OK');
    assert.match(sent.trace?.problem ?? '', /no broker has the topic/);
    const status = await console.get<TopicStatus>(`/clusters/${console.id}/topics/T/status`);
    assert.equal(status.queues[0]?.maxOffset, 1);
  });
});

test('groups of a topic are shown with their lag, those that are offline too', async () => {
  await withConsole({ brokers: 2, topics: { T: 2 } }, async (console, cluster) => {
    const path = `/clusters/${console.id}/topics/T`;
    const done = await cluster.consumer({ consumerGroup: 'done', topics: { T: '*' } }, () => {});
    await cluster.consumer({ consumerGroup: 'broad', topics: { T: '*' }, model: 'BROADCASTING' }, () => {});
    for (let count = 0; count < 4; count++) await console.ask('POST', `${path}/messages`, { body: 'x' });
    await cluster.advance(30_000);
    await cluster.stopClient(done);
    for (let count = 0; count < 3; count++) await console.ask('POST', `${path}/messages`, { body: 'x' });
    const { groups } = await console.get<TopicConsumers>(`${path}/consumers`);
    assert.deepEqual(
      groups.map(({ group, online, members, lag, unknown }) => ({ group, online, members, lag, unknown })),
      [
        { group: 'broad', online: true, members: 1, lag: undefined, unknown: 'BROADCASTING' },
        { group: 'done', online: false, members: 0, lag: 3, unknown: undefined },
      ],
    );
  });
});
