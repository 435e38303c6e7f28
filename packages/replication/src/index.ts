export { AutoSwitchMaster, type PeerInfo } from './autoswitch/auto-switch-master.ts';
export { AutoSwitchSlave } from './autoswitch/auto-switch-slave.ts';
export { Epochs } from './autoswitch/epoch-file.ts';
export { replicationLimits } from './limit-entries.ts';
export {
  createHaService,
  type DivergedSlave,
  type HaService,
  type HaServiceConfig,
  type SlaveInfo,
} from './master/ha-service.ts';
export { createHaClient, type Divergence, type HaClient } from './slave/ha-client.ts';
export type { HaClientConfig } from './slave/ha-client-config.ts';
