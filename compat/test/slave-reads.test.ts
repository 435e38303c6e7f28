import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Cluster } from '../support/cluster.ts';
import type { Delivery } from '../support/deliveries.ts';
import { javaConsume } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { typescriptConsume } from '../support/typescript-clients.ts';

const TEST_MS = 120_000;
/** The slave looks for its master every three seconds. */
const BACK_MS = 8000;

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

  const clients: readonly [string, (group: string, count: number) => Promise<Delivery[]>][] = [
    ["Apache's Java client", (group, count) => javaConsume(cluster, { topic: 'TopicTest', group, count })],
    ['our client', (group, count) => typescriptConsume(cluster, { topic: 'TopicTest', group, count })],
  ];

  test('both clients read from the slave while the master is away', { timeout: TEST_MS }, async () => {
    for (const [name, consume] of clients) {
      const deliveries = await consume(name.replace(/\W/g, ''), 20);
      assert.equal(new Set(deliveries.map(({ msgId }) => msgId)).size, 20, name);
    }
  });

  test('the master that is back knows how far they are: they get what is new, and nothing twice', {
    timeout: TEST_MS,
  }, async () => {
    await pair.start('master');
    await pause(BACK_MS);
    await pair.send(8);
    for (const [name, consume] of clients) {
      const deliveries = await consume(name.replace(/\W/g, ''), 8);
      assert.equal(deliveries.length, 8, name);
      assert.ok(
        deliveries.every(({ queueOffset }) => queueOffset >= 5),
        `${name} got ${deliveries.map(({ queueId, queueOffset }) => `${queueId}:${queueOffset}`).join()}`,
      );
    }
  });
});
