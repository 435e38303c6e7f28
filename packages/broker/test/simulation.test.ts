import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { SimulationShare } from './simulation-share.ts';

const FIRST = 1000;
const SEEDS = 80;
const WORKERS = 2;

/** `npm run simulate -- --broker --seeds N` runs any number; a failure names its seed and the smallest plan that still fails. */
test(`${SEEDS} seeded lives of a whole broker, ended at any step, keep what was acknowledged over the wire`, async () => {
  const shares = Array.from({ length: WORKERS }, (_, i) => ({ from: FIRST + i, step: WORKERS, end: FIRST + SEEDS }));
  const seeds = await Promise.all(shares.map(inWorker));
  assert.equal(
    seeds.reduce((sum, each) => sum + each),
    SEEDS,
  );
});

/** How many seeds passed; rejects with the failure of the first that did not, or when the worker ends without an answer. */
function inWorker(share: SimulationShare): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('simulation-share.ts', import.meta.url), { workerData: share });
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`a worker ended with ${code} and without an answer`)));
  });
}
