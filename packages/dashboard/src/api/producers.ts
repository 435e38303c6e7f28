import { optional, text } from './field.ts';
import { PAGE_QUERY, type Page } from './page.ts';
import { answer, route } from './route.ts';

/** One producer, merged over the brokers that it is connected to. */
export interface ProducerRow {
  readonly group: string;
  readonly clientId: string;
  readonly address: string;
  readonly language: string;
  readonly version: string;
  readonly brokers: readonly string[];
  /** Last heartbeat; undefined where brokers were asked for one group, which does not say. */
  readonly lastSeenMs: number | undefined;
}

/** Producers that are connected. */
export const PRODUCER_ROUTES = {
  /** All of the cluster, of one broker name, or of one group at the brokers of one topic. */
  listProducers: route('GET', '/clusters/:cluster/producers', {
    query: {
      ...PAGE_QUERY,
      broker: optional(text({ max: 255 })),
      topic: optional(text({ max: 255 })),
      group: optional(text({ max: 255 })),
    },
    answer: answer<Page<ProducerRow>>(),
  }),
};
