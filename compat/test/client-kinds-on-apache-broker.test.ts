import { after, before, suite } from 'node:test';
import type { Cluster } from '../support/cluster.ts';
import { exampleScenarios } from '../support/example-scenarios.ts';
import { kindScenarios, startKindCluster } from '../support/kind-scenarios.ts';
import { unlessJava } from '../support/needs.ts';

suite("our client's transactions, timers and traces over Apache's name server and broker", {
  skip: unlessJava(),
}, () => {
  let cluster: Cluster;
  let examples: ReturnType<typeof exampleScenarios>;
  before(async () => {
    cluster = await startKindCluster('apache');
    examples.begin();
  });
  after(async () => {
    await examples.end();
    await cluster?.stop();
  });
  kindScenarios(() => cluster);
  examples = exampleScenarios(() => cluster);
});
