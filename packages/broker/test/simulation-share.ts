import { parentPort, workerData } from 'node:worker_threads';
import { runBrokerSimulation } from '@rocketmq-ts/testkit/broker-simulation';

/** A worker of `simulation.test.ts`: every `step`th seed of [from, end). */
export interface SimulationShare {
  readonly from: number;
  readonly step: number;
  readonly end: number;
}

const { from, step, end } = workerData as SimulationShare;
let seeds = 0;
for (let seed = from; seed < end; seed += step) {
  await runBrokerSimulation(seed);
  seeds += 1;
}
parentPort!.postMessage(seeds);
