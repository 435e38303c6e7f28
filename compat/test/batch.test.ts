import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Producer } from '@rocketmq-ts/client';
import { main as autoBatchProducer } from '../../examples/src/batch/auto-batch-producer.ts';
import { main as splitBatchProducer } from '../../examples/src/batch/split-batch-producer.ts';
import { type Cluster, ours, startCluster } from '../support/cluster.ts';
import { bodyOf, hashes, hashOf } from '../support/deliveries.ts';
import { javaConsume, javaProduce } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';
import { typescriptConsume } from '../support/typescript-clients.ts';

const TIMEOUT_MS = 90_000;
const COUNT = 40;

suite("Gathered batches between our client and Apache's broker", { skip: unlessJava() }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ namesrv: 'apache', broker: 'apache' });
  });
  after(() => cluster?.stop());

  test('what our producer gathers comes to a Java consumer as single messages, each at the place of its result', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const topic = 'GatheredForJava';
    const producer = new Producer({
      namesrvAddr: cluster.namesrv,
      producerGroup: 'gathering',
      sendTimeoutMs: 10_000,
      autoBatch: true,
    });
    await producer.start();
    // Makes the topic, so that the queues of all later batches are known.
    await producer.send({ topic, body: 'first', tags: 'A' });
    const messages = Array.from({ length: COUNT }, (_, i) => ({
      topic,
      body: bodyOf('gathered', i, 64),
      tags: i % 2 === 0 ? 'A' : 'B',
      keys: `key${i}`,
    }));
    const results = await Promise.all(messages.map((message) => producer.send(message)));
    await producer.stop();
    const [all, tagged] = await Promise.all([
      javaConsume(cluster, { topic, group: 'gathered_all', count: COUNT + 1 }),
      javaConsume(cluster, { topic, group: 'gathered_tag', expression: 'B', count: COUNT / 2 }),
    ]);
    assert.deepEqual(hashes(all), [hashOf('first'), ...messages.map(({ body }) => hashOf(body))].sort());
    assert.deepEqual(hashes(tagged), messages.flatMap(({ body, tags }) => (tags === 'B' ? [hashOf(body)] : [])).sort());
    for (const [index, { msgId, messageQueue, queueOffset }] of results.entries()) {
      const got = all.find((each) => each.msgId === msgId);
      assert.equal(got?.bodyHash, hashOf(messages[index]!.body));
      assert.equal(got.queueId, messageQueue.queueId);
      assert.equal(got.queueOffset, queueOffset);
      assert.equal(got.keys, `key${index}`);
    }
  });

  test('the pieces of a split list are taken', { timeout: TIMEOUT_MS }, () => splitAndGathered(cluster, 'apache'));
});

suite("Gathered batches between Apache's client and our broker", { skip: unlessJava() }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ namesrv: ours, broker: ours });
  });
  after(() => cluster?.stop());

  test('what a Java producer gathers comes to our consumer as single messages, each at the place of its result', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const topic = 'GatheredByJava';
    await javaProduce(cluster, { topic, count: 1, mode: 'sync', prefix: 'first' });
    const sent = await javaProduce(cluster, { topic, count: COUNT, mode: 'autobatch', prefix: 'java', tags: 'A,B' });
    assert.equal(new Set(sent.map(({ queueId, queueOffset }) => `${queueId} ${queueOffset}`)).size, COUNT);
    const got = await typescriptConsume(cluster, { topic, group: 'gathered_ours', count: COUNT + 1 });
    for (const { msgId, queueId, queueOffset, bodyHash } of sent) {
      const delivery = got.find((each) => each.msgId === msgId);
      assert.deepEqual(
        [delivery?.queueId, delivery?.queueOffset, delivery?.bodyHash],
        [queueId, queueOffset, bodyHash],
      );
    }
  });

  test('the pieces of a split list are taken', { timeout: TIMEOUT_MS }, () => splitAndGathered(cluster, 'ours'));
});

/** Both examples of batches: every message of them comes once. */
async function splitAndGathered(cluster: Cluster, name: string): Promise<void> {
  const env = { NAMESRV_ADDR: cluster.namesrv };
  const split = 20_000;
  const gathered = 500;
  await splitBatchProducer([String(split)], env);
  await autoBatchProducer([String(gathered)], env);
  const count = split + gathered;
  const got = await typescriptConsume(cluster, { topic: 'BatchTest', group: `batches_of_${name}`, count });
  assert.equal(got.length, count);
  assert.equal(new Set(got.map(({ msgId }) => msgId)).size, count);
  assert.equal(new Set(got.map(({ bodyHash }) => bodyHash)).size, split);
}
