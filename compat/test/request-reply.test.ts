import { after, before, suite } from 'node:test';
import { type Cluster, ours, startCluster } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { requestReplyScenarios } from '../support/request-reply-scenarios.ts';

for (const make of [ours, 'apache'] as const) {
  const whose = make === 'apache' ? "Apache's" : 'our';
  suite(`requests and replies over ${whose} name server and broker`, { skip: unlessJava() }, () => {
    let cluster: Cluster;
    before(async () => {
      cluster = await startCluster({ namesrv: make, broker: make });
    });
    after(() => cluster?.stop());
    requestReplyScenarios(() => cluster);
  });
}
