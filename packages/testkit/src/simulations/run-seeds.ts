import { Worker } from 'node:worker_threads';
import { add, runShare, type SeedShare, type ShareReport, type Totals } from './run-share.ts';
import type { SimulationName } from './simulations.ts';

/** Which seeds of which simulation. */
interface Seeds {
  readonly simulation: SimulationName;
  /** The first one. */
  readonly from: number;
  readonly seeds: number;
  /** Threads that share them. */
  readonly workers: number;
}

/** Some seeds failed. The message has, for each, what is wrong, the shrunk plan and its history. */
export class SeedsFailure extends Error {
  /** Seeds that passed. */
  readonly passed: number;
  readonly failures: readonly string[];

  constructor(passed: number, failures: readonly string[]) {
    super(failures.join('\n\n'));
    this.name = 'SeedsFailure';
    this.passed = passed;
    this.failures = failures;
  }
}

/** Runs seeds in several threads. Rejects with a SeedsFailure; a failure in one thread does not end the others. */
export async function runSeeds({ simulation, from, seeds, workers }: Seeds): Promise<Totals> {
  // Some seeds take many times as long as others: each thread takes the next one when it is done.
  const taken = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const share: SeedShare = { simulation, from, end: from + seeds, taken };
  const threads = Array.from({ length: workers }, () => (workers === 1 ? runShare(share) : inWorker(share)));
  const reports = await Promise.all(threads);
  const totals: Totals = { seeds: 0, lives: 0, puts: 0 };
  for (const report of reports) add(totals, report);
  const failures = reports.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  if (failures.length > 0) throw new SeedsFailure(totals.seeds, failures);
  return totals;
}

/** Rejects when the thread ends without a report. */
function inWorker(share: SeedShare): Promise<ShareReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: share });
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`a worker ended with ${code} and without a report`)));
  });
}
