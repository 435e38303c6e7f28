import { list, oneOf, optional, text } from './field.ts';
import { CHOSEN_LIMIT } from './messages.ts';
import { type BrokerFailure, PAGE_QUERY, type Page } from './page.ts';
import { answer, route } from './route.ts';

/** The dead letters of a group. */
export interface DeadLetterRow {
  readonly group: string;
  /** `%DLQ%group`. */
  readonly topic: string;
  /** Undefined when no broker could be asked. */
  readonly messages?: number | undefined;
  readonly lastStoredMs?: number | undefined;
}

/**
 * RETRY: to the retry topic of the group, so that only this group gets it. ORIGIN: to the topic that it was sent to, so that every
 * group of the topic gets it. CLIENT: handed to one client; nothing is stored.
 */
export type ResendTarget = 'RETRY' | 'ORIGIN' | 'CLIENT';

/** What became of one chosen message. */
export interface ResendResult {
  /** Offset id of the dead letter. */
  readonly id: string;
  readonly ok: boolean;
  /** Why it failed, or what the client made of it. */
  readonly message?: string | undefined;
  /** Of the message that was stored. */
  readonly sentTo?: string | undefined;
  readonly sentId?: string | undefined;
}

/** Messages that a group could not handle. They are searched and exported as the messages of `%DLQ%group`. */
export const DEAD_LETTER_ROUTES = {
  deadLetterGroups: route('GET', '/clusters/:cluster/dead-letters', {
    query: PAGE_QUERY,
    answer: answer<Page<DeadLetterRow>>(),
  }),
  resendDeadLetters: route('POST', '/clusters/:cluster/dead-letters/:group/resend', {
    access: 'write',
    body: {
      ids: list(text({ max: 64 }), { max: CHOSEN_LIMIT }),
      to: oneOf('RETRY', 'ORIGIN', 'CLIENT'),
      clientId: optional(text({ max: 1024 })),
    },
    answer: answer<{ readonly results: readonly ResendResult[]; readonly failures: readonly BrokerFailure[] }>(),
  }),
};
