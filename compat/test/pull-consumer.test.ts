import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { type MessageExt, PullConsumer, type PullConsumerOptions } from '@rocketmq-ts/client';
import { runApacheMqadmin } from '@rocketmq-ts/testkit/java';
import { type Cluster, type Make, ours, startCluster } from '../support/cluster.ts';
import { bodyOf, deliveriesOf, hashes, hashOf } from '../support/deliveries.ts';
import { javaPull } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';
import { withProducer } from '../support/typescript-clients.ts';

const TEST_MS = 60_000;
const TOPIC = 'PulledTopic';
const COUNT = 16;
const expected = Array.from({ length: COUNT }, (_unused, index) => hashOf(bodyOf('pull', index, 40))).sort();

for (const broker of ['apache', ours] as const) pullSuite(broker);

/** Our pull consumer and Apache's lite pull consumer, over a broker of either make. */
function pullSuite(broker: Make): void {
  suite(`pull consumers of both makes over the broker of ${broker}`, { skip: unlessJava(), concurrency: true }, () => {
    let cluster: Cluster;
    before(async () => {
      cluster = await startCluster({ namesrv: broker, broker });
      await withProducer(cluster, async (producer) => {
        for (let i = 0; i < COUNT; i++)
          await producer.send({ topic: TOPIC, body: bodyOf('pull', i, 40), tags: i % 2 ? 'B' : 'A' });
      });
    });
    after(() => cluster?.stop());

    test('ours polls everything by subscription, and is listed as one that polls', { timeout: TEST_MS }, async () => {
      await using consumer = newConsumer(cluster, 'ts_pull');
      consumer.subscribe(TOPIC);
      await consumer.start();
      assert.deepEqual(hashesOf(await take(consumer, COUNT)), expected);
      await consumer.commit();
      const list = await mqadmin(cluster, ['consumerConnection', '-g', 'ts_pull']);
      assert.match(list, /CONSUME_ACTIVELY/);
      assert.match(list, new RegExp(TOPIC));
    });

    test('progress of one make is where the other continues', { timeout: TEST_MS }, async () => {
      const half = COUNT / 2;
      const java = await javaPull(cluster, { topic: TOPIC, group: 'shared_pull', kind: 'subscribe', count: half });
      const polled = hashes(deliveriesOf(java));
      await using consumer = newConsumer(cluster, 'shared_pull');
      consumer.subscribe(TOPIC);
      await consumer.start();
      const rest = hashesOf(await take(consumer, COUNT - polled.length));
      assert.deepEqual([...polled, ...rest].sort(), expected);
      await consumer.commit();
      await consumer.stop();
      const again = newConsumer(cluster, 'shared_pull', { pollTimeoutMs: 3000 });
      again.subscribe(TOPIC);
      await again.start();
      assert.deepEqual(await again.poll(), []);
      await again.stop();
    });

    test('ours reads assigned queues, seeks in them, and commits where it says', { timeout: TEST_MS }, async () => {
      await using consumer = newConsumer(cluster, 'ts_assign', { autoCommit: false });
      await consumer.start();
      const queues = await consumer.fetchMessageQueues(TOPIC);
      consumer.assign(queues, 'A');
      const wanted = expected.filter((hash) =>
        Array.from({ length: half(COUNT) }, (_unused, i) => hashOf(bodyOf('pull', 2 * i, 40))).includes(hash),
      );
      assert.deepEqual(hashesOf(await take(consumer, wanted.length)), wanted);
      for (const queue of queues) await consumer.seekToBegin(queue);
      assert.deepEqual(hashesOf(await take(consumer, wanted.length)), wanted);
      const [first] = queues;
      const end = await consumer.maxOffset(first!);
      await consumer.commit([{ queue: first!, offset: end }]);
      assert.equal(await consumer.committed(first!), end);
      assert.equal(await consumer.offsetForTimestamp(first!, 0), 0);
    });

    test('a loop over ours ends with its stop, and what it did is committed', { timeout: TEST_MS }, async () => {
      const consumer = newConsumer(cluster, 'ts_loop');
      consumer.subscribe(TOPIC);
      await consumer.start();
      const got: MessageExt[] = [];
      for await (const messages of consumer.batches({ signal: AbortSignal.timeout(30_000) })) {
        got.push(...messages);
        // Not awaited: the loop asks for more first.
        if (got.length === COUNT) void consumer.stop();
      }
      await consumer.stop();
      assert.deepEqual(hashesOf(got), expected);
      await using later = newConsumer(cluster, 'ts_loop');
      later.subscribe(TOPIC);
      await later.start();
      const committed = await Promise.all(later.queues.map((queue) => later.committed(queue)));
      const ends = await Promise.all(later.queues.map((queue) => later.maxOffset(queue)));
      assert.deepEqual(committed, ends);
    });
  });
}

const half = (count: number) => count / 2;
const hashesOf = (messages: readonly MessageExt[]) => messages.map(({ body }) => hashOf(body)).sort();

function newConsumer(
  cluster: Cluster,
  consumerGroup: string,
  changes: Partial<PullConsumerOptions> = {},
): PullConsumer {
  return new PullConsumer({ namesrvAddr: cluster.namesrv, consumerGroup, consumeFrom: 'FIRST_OFFSET', ...changes });
}

/** Polls until so many messages came, for half a minute. */
async function take(consumer: PullConsumer, count: number): Promise<MessageExt[]> {
  const got: MessageExt[] = [];
  const endMs = performance.now() + 30_000;
  while (got.length < count && performance.now() < endMs) got.push(...(await consumer.poll({ timeoutMs: 1000 })));
  return got;
}

async function mqadmin(cluster: Cluster, words: readonly string[]): Promise<string> {
  const { code, output } = await runApacheMqadmin([...words, '-n', cluster.namesrv], {
    home: join(cluster.home, 'mqadmin'),
  });
  assert.equal(code, 0, output);
  return output;
}
