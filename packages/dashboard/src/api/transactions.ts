import { list, oneOf, optional, text } from './field.ts';
import { PAGE_QUERY, type Page } from './page.ts';
import { answer, route } from './route.ts';

/** A transaction that was not ended. */
export interface TransactionRow {
  /** OPEN: its producer was not asked yet. UNKNOWN: it was, and is asked again. DISCARDED: it was asked too often. */
  readonly state: 'OPEN' | 'UNKNOWN' | 'DISCARDED';
  readonly brokerName: string;
  readonly address: string;
  /** Unique key of the message; empty when it has none. */
  readonly transactionId: string;
  readonly topic: string;
  readonly producerGroup: string;
  readonly checkTimes: number;
  readonly bornTimestampMs: number;
  readonly storeTimestampMs: number;
  /** Of the half message. */
  readonly offsetMsgId: string;
  /** The system topic that the half message is in. */
  readonly storedIn: string;
}

export interface TransactionPage extends Page<TransactionRow> {
  /** False: there are so many that not all were read. */
  readonly isWhole: boolean;
}

/** Of one transaction. */
export interface ResumeResult {
  readonly id: string;
  readonly ok: boolean;
  readonly message?: string | undefined;
}

/** Transactions that producers have not ended. */
export const TRANSACTION_ROUTES = {
  transactions: route('GET', '/clusters/:cluster/transactions', {
    query: {
      ...PAGE_QUERY,
      state: optional(oneOf('OPEN', 'UNKNOWN', 'DISCARDED')),
      topic: optional(text({ max: 255 })),
      brokerName: optional(text({ max: 255 })),
    },
    answer: answer<TransactionPage>(),
  }),
  /** Starts the checks of discarded ones again. */
  resumeTransactions: route('POST', '/clusters/:cluster/transactions/resume', {
    access: 'write',
    body: { ids: list(text({ max: 64 }), { max: 200 }) },
    answer: answer<{ readonly results: readonly ResumeResult[] }>(),
  }),
};
