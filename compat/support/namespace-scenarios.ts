import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from './cluster.ts';
import { bodyOf, hashes, hashOf } from './deliveries.ts';
import { javaConsume, javaProduce } from './java-clients.ts';
import { typescriptConsume, withProducer } from './typescript-clients.ts';

const TEST_MS = 120_000;
const namespace = 'MQ_INST_compat';

/** Clients of a namespace, Apache's and ours, in both directions, over whatever cluster is given. */
export function namespaceScenarios(clusterOf: () => Cluster): void {
  const scenario = (name: string, run: (cluster: Cluster) => Promise<void>): void =>
    void test(name, { timeout: TEST_MS }, () => run(clusterOf()));
  scenario("Apache's consumer of a namespace gets what our producer of it sends, by the user's name", typescriptToJava);
  scenario("our consumer of a namespace gets what Apache's producer of it sends, also after a retry", javaToTypescript);
}

const bodies = [0, 1].map((index) => bodyOf('named', index, 32));
const expected = bodies.map(hashOf).sort();

async function typescriptToJava(cluster: Cluster): Promise<void> {
  const topic = 'NamedByTypescript';
  await withProducer(
    cluster,
    async (producer) => {
      for (const body of bodies) {
        const { messageQueue } = await producer.send({ topic, body });
        assert.equal(messageQueue.topic, topic);
      }
    },
    { namespace },
  );
  const java = await javaConsume(cluster, {
    topic,
    namespace,
    group: 'compat_java_named',
    count: 2,
    failFirst: 1,
    delayLevel: 1,
  });
  assert.deepEqual(new Set(hashes(java)), new Set(expected));
  assert.equal(java.length, 3);
  for (const delivery of java) assert.equal(delivery.topic, topic);
  const outside = await typescriptConsume(cluster, {
    topic: `${namespace}%${topic}`,
    group: 'compat_ts_outside',
    count: 2,
  });
  assert.deepEqual(hashes(outside), expected);
  for (const delivery of outside) assert.equal(delivery.topic, `${namespace}%${topic}`);
}

async function javaToTypescript(cluster: Cluster): Promise<void> {
  const topic = 'NamedByJava';
  await javaProduce(cluster, { topic, namespace, count: 2, mode: 'sync', prefix: 'named' });
  const deliveries = await typescriptConsume(cluster, {
    topic,
    group: 'compat_ts_named',
    count: 2,
    verdict: ({ reconsumeTimes }) => (reconsumeTimes === 0 ? 'refuse' : 'accept'),
    options: { namespace, instanceName: 'named' },
  });
  assert.deepEqual(hashes(deliveries), [...expected, ...expected].sort());
  for (const delivery of deliveries) assert.equal(delivery.topic, topic);
}
