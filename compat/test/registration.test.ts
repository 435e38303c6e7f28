import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { runApacheMqadmin } from '@rocketmq-ts/testkit/java';
import { type Cluster, type Make, ours, startCluster } from '../support/cluster.ts';
import { bodyOf, hashes, hashOf } from '../support/deliveries.ts';
import { unlessJava } from '../support/needs.ts';
import { typescriptConsume, withProducer } from '../support/typescript-clients.ts';

const TEST_MS = 180_000;

suite('brokers and name servers of two makes', { skip: unlessJava() }, () => {
  const mixed = (name: string, makes: { readonly namesrv: Make; readonly broker: Make }): void =>
    void test(name, { timeout: TEST_MS }, async () => {
      const cluster = await startCluster(makes);
      try {
        await isListed(cluster);
        await carriesMessages(cluster);
      } finally {
        await cluster.stop();
      }
    });
  mixed("Apache's broker registers at our name server", { namesrv: ours, broker: 'apache' });
  mixed("our broker registers at Apache's name server", { namesrv: 'apache', broker: ours });
});

async function isListed(cluster: Cluster): Promise<void> {
  const home = join(cluster.home, 'mqadmin');
  const { code, output } = await runApacheMqadmin(['clusterList', '-n', cluster.namesrv], { home });
  assert.equal(code, 0);
  assert.match(output, new RegExp(`^DefaultCluster +broker-a +0 +${cluster.broker} +V5_4_0 `, 'm'));
}

/** Sending makes the topic, so its route has to travel from the broker through the name server to the consumer. */
async function carriesMessages(cluster: Cluster): Promise<void> {
  const topic = 'AcrossMakes';
  await withProducer(cluster, async (producer) => {
    for (let i = 0; i < 4; i++) await producer.send({ topic, body: bodyOf('across', i, 32) });
  });
  const deliveries = await typescriptConsume(cluster, { topic, group: 'across_group', count: 4 });
  assert.deepEqual(hashes(deliveries), [0, 1, 2, 3].map((i) => hashOf(bodyOf('across', i, 32))).sort());
}
