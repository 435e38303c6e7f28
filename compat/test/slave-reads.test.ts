import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  decodeConsumerOffsetSerializeWrapper,
  decodeTopicConfigSerializeWrapper,
  GET_ALL_CONSUMER_OFFSET,
  GET_ALL_TOPIC_CONFIG,
} from '@rocketmq-ts/protocol';
import { brokerIsRegistered } from '@rocketmq-ts/testkit/java';
import { asked } from '../support/broker-under-test.ts';
import type { Cluster } from '../support/cluster.ts';
import { type Delivery, deliveriesOf } from '../support/deliveries.ts';
import { javaConsume, javaConsumerStaying } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { typescriptConsume } from '../support/typescript-clients.ts';
import { until } from '../support/until.ts';

const TEST_MS = 120_000;
const REGISTERED_MS = 40_000;
const TOPIC = 'TopicTest';

suite('consumers of a pair whose master dies', { skip: unlessJava() }, () => {
  let pair: Pair;
  let cluster: Cluster;
  before(async () => {
    pair = await startPair({ master: 'ours', slave: 'ours' }, { slaveReadEnable: true, autoCreateTopicEnable: true });
    cluster = { namesrv: pair.namesrv, broker: pair.address('master'), home: pair.home, stop: () => pair.end() };
    await pair.start('master');
    await pair.start('slave');
    await pair.send(20);
    await pair.assertCopied();
    await until('the slave has the topic', async () => {
      const { body } = await asked(pair.address('slave'), ({ ask }) => ask(GET_ALL_TOPIC_CONFIG, {}));
      return decodeTopicConfigSerializeWrapper(body).topicConfigTable.has(TOPIC);
    });
    await brokerIsRegistered(pair.namesrv, pair.address('slave'), REGISTERED_MS);
    await pair.kill('master');
  });
  after(() => pair.end());

  /** Whether a broker has it that groups have read the twenty messages. */
  async function hasRead(side: 'master' | 'slave', ...groups: readonly string[]): Promise<boolean> {
    const { body } = await asked(pair.address(side), ({ ask }) => ask(GET_ALL_CONSUMER_OFFSET, {}));
    const { offsetTable } = decodeConsumerOffsetSerializeWrapper(body);
    return groups.every((group) =>
      [0, 1, 2, 3].every((queueId) => offsetTable.get(`${TOPIC}@${group}`)?.get(queueId) === 5),
    );
  }

  /** Stays until its progress is committed, since Apache's client may lose it as it ends. */
  async function javaConsumeAndCommit(group: string): Promise<Delivery[]> {
    const consumer = await javaConsumerStaying(cluster, { topic: TOPIC, group });
    await until(`the slave has the progress of ${group}`, () => hasRead('slave', group));
    await consumer.stop();
    return deliveriesOf(consumer.output());
  }

  type Consume = (group: string, count: number) => Promise<Delivery[]>;
  const ours: Consume = (group, count) => typescriptConsume(cluster, { topic: TOPIC, group, count });
  const java: Consume = (group, count) => javaConsume(cluster, { topic: TOPIC, group, count });

  test('both clients read from the slave while the master is away', { timeout: TEST_MS }, async () => {
    for (const deliveries of await Promise.all([javaConsumeAndCommit('java'), ours('ours', 20)]))
      assert.equal(new Set(deliveries.map(({ msgId }) => msgId)).size, 20);
  });

  test('the master that is back knows how far they are: they get what is new, and nothing twice', {
    timeout: TEST_MS,
  }, async () => {
    await pair.start('master');
    await until('the master has the progress that the slave was given', () => hasRead('master', 'java', 'ours'));
    await pair.send(8);
    for (const deliveries of await Promise.all([java('java', 8), ours('ours', 8)])) {
      assert.deepEqual(deliveries.map(({ queueOffset }) => queueOffset).toSorted(), [5, 5, 5, 5, 6, 6, 6, 6]);
    }
  });
});
