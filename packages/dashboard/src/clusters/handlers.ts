import type { AlertCentre } from '../alerts/alerts.ts';
import type { CLUSTER_ROUTES, ClusterRow } from '../api/index.ts';
import type { Handlers } from '../http/bind.ts';
import type { Cluster, ClusterRegistry } from './registry.ts';

/** Answers about the clusters of the console. */
export function clusterHandlers(
  registry: ClusterRegistry,
  alerts: Pick<AlertCentre, 'loud' | 'forget'>,
): Handlers<typeof CLUSTER_ROUTES> {
  return {
    listClusters: () => registry.list().map((cluster) => rowOf(cluster, alerts.loud(cluster.id))),
    async addCluster({ body }) {
      return { id: (await registry.add(body)).id };
    },
    async removeCluster({ params }) {
      await registry.remove(params.cluster);
      alerts.forget(params.cluster);
      return null;
    },
  };
}

function rowOf({ id, name, namesrvAddresses, isAdded, model }: Cluster, alerts: number): ClusterRow {
  const brokers = [...model.brokers.values()];
  return {
    ...{ id, name, namesrvAddresses, isAdded },
    brokers: brokers.length,
    brokersDown: brokers.filter(({ outage }) => outage !== undefined).length,
    alerts,
    topics: model.topics.size,
    groups: model.groups.size,
    failure: model.discoveryOutage?.message,
    hasControllers: model.controllers().length > 0,
  };
}
