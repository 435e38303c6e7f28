import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Producer, PushConsumer, TransactionProducer } from '@rocketmq-ts/client';
import { createDashboard, type Dashboard } from '@rocketmq-ts/dashboard';
import { type Cluster, ours, startCluster } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { until } from '../support/until.ts';

const TEST_MS = 60_000;
const PROPERTIES = { traceTopicEnable: true, recallMessageEnable: true, autoCreateTopicEnable: true };

interface Row {
  readonly preview?: string;
  readonly msgId: string;
  readonly offsetMsgId: string;
  readonly storeTimestampMs: number;
}

/** What the console's pages of messages show of Apache's broker, asked as the pages ask it. */
suite("the console's messages over Apache's broker", { skip: unlessJava(), timeout: 2 * TEST_MS }, () => {
  let cluster: Cluster;
  let dashboard: Dashboard;
  let producer: Producer;

  before(async () => {
    cluster = await startCluster({ namesrv: ours, broker: 'apache' }, PROPERTIES);
    dashboard = await createDashboard({ clusters: [{ namesrvAddr: cluster.namesrv, name: 'apache' }], port: 0 });
    await dashboard.start();
    producer = new Producer({
      ...{ producerGroup: 'shop', namesrvAddr: cluster.namesrv, enableMsgTrace: true },
      sendTimeoutMs: 15_000,
    });
    await producer.start();
  });
  after(async () => {
    await producer?.stop();
    await dashboard?.stop();
    await cluster?.stop();
  });

  async function ask<Answer>(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
    const payload = body === undefined ? {} : { payload: body };
    const answered = await dashboard.http.inject({ method, url: `/api/v1/clusters/apache${path}`, ...payload });
    assert.equal(answered.statusCode, 200, answered.body);
    return answered.json() as Answer;
  }
  const get = <Answer>(path: string, query: Record<string, string> = {}): Promise<Answer> =>
    ask('GET', `${path}?${new URLSearchParams(query)}`);

  test('pages have each message once, ends of time are exact, and nothing counts as consumed', async () => {
    const numbers = Array.from({ length: 30 }, (_, index) => `${index}`);
    for (const body of numbers) {
      await producer.send({ topic: 'Pages', body, keys: `k${body}`, tags: 'T' });
      if (Number(body) % 5 === 0) await pause(5);
    }
    const range = { topic: 'Pages', beginMs: 0, endMs: Date.now() + 1000, pageSize: 7, oldestFirst: true };
    type Found = { rows: Row[]; total: number; snapshot: string };
    await until('all are found', async () => (await ask<Found>('POST', '/messages/search', range)).total === 30);
    const { snapshot } = await ask<Found>('POST', '/messages/search', range);
    await producer.send({ topic: 'Pages', body: 'later' });
    const pages = await Promise.all(
      [5, 3, 1, 2, 4].map((page) => ask<Found>('POST', '/messages/search', { ...range, snapshot, page })),
    );
    const rows = [pages[2]!, pages[3]!, pages[1]!, pages[4]!, pages[0]!].flatMap((each) => each.rows);
    assert.deepEqual(
      rows.map(({ preview }) => Number(preview)).sort((a, b) => a - b),
      numbers.map(Number),
    );
    assert.deepEqual(
      [...rows].sort((a, b) => a.storeTimestampMs - b.storeTimestampMs),
      rows,
      'merged by time',
    );
    const [from, to] = [rows[8]!.storeTimestampMs, rows[20]!.storeTimestampMs];
    const inside = rows.filter(({ storeTimestampMs: at }) => at >= from && at <= to);
    const exact = await ask<Found>('POST', '/messages/search', { ...range, beginMs: from, endMs: to, pageSize: 50 });
    assert.deepEqual(exact.rows, inside);
    const scan = { ...range, contains: '2', beginMs: 0 };
    const { pageSize: _, ...scanBody } = scan;
    assert.ok((await ask<{ rows: Row[] }>('POST', '/messages/scan', scanBody)).rows.length >= 12);
    const { admin } = dashboard.registry.list()[0]!;
    const facts = await admin.brokerRuntimeInfo(cluster.broker);
    assert.equal(facts.get('msgGetTotalTodayNow'), '0');
  });

  test('a message is found by both ids and its key, and is published again', async () => {
    const sent = await producer.send({
      topic: 'Pages',
      body: '{"a":1}',
      keys: 'found-me',
      properties: { colour: 'red' },
    });
    const path = `/messages/Pages/${sent.msgId}`;
    await until(
      'its key is in the index',
      async () =>
        (await get<{ rows: Row[] }>('/messages/by-key', { topic: 'Pages', key: 'found-me' })).rows.length === 1,
    );
    const byId = await get<{ rows: Row[]; id: { kind: string } }>('/messages/by-id', { id: sent.offsetMsgId! });
    assert.deepEqual([byId.rows[0]?.msgId, byId.id.kind], [sent.msgId, 'OFFSET']);
    const again = await ask<{ offsetMsgId: string }>('POST', `${path}/resend`, {});
    type Detail = { properties: { name: string; value: string }[]; preview: string };
    const detail = await get<Detail>(`/messages/Pages/${again.offsetMsgId}`);
    assert.equal(detail.properties.find(({ name }) => name === 'colour')?.value, 'red');
  });

  test('a dead letter is listed with its origin, handed to a client, and sent to the retry topic', async () => {
    const got: string[] = [];
    let works = false;
    const options = { namesrvAddr: cluster.namesrv, maxReconsumeTimes: 0, enableMsgTrace: true };
    const consumer = new PushConsumer({ consumerGroup: 'billing', ...options });
    consumer.subscribe('Letters', '*');
    await producer.send({ topic: 'Letters', body: 'makes the topic' });
    await consumer.start(({ body }) => {
      if (!works) return 'RECONSUME_LATER';
      got.push(body.toString());
      return 'CONSUME_SUCCESS';
    });
    try {
      const sent = await producer.send({ topic: 'Letters', body: 'dead', keys: 'letter-1' });
      type Groups = { rows: { group: string; messages: number }[] };
      await until('it is a dead letter', async () => ((await get<Groups>('/dead-letters')).rows[0]?.messages ?? 0) > 0);
      const search = { topic: '%DLQ%billing', beginMs: 0, endMs: Date.now() + 1000 };
      type Letters = { rows: (Row & { origin: { topic: string } })[] };
      const { rows } = await ask<Letters>('POST', '/messages/search', search);
      assert.equal(rows[0]?.origin.topic, 'Letters');
      const { groups } = await get<{ groups: { group: string; type: string }[] }>(
        `/messages/Letters/${sent.msgId}/track`,
      );
      assert.ok(
        groups.some(({ group, type }) => group === 'billing' && type !== 'UNKNOWN'),
        JSON.stringify(groups),
      );
      works = true;
      const { clients } = await get<{ clients: { clientId: string }[] }>('/messages/clients', { group: 'billing' });
      const ids = [rows[0]!.offsetMsgId];
      type Results = { results: { ok: boolean; message?: string; sentTo?: string }[] };
      const direct = { ids, to: 'CLIENT', clientId: clients[0]!.clientId };
      const handed = await ask<Results>('POST', '/dead-letters/billing/resend', direct);
      assert.equal(handed.results[0]?.ok, true, JSON.stringify(handed));
      const resent = await ask<Results>('POST', '/dead-letters/billing/resend', { ids, to: 'RETRY' });
      assert.equal(resent.results[0]?.sentTo, '%RETRY%billing', JSON.stringify(resent));
      await until('both deliveries came', () => got.filter((body) => body === rows[0]!.preview).length >= 2);
      type Trace = { state: string; trace?: { groups: { group: string; attempts: unknown[] }[] } };
      await until(
        'its trace is stored',
        async () => (await get<Trace>('/trace', { id: sent.msgId, topic: 'Letters' })).state === 'FOUND',
      );
    } finally {
      await consumer.stop();
    }
  });

  test('what waits is shown: delay levels, timers by topic, open transactions; a timer is recalled', async () => {
    await producer.send({ topic: 'Waits', body: 'level', delayLevel: 15 });
    const { recallHandle } = await producer.send({ topic: 'Waits', body: 'timer', delayMs: 600_000 });
    const check = async (): Promise<'UNKNOWN'> => 'UNKNOWN';
    const options = { producerGroup: 'payments', namesrvAddr: cluster.namesrv, topics: ['Waits'], check };
    const transactions = new TransactionProducer({ ...options, instanceName: 'transactions' });
    await transactions.start();
    try {
      await transactions.sendInTransaction({ topic: 'Waits', body: 'half' }, check);
      type Delays = {
        brokers: {
          levels: { level: number; waiting: number; nextDueMs?: number }[];
          timers: { topics: { topic: string; waiting: number }[] };
        }[];
      };
      await until('level and timer wait', async () => {
        const [broker] = (await get<Delays>('/delays')).brokers;
        return (
          broker!.levels[14]!.waiting === 1 &&
          broker!.timers.topics.some(({ topic, waiting }) => topic === 'Waits' && waiting === 1)
        );
      });
      const due = (await get<Delays>('/delays')).brokers[0]!.levels[14]!.nextDueMs! - Date.now();
      assert.ok(due > 1_100_000 && due <= 1_200_000, `${due}`);
      type Open = { rows: { state: string; topic: string; producerGroup: string }[] };
      const { rows } = await get<Open>('/transactions');
      assert.deepEqual(
        rows.map(({ state, topic, producerGroup }) => [state, topic, producerGroup]),
        [['OPEN', 'Waits', 'payments']],
      );
      const recalled = await ask<{ msgId: string }>('POST', '/delays/recall', { handle: recallHandle });
      assert.ok(recalled.msgId.length > 0);
    } finally {
      await transactions.stop();
    }
  });
});
