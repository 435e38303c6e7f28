import {
  configTable,
  flagProperty,
  integerProperty,
  optionalTextProperty,
  textProperty,
  whyNotEndpointList,
} from '@rocketmq-ts/kernel';

/** A broker whose role a controller decides. Source: BrokerConfig, MessageStoreConfig. */
export const controllerProperties = configTable({
  enableControllerMode: flagProperty(false, {
    meaning: 'a controller gives this broker its id and decides whether it is master or slave',
    waits: 'Apache’s broker takes half of it at once, without the parts that its start makes: neither mode works then.',
    important: true,
  }),
  controllerAddr: textProperty('', {
    meaning: 'controllers, with enableControllerMode',
    allowed: 'addresses of the form host:port or [IPv6 address]:port, separated by ;',
    whyNot: whyNotEndpointList,
    change: 'live',
  }),
  fetchControllerAddrByDnsLookup: flagProperty(false, {
    meaning: 'the hosts in controllerAddr are domains whose every address is a controller',
    change: 'live',
  }),
  controllerHeartBeatTimeoutMills: integerProperty(10_000, {
    meaning: 'without heartbeats for so long this broker counts as dead at the controller',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  sendHeartbeatTimeoutMillis: integerProperty(1000, {
    meaning: 'heartbeats are one-way: nothing is waited for',
    unit: 'ms',
    min: 1,
    idle: true,
  }),
  syncBrokerMetadataPeriod: integerProperty(5000, {
    meaning: 'between questions to the controller who is master',
    unit: 'ms',
    min: 100,
  }),
  syncControllerMetadataPeriod: integerProperty(10_000, {
    meaning: 'between questions which controller leads',
    unit: 'ms',
    min: 100,
  }),
  checkSyncStateSetPeriod: integerProperty(5000, {
    meaning: 'between looks of a master whether members of its in-sync set lag',
    waits: 'Apache’s broker takes it when it becomes master anew.',
    unit: 'ms',
    min: 100,
  }),
  brokerElectionPriority: integerProperty(2_147_483_647, {
    meaning: 'of brokers that have the same, the one with the lowest number becomes master',
    min: 0,
    change: 'live',
  }),
  haMaxTimeSlaveNotCatchup: integerProperty(15_000, {
    meaning: 'a slave that has not had everything for so long leaves the in-sync set',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  allAckInSyncStateSet: flagProperty(false, {
    meaning: 'in controller mode sends wait for every member of the in-sync set instead of inSyncReplicas brokers',
    change: 'live',
  }),
  syncFromLastFile: flagProperty(false, {
    meaning: 'in controller mode a slave with an empty store asks for the last file of the commit log only',
    change: 'live',
  }),
  asyncLearner: flagProperty(false, {
    meaning: 'in controller mode this broker follows and never becomes master',
    change: 'live',
  }),
  storePathEpochFile: optionalTextProperty({
    meaning: 'file of the epochs; default: <store folder>/epochFileCheckpoint',
  }),
  storePathBrokerIdentity: optionalTextProperty({
    meaning: 'file of the id that the controller gave; default: <store folder>/brokerIdentity',
  }),
});
