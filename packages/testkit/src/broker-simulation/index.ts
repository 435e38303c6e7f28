export { BrokerMachine, createSimulatedBroker, STORE_ROOT } from './broker-machine.ts';
export type { BrokerRunResult, BrokerSubject } from './broker-run.ts';
export { type BrokerPlan, formatBrokerPlan, parseBrokerPlan } from './plan.ts';
export { brokerPlanOf } from './planner.ts';
export { replayBrokerPlan, runBrokerSimulation, ShrunkBrokerFailure } from './simulate.ts';
export { type FoundMessage, Wire } from './wire.ts';
