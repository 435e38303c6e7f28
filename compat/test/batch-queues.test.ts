import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { runOurCommand } from '@rocketmq-ts/testkit/processes';
import { type Cluster, ours, startCluster } from '../support/cluster.ts';
import { bodyOf, hashes, hashOf } from '../support/deliveries.ts';
import { javaConsume, javaProduce } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';
import { typescriptConsume, withProducer } from '../support/typescript-clients.ts';

const TIMEOUT_MS = 90_000;
const TOPIC = 'BatchQueues';
const COUNT = 12;

for (const [whose, make] of [
  ["Apache's", 'apache'],
  ['our', ours],
] as const) {
  suite(`Batches in a topic with batch queues of ${whose} broker`, { skip: unlessJava() }, () => {
    let cluster: Cluster;
    before(async () => {
      cluster = await startCluster({ namesrv: make, broker: make });
    });
    after(() => cluster?.stop());

    test('lists of our producer and of Apache’s come to both consumers as single messages, each at its own place', {
      timeout: TIMEOUT_MS,
    }, async () => {
      const args = ['-n', cluster.namesrv, '-b', cluster.broker, '-t', TOPIC, '-r', '1', '-w', '1'];
      const made = await runOurCommand('mqadmin', ['updateTopic', ...args, '-a', '+queue.type=BatchCQ'], {
        home: cluster.home,
      });
      assert.equal(made.code, 0, made.output);
      const list = Array.from({ length: COUNT }, (_, i) => ({ topic: TOPIC, body: bodyOf('list', i, 64) }));
      await withProducer(cluster, async (producer) => {
        const { queueOffset } = await producer.send(list);
        assert.equal(queueOffset, 0);
        assert.equal((await producer.send({ topic: TOPIC, body: 'single' })).queueOffset, COUNT);
      });
      const sent = await javaProduce(cluster, { topic: TOPIC, count: COUNT, mode: 'batch', prefix: 'java' });
      assert.ok(sent.length > 0);
      const total = 2 * COUNT + 1;
      const [java, typescript] = await Promise.all([
        javaConsume(cluster, { topic: TOPIC, group: 'batch_java', count: total }),
        typescriptConsume(cluster, { topic: TOPIC, group: 'batch_ours', count: total }),
      ]);
      assert.deepEqual(hashes(typescript), hashes(java));
      for (const got of [java, typescript]) {
        const places = got.map(({ queueOffset }) => queueOffset).sort((a, b) => a - b);
        assert.deepEqual(
          places,
          Array.from({ length: total }, (_, i) => i),
        );
        for (const [i, { body }] of list.entries()) {
          assert.equal(got.find(({ queueOffset }) => queueOffset === i)?.bodyHash, hashOf(body));
        }
      }
    });
  });
}
