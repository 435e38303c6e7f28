import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  failureText,
  runSeeds,
  SeedsFailure,
  type SimulationName,
  simulations,
  type Totals,
} from '@rocketmq-ts/testkit/simulations';

/**
 * `npm run simulate -- [--pair | --broker | --cluster] [--seeds <n>] [--from <seed>] [--jobs <n>]`: runs the simulation of the store, or of
 * the stores of a master and its slave, of a whole broker, or of a cluster with its clients, for so many seeds, on two cores by default. Each thread ends at the first that fails, with what is left of
 * its plan after shrinking; exit code 1.
 *
 * `--seed <seed> [--keep 1,4,9]` runs one seed, or those of its operations; `--replay <file>` a plan as it was printed.
 */
const DEFAULT_SEEDS: Readonly<Record<SimulationName, number>> = { store: 3000, pair: 1000, broker: 500, cluster: 500 };
const DEFAULT_JOBS = 2;
const TITLES: Readonly<Record<SimulationName, string>> = {
  store: 'the store',
  pair: 'the stores of a master and its slave',
  broker: 'a whole broker',
  cluster: 'a cluster with its clients',
};

const { values } = parseArgs({
  options: {
    seeds: { type: 'string' },
    from: { type: 'string' },
    jobs: { type: 'string' },
    seed: { type: 'string' },
    keep: { type: 'string' },
    replay: { type: 'string' },
    pair: { type: 'boolean' },
    broker: { type: 'boolean' },
    cluster: { type: 'boolean' },
  },
});
const name: SimulationName = (['cluster', 'broker', 'pair'] as const).find((each) => values[each] === true) ?? 'store';

try {
  const { seeds, lives, puts } = await run();
  console.log(`simulate: ${lives} lives, ${puts} puts, nothing lost\n${seeds} passed, 0 failed`);
} catch (error) {
  const { passed, failures } = error instanceof SeedsFailure ? error : { passed: 0, failures: [failureText(error)] };
  console.log(`${failures.join('\n\n')}\n${passed} passed, ${failures.length} failed`);
  process.exitCode = 1;
}

async function run(): Promise<Totals> {
  if (values.replay !== undefined) return { seeds: 1, ...(await replay(readFileSync(values.replay, 'utf8'))) };
  if (values.seed !== undefined) return { seeds: 1, ...(await oneSeed(Number(values.seed), values.keep)) };
  const from = Number(values.from ?? Math.floor(Date.now() / 1000));
  const seeds = Number(values.seeds ?? DEFAULT_SEEDS[name]);
  console.log(`simulate: ${TITLES[name]}, seeds ${from} to ${from + seeds - 1}`);
  const workers = Math.max(1, Number(values.jobs ?? DEFAULT_JOBS));
  return await runSeeds({ simulation: name, from, seeds, workers });
}

function oneSeed(seed: number, keep: string | undefined): Promise<Omit<Totals, 'seeds'>> {
  const simulation = simulations[name];
  return keep === undefined ? simulation.run(seed) : simulation.replayPart(seed, new Set(keep.split(',').map(Number)));
}

/** The first word of the text names its simulation. */
function replay(text: string): Promise<Omit<Totals, 'seeds'>> {
  for (const simulation of Object.values(simulations)) {
    if (simulation.parse(text) !== undefined) return simulation.replayText(text);
  }
  throw new SyntaxError('the file has no plan of any simulation');
}
