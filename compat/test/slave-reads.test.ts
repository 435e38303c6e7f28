import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../support/cluster.ts';
import { type Delivery, deliveriesOf } from '../support/deliveries.ts';
import { javaConsume, javaConsumerStaying } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { typescriptConsume } from '../support/typescript-clients.ts';

const TEST_MS = 120_000;
/** The slave looks for its master every three seconds. */
const BACK_MS = 8000;
/** Apache's client commits every five seconds. */
const COMMITS_MS = 6000;

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
    await pause(4000);
    await pair.kill('master');
  });
  after(() => pair.end());

  /** Stays for longer than Apache's client waits with its commits, which it may lose as it ends. */
  async function javaConsumeAndCommit(group: string, count: number): Promise<Delivery[]> {
    const consumer = await javaConsumerStaying(cluster, { topic: 'TopicTest', group });
    for (let waited = 0; waited < 60 && deliveriesOf(consumer.output()).length < count; waited++) await pause(500);
    await pause(COMMITS_MS);
    await consumer.stop();
    return deliveriesOf(consumer.output());
  }

  type Consume = (group: string, count: number) => Promise<Delivery[]>;
  const ours: Consume = (group, count) => typescriptConsume(cluster, { topic: 'TopicTest', group, count });
  const java: Consume = (group, count) => javaConsume(cluster, { topic: 'TopicTest', group, count });

  test('both clients read from the slave while the master is away', { timeout: TEST_MS }, async () => {
    for (const deliveries of await Promise.all([javaConsumeAndCommit('java', 20), ours('ours', 20)]))
      assert.equal(new Set(deliveries.map(({ msgId }) => msgId)).size, 20);
  });

  test('the master that is back knows how far they are: they get what is new, and nothing twice', {
    timeout: TEST_MS,
  }, async () => {
    await pair.start('master');
    await pause(BACK_MS);
    await pair.send(8);
    for (const deliveries of await Promise.all([java('java', 8), ours('ours', 8)])) {
      assert.deepEqual(deliveries.map(({ queueOffset }) => queueOffset).toSorted(), [5, 5, 5, 5, 6, 6, 6, 6]);
    }
  });
});
