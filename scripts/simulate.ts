import { parseArgs } from 'node:util';
import { runStoreSimulation } from '@rocketmq-ts/testkit/simulation';

/**
 * `npm run simulate -- [--seeds <n>] [--from <seed>]`: runs the store's simulation for so many seeds. Ends at the first that
 * fails, with its history; exit code 1.
 */
const { values } = parseArgs({ options: { seeds: { type: 'string' }, from: { type: 'string' } } });
const seeds = Number(values.seeds ?? 1000);
const from = Number(values.from ?? Math.floor(Date.now() / 1000));
let puts = 0;
let lives = 0;
for (let seed = from; seed < from + seeds; seed++) {
  try {
    const result = await runStoreSimulation(seed);
    puts += result.puts;
    lives += result.lives;
  } catch (error) {
    console.log(error instanceof Error ? error.message : error);
    if (error instanceof Error && error.cause instanceof Error) console.log(error.cause.stack);
    console.log(`simulate: failed; again with --from ${seed} --seeds 1`);
    console.log(`${seed - from} passed, 1 failed`);
    process.exit(1);
  }
}
console.log(`simulate: ${seeds} seeds from ${from}, ${lives} lives, ${puts} puts, nothing lost`);
console.log(`${seeds} passed, 0 failed`);
