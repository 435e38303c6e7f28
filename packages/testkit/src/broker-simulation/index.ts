export { ShrunkFailure } from '../seeded/simulation.ts';
export type { BrokerSubject } from './broker-run.ts';
export { brokerSimulation } from './simulate.ts';
