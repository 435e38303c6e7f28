import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeeds } from '@rocketmq-ts/testkit/simulations';

const FIRST = 1000;
const SEEDS = 30;
const WORKERS = 2;

/** `npm run simulate -- --cluster --seeds N` runs any number; a failure names its seed and the smallest plan that still fails. */
test(`${SEEDS} seeded lives of a cluster with its clients keep what was acknowledged, in order, in time and to every group`, async () => {
  const { seeds } = await runSeeds({ simulation: 'cluster', from: FIRST, seeds: SEEDS, workers: WORKERS });
  assert.equal(seeds, SEEDS);
});
