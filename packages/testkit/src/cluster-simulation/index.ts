export { ShrunkFailure } from '../seeded/simulation.ts';
export { checkHistory } from './check.ts';
export type { ClusterSubject } from './cluster-run.ts';
export { missingDeliveries } from './delivery-check.ts';
export type { ClusterEvent, HistoryFacts } from './history.ts';
export { checkReadOrder, checkStoredOrder } from './order-check.ts';
export { checkOrderlyGroups } from './orderly-check.ts';
export { clusterSimulation } from './simulate.ts';
