import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { type Cluster, ours, startCluster } from '../support/cluster.ts';
import { acceptancesOf, bodyOf, deliveriesOf, hashes, hashOf } from '../support/deliveries.ts';
import { buildGoClient, runGoClient, startGoClient } from '../support/go-client.ts';
import { unlessGo } from '../support/needs.ts';
import { typescriptConsume, withProducer } from '../support/typescript-clients.ts';

const TEST_MS = 120_000;

// Java is needed only where Apache's servers take the place of ours.
suite("Apache's Go client over our name server and broker", { skip: unlessGo() }, () => {
  let cluster: Cluster;
  let program: string;
  before(async () => {
    program = await buildGoClient();
    cluster = await startCluster(
      { namesrv: ours, broker: ours },
      { transactionTimeOut: 1000, transactionCheckInterval: 1000, enablePropertyFilter: true },
    );
  });
  after(() => cluster?.stop());

  test('our consumer gets what its producer sends', { timeout: TEST_MS }, async () => {
    const topic = 'GoToTypescript';
    const output = await runGoClient(program, cluster.home, ['produce', cluster.namesrv, topic, '6', 'TagG', '40']);
    const sent = acceptancesOf(output);
    assert.deepEqual(
      sent.map(({ status }) => status),
      Array(6).fill('SEND_OK'),
    );
    const deliveries = await typescriptConsume(cluster, { topic, group: 'compat_ts_go', count: 6, expression: 'TagG' });
    assert.deepEqual(hashes(deliveries), hashes(sent));
    assert.deepEqual(new Set(deliveries.map(({ msgId }) => msgId)), new Set(sent.map(({ msgId }) => msgId)));
    assert.deepEqual(
      deliveries.map(({ keys }) => keys).sort(),
      [0, 1, 2, 3, 4, 5].map((i) => `go${i}`),
    );
  });

  test('its push consumer gets what our producer sends, and what it refused once more', {
    timeout: TEST_MS,
  }, async () => {
    const topic = 'TypescriptToGo';
    await withProducer(cluster, async (producer) => {
      for (let i = 0; i < 6; i++) await producer.send({ topic, tags: 'A', body: bodyOf('ts', i, 32) });
      await producer.send([6, 7].map((i) => ({ topic, tags: 'A', body: bodyOf('ts', i, 32) })));
      await producer.send({ topic, tags: 'B', body: 'not asked for' });
    });
    const args = ['consume', cluster.namesrv, topic, 'compat_go_push', 'A', '8', '1'];
    const deliveries = deliveriesOf(await runGoClient(program, cluster.home, args));
    const expected = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => hashOf(bodyOf('ts', i, 32))).sort();
    const first = deliveries.filter(({ reconsumeTimes }) => reconsumeTimes === 0);
    assert.deepEqual(hashes(first), expected);
    const again = deliveries.filter(({ reconsumeTimes }) => reconsumeTimes === 1);
    assert.equal(again.length, 1);
    assert.equal(again[0]?.msgId, first.find(({ bodyHash }) => bodyHash === again[0]?.bodyHash)?.msgId);
  });

  test('what it sends with timer properties comes when it is due', { timeout: TEST_MS }, async () => {
    const topic = 'GoLater';
    const delayMs = 2000;
    const waited = new Map<string | undefined, number>();
    await Promise.all([
      typescriptConsume(cluster, {
        ...{ topic, group: 'compat_ts_later', count: 2, options: { pollNameServerIntervalMs: 200 } },
        verdict: (_, { tags, bornTimestamp }) => {
          waited.set(tags, Date.now() - bornTimestamp);
          return 'accept';
        },
      }),
      runGoClient(program, cluster.home, ['later', cluster.namesrv, topic, String(delayMs)]),
    ]);
    assert.ok(waited.get('TIMER_DELAY_MS')! >= delayMs);
    // The time was chosen before the message was made.
    assert.ok(waited.get('TIMER_DELIVER_MS')! >= delayMs - 500);
  });

  test('its transactions are committed, rolled back, and asked for', { timeout: TEST_MS }, async () => {
    const topic = 'GoTransactions';
    const producer = await startGoClient(program, cluster.home, ['transact', cluster.namesrv, topic]);
    try {
      await producer.waitForLine(/^DONE$/, TEST_MS);
      const deliveries = await typescriptConsume(cluster, { topic, group: 'compat_ts_transactions', count: 2 });
      assert.deepEqual(hashes(deliveries), [hashOf('commit'), hashOf('unknown')].sort());
      assert.match(producer.output(), /^CHECK unknown$/m);
    } finally {
      await producer.stop();
    }
  });

  test('its consumer gets what an SQL92 expression passes', { timeout: TEST_MS }, async () => {
    const topic = 'GoSql';
    await withProducer(cluster, async (producer) => {
      for (const price of [5, 15, 25])
        await producer.send({ topic, body: `${price}`, properties: { price: `${price}` } });
    });
    const args = ['consume', cluster.namesrv, topic, 'compat_go_sql', 'sql:price > 10', '2', '0'];
    const deliveries = deliveriesOf(await runGoClient(program, cluster.home, args));
    assert.deepEqual(hashes(deliveries), [hashOf('15'), hashOf('25')].sort());
  });
});
