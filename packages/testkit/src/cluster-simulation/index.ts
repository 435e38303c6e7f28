export { ShrunkFailure } from '../seeded/simulation.ts';
export { checkHistory } from './check.ts';
export type { ClusterSubject } from './cluster-run.ts';
export type { ClusterEvent, HistoryFacts } from './history.ts';
export { clusterSimulation } from './simulate.ts';
