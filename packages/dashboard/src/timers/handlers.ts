import type { Clock } from '@rocketmq-ts/kernel';
import type { TIMER_ROUTES } from '../api/index.ts';
import type { Handlers } from '../http/bind.ts';
import { decodedHandle, delaysOf } from './delays.ts';

/** Handlers of `TIMER_ROUTES`. */
export function timerHandlers(clock: Pick<Clock, 'now'>): Handlers<typeof TIMER_ROUTES> {
  return {
    delays: ({ cluster }) => delaysOf(cluster, () => clock.now()),
    decodeHandle: ({ query }) => decodedHandle(query.handle),
    async recallMessage({ cluster, body }) {
      return { msgId: await cluster.admin.recallMessage(body.handle.trim()) };
    },
  };
}
