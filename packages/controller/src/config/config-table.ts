import type { LiveConfig } from '@rocketmq-ts/kernel';
import {
  configTable,
  flagProperty,
  integerProperty,
  optionalTextProperty,
  textProperty,
  whyNotEndpointList,
} from '@rocketmq-ts/kernel';
import { metricsPageProperties, ONE_EVENT_LOOP, serverProperties } from '@rocketmq-ts/remoting';
import { whyNotPeers } from './peers.ts';

const byEtcd = 'etcd keeps what is agreed on; here is no log of proposals and no store of its own';
const noExport = 'metrics are fetched by Prometheus here: see metricsExporterType';

/**
 * Every property of a controller's file: the names that Apache's 5.4.0 answers to GET_CONTROLLER_CONFIG, and ours for etcd.
 * Source: ControllerConfig, JraftConfig, NettyServerConfig.
 */
export const controllerConfigTable = configTable({
  listenPort: integerProperty(19876, {
    meaning: 'Port for brokers and tools, where controllerDLegerPeers does not name one; 0 takes a free one',
    min: 0,
    max: 65535,
    important: true,
  }),
  ...serverProperties,
  ...metricsPageProperties({ unlisted: false }),
  etcdEndpoints: textProperty('http://127.0.0.1:2379', {
    meaning: 'The members of the etcd cluster, separated by ; or ,',
    allowed: 'a list such as http://10.0.0.1:2379;http://10.0.0.2:2379',
    whyNot: whyNotEtcdEndpoints,
    important: true,
  }),
  etcdPrefix: textProperty('/rocketmq/controller', {
    meaning: 'Keys in etcd begin with it and controllerDLegerGroup; controllers that share both work together',
    allowed: 'a path such as /rocketmq/controller',
    whyNot: (value) => (/^\/[^\s]*[^\s/]$/.test(value) ? undefined : ''),
  }),
  etcdUser: optionalTextProperty({ meaning: 'User of etcd; none: no authentication' }),
  etcdPassword: textProperty('', { meaning: 'Its password', secret: true }),
  etcdCaPath: optionalTextProperty({ meaning: 'Authority of https endpoints, PEM' }),
  etcdCertPath: optionalTextProperty({ meaning: 'Certificate of this client for etcd, PEM' }),
  etcdKeyPath: optionalTextProperty({ meaning: 'Its key, PEM' }),
  etcdTimeoutMillis: integerProperty(1000, {
    meaning: 'A request to one member of etcd is given up and the next member asked after it',
    unit: 'ms',
    min: 50,
    max: 60_000,
  }),
  leaderLeaseMillis: integerProperty(4000, {
    meaning:
      'A controller that leads and renews its lease in etcd for so long no more is followed by another; whole seconds, rounded up',
    unit: 'ms',
    min: 2000,
    max: 600_000,
  }),
  brokerSilenceLimitMillis: integerProperty(7000, {
    meaning:
      'A broker without a heartbeat for so long is dead, also where the heartbeatTimeoutMills that it sends is longer',
    unit: 'ms',
    min: 1500,
    change: 'live',
  }),
  configStorePath: textProperty('controller/controller.properties', {
    meaning: 'File to which updates of this configuration are written',
    important: true,
  }),
  configBlackList: textProperty('configBlackList;configStorePath', {
    meaning: 'Keys that no update may change, separated by ;',
  }),
  controllerType: textProperty('DLedger', {
    meaning:
      'Which of Apache’s property names say who the controllers are: DLedger or jRaft. etcd elects in either case',
    allowed: 'DLedger or jRaft',
    whyNot: (value) => (['DLedger', 'jRaft'].includes(value) ? undefined : ''),
    important: true,
  }),
  controllerDLegerGroup: optionalTextProperty({ meaning: 'Name of this set of controllers', important: true }),
  controllerDLegerPeers: textProperty('', {
    meaning: 'The controllers, as n0-127.0.0.1:9878;n1-127.0.0.1:9868; the address of this one is where it listens',
    allowed: 'a list such as n0-127.0.0.1:9878;n1-127.0.0.1:9868',
    whyNot: whyNotPeers,
    important: true,
  }),
  controllerDLegerSelfId: optionalTextProperty({ meaning: 'Which of the peers this one is', important: true }),
  jRaftGroupId: textProperty('jraft-Controller', { meaning: 'As controllerDLegerGroup, with controllerType=jRaft' }),
  jRaftServerId: textProperty('localhost:9880', {
    meaning: 'Which place of jRaftInitConf is this controller’s, with controllerType=jRaft',
  }),
  jRaftInitConf: textProperty('localhost:9880,localhost:9881,localhost:9882', {
    meaning: 'Names of the controllers, with controllerType=jRaft',
  }),
  jRaftControllerRPCAddr: textProperty('localhost:9770,localhost:9771,localhost:9772', {
    meaning: 'Their addresses for brokers and tools in the same order, with controllerType=jRaft',
  }),
  enableElectUncleanMaster: flagProperty(false, {
    meaning: 'Elect a broker that lacks confirmed messages when no in-sync one lives: loses them',
    change: 'live',
  }),
  notifyBrokerRoleChanged: flagProperty(true, {
    meaning: 'Notify the brokers of a group of its new master at once',
    change: 'live',
  }),
  scanInactiveMasterInterval: integerProperty(1000, {
    meaning: 'Time between two looks for groups without a living master (5000 in Apache’s)',
    unit: 'ms',
    min: 100,
  }),
  scanNotActiveBrokerInterval: integerProperty(5000, {
    meaning: 'a broker’s time without heartbeats is looked at twice a second',
    unit: 'ms',
    idle: true,
  }),
  electMasterMaxRetryCount: integerProperty(3, {
    meaning: 'an election that failed is repeated by each scan',
    idle: true,
  }),
  isProcessReadEvent: flagProperty(false, { meaning: byEtcd, idle: true }),
  controllerStorePath: textProperty('', { meaning: byEtcd, idle: true }),
  mappedFileSize: integerProperty(1024 * 1024 * 1024, { meaning: byEtcd, idle: true }),
  jRaftElectionTimeoutMs: integerProperty(1000, { meaning: byEtcd, idle: true }),
  jRaftScanWaitTimeoutMs: integerProperty(1000, { meaning: byEtcd, idle: true }),
  jRaftSnapshotIntervalSecs: integerProperty(3600, { meaning: byEtcd, idle: true }),
  metricsGrpcExporterTarget: textProperty('', { meaning: noExport, idle: true }),
  metricsGrpcExporterHeader: textProperty('', { meaning: noExport, idle: true }),
  metricGrpcExporterTimeOutInMills: integerProperty(3000, { meaning: noExport, idle: true }),
  metricGrpcExporterIntervalInMills: integerProperty(60_000, { meaning: noExport, idle: true }),
  metricsInDelta: flagProperty(false, { meaning: noExport, idle: true }),
  controllerThreadPoolNums: integerProperty(16, { meaning: ONE_EVENT_LOOP, idle: true }),
  controllerRequestThreadPoolQueueCapacity: integerProperty(50000, { meaning: ONE_EVENT_LOOP, idle: true }),
  serverShutdownWaitTimeSeconds: integerProperty(30, { meaning: ONE_EVENT_LOOP, idle: true }),
});

/** Values of `controllerConfigTable`, some of them changeable while the controller runs. */
export type LiveControllerConfig = LiveConfig<typeof controllerConfigTable>;

/** The parts of `etcdEndpoints`. */
export function splitEtcdEndpoints(list: string): string[] {
  return list
    .split(/[;,]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function whyNotEtcdEndpoints(list: string): string | undefined {
  const parts = splitEtcdEndpoints(list);
  if (parts.length === 0) return '';
  for (const part of parts) {
    const place = /^(?:https?:\/\/)?([^/]+)\/?$/.exec(part)?.[1];
    if (place === undefined) return `"${part}" is not http://host:port`;
    const reason = whyNotEndpointList(place);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
