export { runStoreSimulation, type StoreRunResult } from './store-run.ts';
