import type { Clock } from '@rocketmq-ts/kernel';
import type { DEAD_LETTER_ROUTES } from '../api/index.ts';
import type { Handlers } from '../http/bind.ts';
import { deadLetterGroups } from './groups.ts';
import { resendDeadLetters } from './resend.ts';

/** Handlers of `DEAD_LETTER_ROUTES`. */
export function deadLetterHandlers(clock: Pick<Clock, 'now'>): Handlers<typeof DEAD_LETTER_ROUTES> {
  return {
    deadLetterGroups: ({ cluster, query }) => deadLetterGroups(cluster, query, clock.now()),
    resendDeadLetters: ({ cluster, params, body }) =>
      resendDeadLetters(cluster, { ...body, group: params.group }, clock.now()),
  };
}
