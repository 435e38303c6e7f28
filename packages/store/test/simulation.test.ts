import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeeds } from '@rocketmq-ts/testkit/simulations';

const FIRST = 1000;
const SEEDS = 600;
const WORKERS = 2;

/** `npm run simulate -- --seeds N` runs any number; a failure names its seed and shows the smallest plan that still fails. */
test(`${SEEDS} seeded lives of a store, with crashes, failing disks and restarts, keep what was promised`, async () => {
  const { seeds } = await runSeeds({ simulation: 'store', from: FIRST, seeds: SEEDS, workers: WORKERS });
  assert.equal(seeds, SEEDS);
});

const PAIR_SEEDS = 60;

/** `npm run simulate -- --pair --seeds N` runs any number. */
test(`${PAIR_SEEDS} seeded lives of a master's store and a slave's, whose roles change, keep what was acknowledged and the same log`, async () => {
  const { seeds } = await runSeeds({ simulation: 'pair', from: FIRST, seeds: PAIR_SEEDS, workers: WORKERS });
  assert.equal(seeds, PAIR_SEEDS);
});
