import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { startCluster, type Cluster as TestCluster } from '@rocketmq-ts/testing';
import type { Program } from '@rocketmq-ts/testkit/java';
import type { Cluster } from '../support/cluster.ts';
import { javaConsumerStaying, javaProduce } from '../support/java-clients.ts';
import { unlessJava } from '../support/needs.ts';

const TEN_MINUTES_LEVEL = 14;

suite("Apache's Java client on a cluster of the test kit", { skip: unlessJava() }, () => {
  const home = mkdtempSync(join(tmpdir(), 'rocketmq-ts-test-kit-'));
  const programs: Program[] = [];
  let kit: TestCluster;
  let cluster: Cluster;
  before(async () => {
    kit = await startCluster({ brokers: 2, topics: { Orders: 2 } });
    const [broker] = kit.brokers;
    cluster = { namesrv: kit.namesrvAddr, broker: broker!.address, home, stop: () => kit.stop() };
  });
  after(async () => {
    for (const program of programs) await program.kill();
    await kit?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  test('its delayed messages come when time is moved on, and those that it refuses come again', async () => {
    const sent = await javaProduce(cluster, { topic: 'Orders', count: 10, delayLevel: TEN_MINUTES_LEVEL });
    assert.equal(sent.length, 10);
    assert.deepEqual(await kit.sent('Orders'), []);
    await kit.advance('10m');
    assert.equal((await kit.sent('Orders', { count: 10 })).length, 10);
    programs.push(await javaConsumerStaying(cluster, { topic: 'Orders', group: 'billing', failFirst: 2 }));
    await kit.received('billing', { count: 10, timeout: '30s' });
    // What it refuses it gives back a moment later.
    await kit.sent('SCHEDULE_TOPIC_XXXX', { count: 12, timeout: '30s' });
    await kit.advance('10s');
    const received = await kit.received('billing', { count: 12, timeout: '30s' });
    assert.deepEqual(
      received.slice(10).map(({ topic, reconsumeTimes }) => `${topic} ${reconsumeTimes}`),
      ['Orders 1', 'Orders 1'],
    );
  });
});
