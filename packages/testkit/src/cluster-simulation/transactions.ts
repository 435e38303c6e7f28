import type { LocalTransactionState, MessageExt } from '@rocketmq-ts/client';
import type { ClusterEvent } from './history.ts';

type Outcome = 'COMMIT' | 'ROLLBACK';

interface Transaction {
  readonly later: Outcome;
  /** Whether the process that began it is still there. */
  readonly isAlive: () => boolean;
  outcome: Outcome | undefined;
  /** It ended without an outcome: the second question gets one. */
  open: boolean;
  questions: number;
}

/** One transaction, for the process that began it. */
export interface LocalTransactionHandle {
  /** What becomes of it now; the first outcome counts, and a process that has ended decides nothing. */
  decide(outcome: Outcome): LocalTransactionState;
  leaveOpen(): void;
}

/** What the database of an application is: it outlives every process, and each checker can look into it. */
export class Transactions {
  readonly #record: (event: ClusterEvent) => void;
  readonly #nowMs: () => number;
  readonly #transactions = new Map<string, Transaction>();

  constructor(record: (event: ClusterEvent) => void, nowMs: () => number) {
    this.#record = record;
    this.#nowMs = nowMs;
  }

  begin(id: string, later: Outcome, isAlive: () => boolean): LocalTransactionHandle {
    const transaction: Transaction = { later, isAlive, outcome: undefined, open: false, questions: 0 };
    this.#transactions.set(id, transaction);
    return {
      decide: (outcome) => (isAlive() ? this.#decide(id, transaction, outcome) : 'UNKNOWN'),
      leaveOpen: () => {
        transaction.open = isAlive();
      },
    };
  }

  /** A broker's question: what nobody will end any more is rolled back. */
  check(message: MessageExt): LocalTransactionState {
    const id = message.text().split('|')[0]!;
    const transaction = this.#transactions.get(id);
    if (transaction === undefined) return 'ROLLBACK';
    transaction.questions++;
    if (transaction.outcome !== undefined) return transaction.outcome;
    if (transaction.open)
      return transaction.questions < 2 ? 'UNKNOWN' : this.#decide(id, transaction, transaction.later);
    return transaction.isAlive() ? 'UNKNOWN' : this.#decide(id, transaction, 'ROLLBACK');
  }

  #decide(id: string, transaction: Transaction, outcome: Outcome): Outcome {
    if (transaction.outcome === undefined) {
      transaction.outcome = outcome;
      this.#record({ do: 'decided', atMs: this.#nowMs(), id, outcome });
    }
    return transaction.outcome;
  }
}
