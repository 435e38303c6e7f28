import { type ConfigOf, configTable } from '@rocketmq-ts/kernel';
import { storeProperties } from '@rocketmq-ts/store';
import { actingProperties } from './config/acting-properties.ts';
import { coldDataProperties, idleColdDataProperties, readAheadProperties } from './config/cold-data-properties.ts';
import { controllerProperties } from './config/controller-properties.ts';
import { deliveryProperties } from './config/delivery-properties.ts';
import { filterProperties } from './config/filter-properties.ts';
import { identityProperties } from './config/identity-properties.ts';
import { accessProperties, clientProperties, olderProperties, registrationProperties } from './config/idle-clients.ts';
import { idleTimerProperties, popProperties } from './config/idle-delivery.ts';
import { flushProperties, otherQueueProperties, recoveryProperties } from './config/idle-files.ts';
import { statisticsProperties } from './config/idle-observation.ts';
import {
  idleOffsetOfMaster,
  idleReplicationProperties,
  replicationNames,
  rocksDbProperties,
} from './config/idle-replication.ts';
import { socketProperties, threadProperties } from './config/idle-threads.ts';
import { metricsProperties } from './config/metrics-properties.ts';
import { nameServerProperties } from './config/name-server-properties.ts';
import { replicationProperties } from './config/replication-properties.ts';
import { slaveProperties } from './config/slave-properties.ts';
import { timerProperties } from './config/timer-properties.ts';
import { topicProperties } from './config/topic-properties.ts';
import { transactionProperties } from './config/transaction-properties.ts';

/**
 * The broker's properties under Apache's names, with Apache's defaults: those that it acts on, and behind them those that it
 * keeps because tools look for them. Together they list what a 5.4.0 broker lists. Source: BrokerConfig, BrokerIdentity,
 * MessageStoreConfig, NettyServerConfig, NettyClientConfig.
 */
export const brokerConfigTable = configTable({
  ...identityProperties,
  ...controllerProperties,
  ...nameServerProperties,
  ...actingProperties,
  ...topicProperties,
  ...deliveryProperties,
  ...coldDataProperties,
  ...filterProperties,
  ...timerProperties,
  ...replicationProperties,
  ...slaveProperties,
  ...storeProperties,

  ...registrationProperties,
  ...clientProperties,
  ...popProperties,
  ...idleTimerProperties,
  ...transactionProperties,
  ...statisticsProperties,
  ...metricsProperties,
  ...threadProperties,
  ...socketProperties,
  ...flushProperties,
  ...idleColdDataProperties,
  ...readAheadProperties,
  ...recoveryProperties,
  ...otherQueueProperties,
  ...idleReplicationProperties,
  ...idleOffsetOfMaster,
  ...replicationNames,
  ...rocksDbProperties,
  ...accessProperties,
  ...olderProperties,
});

export type BrokerConfig = Readonly<ConfigOf<typeof brokerConfigTable>>;
