import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecodedHandle, DelaysOfBroker, ResumeResult, TransactionPage } from '../src/api/index.ts';
import { levelDelays } from '../src/timers/delays.ts';
import { withConsole } from './support/with-console.ts';

const FAST_CHECKS = { transactionCheckInterval: '10000', transactionCheckMax: '1', transactionTimeOut: '6000' };

test('transactions that were not ended are listed with their state, and a given up one is checked again', async () => {
  await withConsole(
    { brokers: 2, topics: { Orders: 1 }, brokerProperties: FAST_CHECKS },
    async ({ cluster, get, post }) => {
      const unknown = async () => 'UNKNOWN' as const;
      const options = { producerGroup: 'shop', topics: ['Orders'], check: unknown };
      const producer = await cluster.transactionProducer(options);
      const sent = await cluster.run(producer.sendInTransaction({ topic: 'Orders', body: 'half' }, unknown));
      const page = async (query: Record<string, string> = {}) => get<TransactionPage>('/transactions', query);
      const open = await page();
      assert.deepEqual(
        open.rows.map(({ state, topic, producerGroup, transactionId }) => [state, topic, producerGroup, transactionId]),
        [['OPEN', 'Orders', 'shop', sent.msgId]],
      );
      assert.equal(open.isWhole, true);
      await cluster.advance(45_000);
      const given = await page({ state: 'DISCARDED' });
      assert.deepEqual([given.total, given.rows[0]?.state], [1, 'DISCARDED']);
      assert.equal((await page({ filter: 'nobody' })).total, 0);
      const ids = [given.rows[0]!.offsetMsgId, '7F0000010000000100000000000000FF', 'nonsense'];
      const { results } = await post<{ results: ResumeResult[] }>('/transactions/resume', { ids });
      assert.deepEqual(
        results.map(({ ok }) => ok),
        [true, false, false],
      );
      await cluster.advance(1000);
      assert.equal((await page({ state: 'OPEN' })).total, 1);
      cluster.broker('broker-b').kill();
      await cluster.advance(15_000);
      const partial = await page();
      assert.equal(partial.failures[0]?.brokerName, 'broker-b');
    },
  );
});

test('delay levels show what waits and when it is due, timers what waits by topic, and one is recalled', async () => {
  const brokerProperties = { recallMessageEnable: 'true' };
  await withConsole({ topics: { Orders: 1, Bills: 1 }, brokerProperties }, async ({ cluster, get, post, console }) => {
    const producer = await cluster.producer({ producerGroup: 'shop' });
    const send = (more: object, topic = 'Orders') => cluster.run(producer.send({ topic, body: 'x', ...more }));
    await send({ delayLevel: 5 });
    await send({ delayLevel: 5 });
    await send({ delayMs: 3_600_000 });
    await send({ delayMs: 3_600_000 });
    const { recallHandle } = await send({ delayMs: 30_000 }, 'Bills');
    await cluster.advance(3000);
    const delays = async () => (await get<{ brokers: DelaysOfBroker[] }>('/delays')).brokers[0]!;
    const { levels, timers, askedMs, recallEnabled } = await delays();
    const waiting = levels.filter((level) => level.waiting > 0);
    assert.deepEqual(
      waiting.map(({ level, delayMs, waiting: count }) => [level, delayMs, count]),
      [[5, 60_000, 2]],
    );
    const dueInMs = waiting[0]!.nextDueMs! - askedMs;
    assert.ok(dueInMs > 55_000 && dueInMs <= 60_000, `${dueInMs}`);
    assert.deepEqual(
      timers?.topics.map(({ topic, waiting: count }) => [topic, count]),
      [
        ['Orders', 2],
        ['Bills', 1],
      ],
    );
    assert.equal(recallEnabled, true);
    const handle = await get<DecodedHandle>('/delays/handle', { handle: recallHandle! });
    assert.deepEqual([handle.topic, handle.brokerName], ['Bills', 'broker-a']);
    assert.equal((await post<{ msgId: string }>('/delays/recall', { handle: recallHandle })).msgId, handle.msgId);
    await cluster.advance(70_000);
    const later = await delays();
    assert.equal(
      later.levels.reduce((sum, level) => sum + level.waiting, 0),
      0,
    );
    const { admin } = console.dashboard.registry.list()[0]!;
    const stats = await cluster.run(admin.examineTopicStats('Bills'));
    assert.ok(
      stats.offsets.every(({ maxOffset }) => maxOffset === 0),
      'the recalled one did not come',
    );
    assert.equal((await console.ask('GET', `/clusters/${console.id}/delays/handle?handle=x`)).status, 400);
  });
});

test('levels are read as brokers read them', () => {
  assert.deepEqual(levelDelays('1s 5m  2h 1d x 3'), [1000, 300_000, 7_200_000, 86_400_000]);
});
