import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { MessageSysFlag, SEND_MESSAGE_V2 } from '@rocketmq-ts/protocol';
import { SEND_FIELDS } from '@rocketmq-ts/testkit';
import { runApacheMqadmin } from '@rocketmq-ts/testkit/java';
import { brokerUnderTest } from './broker-under-test.ts';
import type { Cluster } from './cluster.ts';
import { bodyOf, hashes, hashOf } from './deliveries.ts';
import { javaConsume, javaProduce } from './java-clients.ts';
import { typescriptConsume, withProducer } from './typescript-clients.ts';

const TEST_MS = 120_000;
const TYPES = ['ZLIB', 'LZ4', 'ZSTD'] as const;
const BYTES = 9000;

/** Bodies in each compression between Apache's client and ours, in both directions, over whatever cluster is given. */
export function compressionScenarios(clusterOf: () => Cluster): void {
  const scenario = (name: string, run: (cluster: Cluster) => Promise<void>): void =>
    void test(name, { timeout: TEST_MS }, () => run(clusterOf()));
  scenario("Apache's consumer and mqadmin read what our producer compressed in each way", typescriptToJava);
  scenario("our consumer reads what Apache's producer compressed in each way, also after a retry", javaToTypescript);
  scenario('a body that can not be inflated stops no queue of our consumer', damaged);
}

const expected = (): string[] => TYPES.map((type) => hashOf(bodyOf(type, 0, BYTES))).sort();

async function typescriptToJava(cluster: Cluster): Promise<void> {
  const topic = 'CompressedByTypescript';
  for (const compressType of TYPES) {
    const body = bodyOf(compressType, 0, BYTES);
    const sent = await withProducer(cluster, (producer) => producer.send({ topic, body }), { compressType });
    assert.equal(sent.sendStatus, 'SEND_OK');
  }
  assert.deepEqual(
    hashes(await javaConsume(cluster, { topic, group: 'compat_java_compressed', count: 3 })),
    expected(),
  );
  const args = ['printMsg', '-n', cluster.namesrv, '-t', topic];
  const { output } = await runApacheMqadmin(args, { home: join(cluster.home, 'mqadmin-compressed') });
  for (const type of TYPES)
    assert.ok(output.includes(bodyOf(type, 0, BYTES).toString()), `${type}: ${output.slice(-500)}`);
}

async function javaToTypescript(cluster: Cluster): Promise<void> {
  const topic = 'CompressedByJava';
  const produce = (compressType: string) =>
    javaProduce(cluster, {
      ...{ topic, count: 1, mode: 'sync', prefix: compressType, bodyBytes: BYTES, compress: 'yes', compressType },
    });
  // The first one makes the topic.
  await produce(TYPES[0]);
  await Promise.all(TYPES.slice(1).map(produce));
  const deliveries = await typescriptConsume(cluster, {
    topic,
    group: 'compat_ts_compressed',
    count: 3,
    // Moved by the broker, a record keeps what says how it is compressed.
    verdict: ({ reconsumeTimes }) => (reconsumeTimes === 0 ? 'refuse' : 'accept'),
  });
  assert.deepEqual(hashes(deliveries), [...expected(), ...expected()].sort());
}

async function damaged(cluster: Cluster): Promise<void> {
  const topic = 'CompressedBadly';
  const { COMPRESSED, COMPRESSION_LZ4, COMPRESSION_ZSTD, COMPRESSION_MASK } = MessageSysFlag;
  const broker = brokerUnderTest(cluster.broker);
  try {
    const flags = [
      COMPRESSED,
      COMPRESSED | COMPRESSION_LZ4,
      COMPRESSED | COMPRESSION_ZSTD,
      COMPRESSED | COMPRESSION_MASK,
    ];
    for (const sysFlag of flags) {
      const header = { ...SEND_FIELDS, topic, defaultTopicQueueNums: 1, sysFlag };
      assert.equal((await broker.ask(SEND_MESSAGE_V2, header, Buffer.from('no compressed bytes'))).code, 0);
    }
  } finally {
    await broker.stop();
  }
  await withProducer(cluster, (producer) => producer.send({ topic, body: bodyOf('good', 0, 32) }));
  const deliveries = await typescriptConsume(cluster, { topic, group: 'compat_ts_damaged', count: 5 });
  const bad = hashOf(Buffer.from('no compressed bytes'));
  assert.deepEqual(hashes(deliveries), [bad, bad, bad, bad, hashOf(bodyOf('good', 0, 32))].sort());
}
