import { optional, text } from './field.ts';
import { answer, route } from './route.ts';

/** A cluster of the console, in short. */
export interface ClusterRow {
  /** In addresses of pages. */
  readonly id: string;
  readonly name: string;
  readonly namesrvAddresses: readonly string[];
  /** Added in the console; can be removed there. */
  readonly isAdded: boolean;
  readonly brokers: number;
  /** Brokers that did not answer last. */
  readonly brokersDown: number;
  /** Alerts that are raised and not silent. */
  readonly alerts: number;
  readonly topics: number;
  readonly groups: number;
  /** Why the name servers did not answer; undefined when they did. */
  readonly failure?: string | undefined;
  /** Some broker of it has its master elected by controllers. */
  readonly hasControllers: boolean;
}

export const CLUSTER_ROUTES = {
  listClusters: route('GET', '/clusters', { answer: answer<readonly ClusterRow[]>() }),
  addCluster: route('POST', '/clusters', {
    access: 'write',
    body: { namesrvAddr: text({ max: 1024 }), name: optional(text({ max: 60 })) },
    answer: answer<{ readonly id: string }>(),
  }),
  removeCluster: route('DELETE', '/clusters/:cluster', { access: 'write', answer: answer<null>() }),
};
