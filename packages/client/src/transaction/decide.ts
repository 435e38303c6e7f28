import { ClientError } from '../errors.ts';
import type { LocalTransactionState } from './transaction-options.ts';

/** How a local transaction or a check ended. */
export interface Decision {
  readonly state: LocalTransactionState;
  /** Why the state is `UNKNOWN`, when that was not returned: what was thrown, or a ClientError. */
  readonly error: unknown;
}

/** Runs user code and takes what it returns for a state; never throws. Nothing counts as `UNKNOWN`. */
export async function decide(work: () => unknown): Promise<Decision> {
  try {
    const state = await work();
    if (state === 'COMMIT' || state === 'ROLLBACK' || state === 'UNKNOWN') return { state, error: undefined };
    if (state === undefined || state === null) return { state: 'UNKNOWN', error: undefined };
    const text = `It returned ${textOf(state)}`;
    return {
      state: 'UNKNOWN',
      error: new ClientError('TRANSACTION_STATE_ILLEGAL', text, { facts: { returned: textOf(state) } }),
    };
  } catch (error) {
    return { state: 'UNKNOWN', error: error ?? new Error(`${error} was thrown`) };
  }
}

const LONGEST_TEXT = 1000;

/** A short text of any thrown or returned value. */
export function textOf(value: unknown): string {
  try {
    return String(value).slice(0, LONGEST_TEXT);
  } catch {
    // Objects without a prototype, or whose own toString throws.
    return `a value of type ${typeof value}`;
  }
}
