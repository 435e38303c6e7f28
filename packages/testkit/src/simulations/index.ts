export { runSeeds, SeedsFailure } from './run-seeds.ts';
export { failureText, type Totals } from './run-share.ts';
export { type SimulationName, simulations } from './simulations.ts';
