import { test } from 'node:test';
import { runStoreSimulation } from '@rocketmq-ts/testkit/simulation';

const FIRST = 1000;
const SEEDS = 1000;

/** `npm run simulate -- --seeds N` runs any number; a failure names its seed and shows the smallest plan that still fails. */
test(`${SEEDS} seeded lives of a store, with crashes, failing disks and restarts, keep what was promised`, async () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) await runStoreSimulation(seed);
});
