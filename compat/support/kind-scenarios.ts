import { type Cluster, type Make, startCluster } from './cluster.ts';
import { TIMER_PRECISION_MS, timerScenarios } from './timer-scenarios.ts';
import { traceScenarios } from './trace-scenarios.ts';
import { transactionScenarios } from './transaction-scenarios.ts';

/** Name server and broker of a make, the broker with what the scenarios below need of it. */
export function startKindCluster(make: Make): Promise<Cluster> {
  const properties = {
    transactionTimeOut: 1000,
    transactionCheckInterval: 1000,
    timerWheelEnable: true,
    timerPrecisionMs: TIMER_PRECISION_MS,
    recallMessageEnable: true,
    traceTopicEnable: true,
  };
  return startCluster({ namesrv: make, broker: make }, properties);
}

/** Our client's transactions, timer messages and traces. */
export function kindScenarios(clusterOf: () => Cluster): void {
  transactionScenarios(clusterOf);
  timerScenarios(clusterOf);
  traceScenarios(clusterOf);
}
