export { type LiveNamesrvConfig, type NamesrvConfig, namesrvConfigTable } from './config-table.ts';
export { createNamesrv, type Namesrv, type NamesrvOptions } from './namesrv.ts';
export type { LocalBrokerPort } from './reachable-address.ts';
