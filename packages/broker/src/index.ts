export { unservedByBroker } from './admin/unserved-requests.ts';
export { type Broker, createBroker } from './broker.ts';
export type { BrokerOptions } from './broker-options.ts';
export { machineDefaults } from './config/machine-defaults.ts';
export { type BrokerConfig, brokerConfigTable } from './config-table.ts';
export * from './errors.ts';
export { type BrokerIdentity, settleConfig } from './identity.ts';
export { brokerLimits } from './limit-entries.ts';
export { refuseRole } from './role/broker-role.ts';
