import type { Clock } from '@rocketmq-ts/kernel';
import type { TRANSACTION_ROUTES } from '../api/index.ts';
import type { Handlers } from '../http/bind.ts';
import { openTransactions, resumeTransactions } from './open.ts';

/** Handlers of `TRANSACTION_ROUTES`. */
export function transactionHandlers(clock: Pick<Clock, 'now' | 'monotonicMs'>): Handlers<typeof TRANSACTION_ROUTES> {
  return {
    transactions: ({ cluster, query }) => openTransactions(cluster, query, () => clock.monotonicMs()),
    async resumeTransactions({ cluster, body }) {
      return { results: await resumeTransactions(cluster, body.ids, clock.now()) };
    },
  };
}
