export { formatPlan, type Plan, parsePlan } from './plan.ts';
export { planOf } from './planner.ts';
export { partOfSeed, replayPlan, runStoreSimulation, ShrunkFailure } from './simulate.ts';
export type { StoreSubject } from './store-process.ts';
export type { StoreRunResult } from './store-run.ts';
