import { after, before, suite } from 'node:test';
import { clientScenarios } from '../support/client-scenarios.ts';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';

suite("Java clients and ours over Apache's name server and broker", { skip: unlessJava() }, () => {
  let cluster: Cluster;
  before(async () => {
    cluster = await startCluster({ namesrv: 'apache', broker: 'apache' });
  });
  after(() => cluster?.stop());
  clientScenarios(() => cluster);
});
