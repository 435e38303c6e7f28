import { test } from 'node:test';
import { runStoreSimulation } from '@rocketmq-ts/testkit/simulation';

const SEEDS = 2500;

/** `npm run simulate -- --seeds N` runs any number; a failure names its seed and shows the smallest plan that still fails. */
test(`${SEEDS} seeded lives of a store, with crashes, failing disks and restarts, keep what was promised`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) await runStoreSimulation(seed);
});
