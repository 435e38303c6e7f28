import { asError } from '@rocketmq-ts/kernel';
import { type SimulationName, simulations } from './simulations.ts';

/** What has been run without a failure. */
export interface Totals {
  seeds: number;
  lives: number;
  puts: number;
}

/** Every `step`th seed of [from, end): what one thread runs. */
export interface SeedShare {
  readonly simulation: SimulationName;
  readonly from: number;
  readonly step: number;
  readonly end: number;
}

/** What a thread reports; it ends at its first failure. */
export interface ShareReport extends Totals {
  readonly failure?: string;
}

/** One thread's part. */
export async function runShare({ simulation, from, step, end }: SeedShare): Promise<ShareReport> {
  const totals: Totals = { seeds: 0, lives: 0, puts: 0 };
  for (let seed = from; seed < end; seed += step) {
    try {
      add(totals, { seeds: 1, ...(await simulations[simulation].run(seed)) });
    } catch (error) {
      return { ...totals, failure: failureText(error) };
    }
  }
  return totals;
}

/** What is wrong, and where in the code it came to light. */
export function failureText(thrown: unknown): string {
  const { message, cause } = asError(thrown);
  return cause instanceof Error ? `${message}\n${cause.stack}` : message;
}

/** Adds what one more run or thread did. */
export function add(totals: Totals, { seeds, lives, puts }: Totals): void {
  totals.seeds += seeds;
  totals.lives += lives;
  totals.puts += puts;
}
