import { after, before, suite } from 'node:test';
import type { Cluster } from '../support/cluster.ts';
import { kindScenarios, startKindCluster } from '../support/kind-scenarios.ts';
import { unlessJava } from '../support/needs.ts';

suite("our client's transactions, timers and traces over our name server and broker", {
  skip: unlessJava(),
  concurrency: 4,
}, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startKindCluster('ours');
  });
  after(() => cluster?.stop());
  kindScenarios(() => cluster);
});
