import type { Clock } from '@rocketmq-ts/kernel';
import type { TRACE_ROUTES } from '../api/index.ts';
import type { Handlers } from '../http/bind.ts';
import { TraceLookup } from './lookup.ts';

/** Handlers of `TRACE_ROUTES`. */
export function traceHandlers(clock: Pick<Clock, 'now'>): Handlers<typeof TRACE_ROUTES> {
  return {
    async traceTopics({ cluster }) {
      return { topics: await new TraceLookup(cluster, clock.now()).topics() };
    },
    trace: ({ cluster, query }) => new TraceLookup(cluster, clock.now()).trace(query),
    tracesByKey: ({ cluster, query }) => new TraceLookup(cluster, clock.now()).byKey(query),
  };
}
