export { ShrunkFailure } from '../seeded/simulation.ts';
export { storeSimulation } from './simulate.ts';
export type { StoreSubject } from './store-process.ts';
