import { brokerSimulation } from '../broker-simulation/index.ts';
import { clusterSimulation } from '../cluster-simulation/index.ts';
import { pairSimulation } from '../pair-simulation/index.ts';
import { storeSimulation } from '../simulation/index.ts';

/** All simulations by name: what `npm run simulate` and the tests of many seeds can run. */
export const simulations = {
  store: storeSimulation,
  pair: pairSimulation,
  broker: brokerSimulation,
  cluster: clusterSimulation,
};

export type SimulationName = keyof typeof simulations;
