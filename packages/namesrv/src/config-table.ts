import type { LiveConfig } from '@rocketmq-ts/kernel';
import {
  configTable,
  flagProperty,
  integerProperty,
  optionalTextProperty,
  textProperty,
  whyNotHost,
} from '@rocketmq-ts/kernel';

const inert = 'one event loop serves everything here';
const later = 'comes with a later version';

/**
 * Every property of a name server's file. The set of names is exactly what Apache's 5.4.0 answers to
 * GET_NAMESRV_CONFIG. Source: NamesrvConfig, NettyServerConfig.
 */
export const namesrvConfigTable = configTable({
  listenPort: integerProperty(9876, {
    meaning: 'Port for clients, brokers and tools; 0 takes a free one',
    min: 0,
    max: 65535,
    important: true,
  }),
  bindAddress: textProperty('0.0.0.0', {
    meaning: 'Address to listen on; 0.0.0.0 and :: take every address, of both families',
    allowed: 'an address of this machine',
    whyNot: whyNotHost,
  }),
  healthPort: integerProperty(0, {
    meaning: 'Port of the HTTP pages /livez and /readyz, at bindAddress; 0: none',
    min: 0,
    max: 65535,
    unlisted: true,
  }),
  rocketmqHome: optionalTextProperty({ meaning: 'Installation root', important: true }),
  kvConfigPath: textProperty('namesrv/kvConfig.json', {
    meaning: 'File of the key-value configuration',
    important: true,
  }),
  configStorePath: textProperty('namesrv/namesrv.properties', {
    meaning: 'File to which updates of this configuration are written',
    important: true,
  }),
  configBlackList: textProperty('configBlackList;configStorePath;kvConfigPath', {
    meaning: 'Keys that no update may change, separated by ;',
  }),
  orderMessageEnable: flagProperty(false, {
    meaning: 'Add the order configuration of a topic to its route',
    change: 'live',
  }),
  returnOrderTopicConfigToBroker: flagProperty(true, {
    meaning: 'Answer a registration with all order configurations',
    change: 'live',
  }),
  scanNotActiveBrokerInterval: integerProperty(5000, {
    meaning: 'Time between two looks for brokers that fell silent',
    unit: 'ms',
    min: 10,
  }),
  unRegisterBrokerQueueCapacity: integerProperty(3000, {
    meaning: 'Departures of brokers that may wait to be handled',
    min: 1,
    change: 'live',
  }),
  supportActingMaster: flagProperty(false, {
    meaning: 'Show the smallest slave of a group without master as its master',
    change: 'live',
  }),
  enableAllTopicList: flagProperty(true, { meaning: 'Answer the list of all topics', change: 'live' }),
  enableTopicList: flagProperty(true, { meaning: 'Answer the topic lists by cluster and unit', change: 'live' }),
  notifyMinBrokerIdChanged: flagProperty(false, {
    meaning: 'Notify the brokers of a group when its smallest id changed',
    change: 'live',
  }),
  needWaitForService: flagProperty(false, {
    meaning: 'Refuse routes for a while after the start, until brokers have registered',
    change: 'live',
  }),
  waitSecondsForService: integerProperty(45, { meaning: 'How long', unit: 's', min: 0, change: 'live' }),
  deleteTopicWithBrokerRegistration: flagProperty(false, {
    meaning: 'A full registration removes topics that it does not name',
    change: 'live',
  }),
  serverChannelMaxIdleTimeSeconds: integerProperty(120, {
    meaning: 'A connection without a byte for so long is closed',
    unit: 's',
    min: 1,
  }),
  enableControllerInNamesrv: flagProperty(false, {
    meaning: 'Run a controller in this process as well, with its properties in the same file and a port of its own',
  }),
  clusterTest: flagProperty(false, { meaning: later, idle: true }),
  productEnvName: textProperty('center', { meaning: later, idle: true }),
  enableShutdownGracefully: flagProperty(false, { meaning: later, idle: true }),
  shutdownWaitTimeSeconds: integerProperty(30, { meaning: later, idle: true, min: 0 }),
  clientRequestThreadPoolNums: integerProperty(8, { meaning: inert, idle: true }),
  clientRequestThreadPoolQueueCapacity: integerProperty(50000, { meaning: inert, idle: true }),
  defaultThreadPoolNums: integerProperty(16, { meaning: inert, idle: true }),
  defaultThreadPoolQueueCapacity: integerProperty(10000, { meaning: inert, idle: true }),
  serverWorkerThreads: integerProperty(8, { meaning: inert, idle: true }),
  serverCallbackExecutorThreads: integerProperty(0, { meaning: inert, idle: true }),
  serverSelectorThreads: integerProperty(3, { meaning: inert, idle: true }),
  serverOnewaySemaphoreValue: integerProperty(256, { meaning: inert, idle: true }),
  serverAsyncSemaphoreValue: integerProperty(64, { meaning: inert, idle: true }),
  serverSocketSndBufSize: integerProperty(0, { meaning: inert, idle: true }),
  serverSocketRcvBufSize: integerProperty(0, { meaning: inert, idle: true }),
  serverSocketBacklog: integerProperty(1024, { meaning: inert, idle: true }),
  writeBufferHighWaterMark: integerProperty(0, { meaning: inert, idle: true }),
  writeBufferLowWaterMark: integerProperty(0, { meaning: inert, idle: true }),
  serverNettyWorkerGroupEnable: flagProperty(true, { meaning: inert, idle: true }),
  serverPooledByteBufAllocatorEnable: flagProperty(true, { meaning: inert, idle: true }),
  useEpollNativeSelector: flagProperty(false, { meaning: inert, idle: true }),
});

/** Values of `namesrvConfigTable`, some of them changeable while the server runs. */
export type LiveNamesrvConfig = LiveConfig<typeof namesrvConfigTable>;
