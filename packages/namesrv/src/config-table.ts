import type { LiveConfig } from '@rocketmq-ts/kernel';
import { configTable, flagProperty, integerProperty, textProperty } from '@rocketmq-ts/kernel';
import { metricsPageProperties, ONE_EVENT_LOOP, serverProperties } from '@rocketmq-ts/remoting';

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
  ...serverProperties,
  ...metricsPageProperties({ unlisted: true }),
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
  enableControllerInNamesrv: flagProperty(false, {
    meaning: 'Run a controller in this process as well, with its properties in the same file and a port of its own',
  }),
  clusterTest: flagProperty(false, { meaning: later, idle: true }),
  productEnvName: textProperty('center', { meaning: later, idle: true }),
  enableShutdownGracefully: flagProperty(false, { meaning: later, idle: true }),
  shutdownWaitTimeSeconds: integerProperty(30, { meaning: later, idle: true, min: 0 }),
  clientRequestThreadPoolNums: integerProperty(8, { meaning: ONE_EVENT_LOOP, idle: true }),
  clientRequestThreadPoolQueueCapacity: integerProperty(50000, { meaning: ONE_EVENT_LOOP, idle: true }),
  defaultThreadPoolNums: integerProperty(16, { meaning: ONE_EVENT_LOOP, idle: true }),
  defaultThreadPoolQueueCapacity: integerProperty(10000, { meaning: ONE_EVENT_LOOP, idle: true }),
});

/** Values of `namesrvConfigTable`, some of them changeable while the server runs. */
export type LiveNamesrvConfig = LiveConfig<typeof namesrvConfigTable>;
