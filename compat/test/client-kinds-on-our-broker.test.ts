import { after, before, suite } from 'node:test';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { unlessJava } from '../support/needs.ts';
import { TIMER_PRECISION_MS, timerScenarios } from '../support/timer-scenarios.ts';
import { traceScenarios } from '../support/trace-scenarios.ts';
import { transactionScenarios } from '../support/transaction-scenarios.ts';

suite("our client's transactions, timers and traces over our name server and broker", {
  skip: unlessJava(),
  concurrency: 4,
}, () => {
  let cluster: Cluster;
  before(async () => {
    const properties = {
      transactionTimeOut: 1000,
      transactionCheckInterval: 1000,
      timerWheelEnable: true,
      timerPrecisionMs: TIMER_PRECISION_MS,
      recallMessageEnable: true,
      traceTopicEnable: true,
    };
    cluster = await startCluster({ namesrv: 'ours', broker: 'ours' }, properties);
  });
  after(() => cluster?.stop());
  transactionScenarios(() => cluster);
  timerScenarios(() => cluster);
  traceScenarios(() => cluster);
});
