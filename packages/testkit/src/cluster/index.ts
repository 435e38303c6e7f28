export {
  type ClientPlace,
  Cluster,
  type ClusterConsumerOptions,
  type ClusterOptions,
  type ClusterProducerOptions,
  startCluster,
} from './cluster.ts';
export { type ClusterLogLine, formatLogLine } from './logs.ts';
export type { ClusterServer } from './server.ts';
