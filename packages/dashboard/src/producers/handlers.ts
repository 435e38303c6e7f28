import type { Clock } from '@rocketmq-ts/kernel';
import type { PRODUCER_ROUTES } from '../api/index.ts';
import type { Handlers } from '../http/bind.ts';
import { listProducers } from './list-producers.ts';

/** Handlers of `PRODUCER_ROUTES`. */
export function producerHandlers(clock: Clock): Handlers<typeof PRODUCER_ROUTES> {
  return {
    listProducers: ({ cluster, query }) => listProducers(cluster, query, clock.now()),
  };
}
