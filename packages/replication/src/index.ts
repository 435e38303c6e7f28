export { createAutoSwitchClient } from './autoswitch/auto-switch-client.ts';
export { AutoSwitchMaster } from './autoswitch/auto-switch-master.ts';
export { Epochs } from './autoswitch/epoch-file.ts';
export { replicationLimits } from './limit-entries.ts';
export { createHaService, type HaService, type SlaveInfo } from './master/ha-service.ts';
export type { Following } from './slave/following.ts';
export { createHaClient, type HaClient } from './slave/ha-client.ts';
