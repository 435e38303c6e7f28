export type {
  ClientBasics,
  ClusterConsumerOptions,
  ClusterProducerOptions,
  ClusterTransactionOptions,
} from './cluster/clients.ts';
export { Cluster, type WaitOptions } from './cluster/cluster.ts';
export type { Duration } from './cluster/duration.ts';
export type { ClusterOptions } from './cluster/options.ts';
export type { ClusterServer } from './cluster/server.ts';
export { startCluster } from './cluster/start-cluster.ts';
export { TestingError, type TestingErrorCode, testingErrors } from './errors.ts';
export type { ClusterMessage, ReceivedMessage } from './messages/cluster-message.ts';
