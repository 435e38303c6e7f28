export { unservedByBroker } from './admin/unserved-requests.ts';
export { type Broker, type BrokerOptions, createBroker } from './broker.ts';
export { machineDefaults } from './config/machine-defaults.ts';
export { type BrokerConfig, brokerConfigTable } from './config-table.ts';
export * from './errors.ts';
export { type BrokerIdentity, settleConfig } from './identity.ts';
