import { after, before, suite } from 'node:test';
import { clientScenarios } from '../support/client-scenarios.ts';
import { type Cluster, ours, startCluster } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';

suite('Java clients and ours over our name server and broker', { skip: unlessJava() }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ namesrv: ours, broker: ours });
  });
  after(() => cluster?.stop());
  clientScenarios(() => cluster);
});
