import { after, before, suite } from 'node:test';
import { type Cluster, ours, startCluster } from '../support/cluster.ts';
import { compressionScenarios } from '../support/compression-scenarios.ts';
import { namespaceScenarios } from '../support/namespace-scenarios.ts';
import { unlessJava } from '../support/needs.ts';
import { nestScenarios } from '../support/nest-scenarios.ts';
import { requestReplyScenarios } from '../support/request-reply-scenarios.ts';
import { rpcExampleScenarios } from '../support/rpc-example-scenarios.ts';

for (const make of [ours, 'apache'] as const) {
  const whose = make === 'apache' ? "Apache's" : 'our';
  suite(`requests and replies, a Nest application, compression, namespaces over ${whose} name server and broker`, {
    skip: unlessJava(),
  }, () => {
    let cluster: Cluster;
    before(async () => {
      cluster = await startCluster({ namesrv: make, broker: make });
    });
    after(() => cluster?.stop());
    requestReplyScenarios(() => cluster);
    nestScenarios(() => cluster);
    // What a body or a name is, no broker decides: these passed over Apache's as well, and need not run there each time.
    if (make !== ours) return;
    compressionScenarios(() => cluster);
    namespaceScenarios(() => cluster);
    rpcExampleScenarios(() => cluster);
  });
}
