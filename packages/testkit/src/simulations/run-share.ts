import { asError } from '@rocketmq-ts/kernel';
import { type SimulationName, simulations } from './simulations.ts';

/** What has been run without a failure. */
export interface Totals {
  seeds: number;
  lives: number;
  puts: number;
}

/** What one thread runs: seeds of [from, end), one after the other, that no other thread has taken. */
export interface SeedShare {
  readonly simulation: SimulationName;
  readonly from: number;
  readonly end: number;
  /** How many seeds were taken so far, in memory that all threads share. */
  readonly taken: Int32Array<SharedArrayBuffer>;
}

/** What a thread reports; it ends at its first failure. */
export interface ShareReport extends Totals {
  readonly failure?: string;
}

/** One thread's part. */
export async function runShare({ simulation, from, end, taken }: SeedShare): Promise<ShareReport> {
  const totals: Totals = { seeds: 0, lives: 0, puts: 0 };
  const next = (): number => from + Atomics.add(taken, 0, 1);
  for (let seed = next(); seed < end; seed = next()) {
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
