export type {
  ClientPlace,
  ClusterClient,
  ClusterConsumerOptions,
  ClusterProducerOptions,
  ClusterPullConsumerOptions,
} from './clients.ts';
export { Cluster, type ClusterOptions, startCluster } from './cluster.ts';
export { type ClusterLogLine, formatLogLine } from './logs.ts';
export type { ClusterServer } from './server.ts';
