export { controllerConfigTable, type LiveControllerConfig, splitEtcdEndpoints } from './config/config-table.ts';
export { type Peers, readPeers } from './config/peers.ts';
export { type Controller, createController } from './controller.ts';
export { ControllerError, controllerErrors } from './errors.ts';
export type * from './etcd/etcd.ts';
export { connectEtcd } from './etcd/etcd3-client.ts';
export { controllerLimits } from './limit-entries.ts';
export { controllerMetrics } from './metrics/controller-metrics.ts';
