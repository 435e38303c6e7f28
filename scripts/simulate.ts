import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import {
  brokerPlanOf,
  parseBrokerPlan,
  replayBrokerPlan,
  runBrokerSimulation,
} from '@rocketmq-ts/testkit/broker-simulation';
import { parsePlan, partOfSeed, replayPlan, runStoreSimulation } from '@rocketmq-ts/testkit/simulation';

/**
 * `npm run simulate -- [--broker] [--seeds <n>] [--from <seed>] [--jobs <n>]`: runs the simulation of the store, or of a
 * whole broker, for so many seeds, on two cores by default. Ends at the first that fails, with what is left of its plan after
 * shrinking; exit code 1.
 *
 * `--seed <seed> [--keep 1,4,9]` runs one seed, or those of its operations; `--replay <file>` a plan as it was printed.
 */
const DEFAULT_SEEDS = { store: 3000, broker: 500 };
const DEFAULT_JOBS = 2;

interface Share {
  readonly isBroker: boolean;
  readonly from: number;
  readonly step: number;
  readonly end: number;
}

interface Totals {
  seeds: number;
  lives: number;
  puts: number;
}

interface Report extends Totals {
  readonly failure?: string;
}

if (isMainThread) await main();
else parentPort!.postMessage(await runShare(workerData as Share));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      from: { type: 'string' },
      jobs: { type: 'string' },
      seed: { type: 'string' },
      keep: { type: 'string' },
      replay: { type: 'string' },
      broker: { type: 'boolean' },
    },
  });
  const isBroker = values.broker === true;
  if (values.replay !== undefined || values.seed !== undefined) {
    const only =
      values.replay === undefined ? oneSeed(isBroker, Number(values.seed), values.keep) : replay(values.replay);
    return finish(await only);
  }
  const from = Number(values.from ?? Math.floor(Date.now() / 1000));
  const end = from + Number(values.seeds ?? DEFAULT_SEEDS[isBroker ? 'broker' : 'store']);
  const step = Math.max(1, Number(values.jobs ?? DEFAULT_JOBS));
  const shares = Array.from({ length: step }, (_, index) => ({ isBroker, from: from + index, step, end }));
  console.log(`simulate: ${isBroker ? 'a whole broker' : 'the store'}, seeds ${from} to ${end - 1}`);
  finish(...(step === 1 ? [await runShare(shares[0]!)] : await Promise.all(shares.map(inWorker))));
}

function finish(...reports: readonly Report[]): void {
  const failures = reports.filter((report) => report.failure !== undefined);
  for (const { failure } of failures) console.log(failure);
  const sum = (of: keyof Totals): number => reports.reduce((total, report) => total + report[of], 0);
  if (failures.length === 0) console.log(`simulate: ${sum('lives')} lives, ${sum('puts')} puts, nothing lost`);
  console.log(`${sum('seeds')} passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

async function runShare({ isBroker, from, step, end }: Share): Promise<Report> {
  const totals: Totals = { seeds: 0, lives: 0, puts: 0 };
  for (let seed = from; seed < end; seed += step) {
    const report = await oneSeed(isBroker, seed, undefined);
    totals.seeds += report.seeds;
    totals.lives += report.lives;
    totals.puts += report.puts;
    if (report.failure !== undefined) return { ...totals, failure: report.failure };
  }
  return totals;
}

/** Ends by itself when it has answered; a failure in one does not end the others. */
function inWorker(share: Share): Promise<Report> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.on('message', resolve);
    worker.on('error', reject);
  });
}

async function oneSeed(isBroker: boolean, seed: number, keep: string | undefined): Promise<Report> {
  if (keep === undefined)
    return await reported(() => (isBroker ? runBrokerSimulation(seed) : runStoreSimulation(seed)));
  const numbers = new Set(keep.split(',').map(Number));
  if (!isBroker) return await reported(() => replayPlan(partOfSeed(seed, numbers)));
  const plan = brokerPlanOf(seed);
  const operations = plan.operations.filter(({ number }) => numbers.has(number));
  return await reported(() => replayBrokerPlan({ ...plan, operations }));
}

function replay(path: string): Promise<Report> {
  const text = readFileSync(path, 'utf8');
  const plan = parseBrokerPlan(text);
  return reported(() => (plan === undefined ? replayPlan(parsePlan(text)) : replayBrokerPlan(plan)));
}

async function reported(run: () => Promise<{ lives: number; puts: number }>): Promise<Report> {
  try {
    const { lives, puts } = await run();
    return { seeds: 1, lives, puts };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `\n${error.cause.stack}` : '';
    return { seeds: 0, lives: 0, puts: 0, failure: `${error instanceof Error ? error.message : error}${cause}` };
  }
}
