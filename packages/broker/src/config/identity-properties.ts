import {
  choiceProperty,
  configTable,
  flagProperty,
  folderProperty,
  integerProperty,
  logProperties,
  optionalTextProperty,
  textProperty,
  whyNotEndpointList,
  whyNotHost,
} from '@rocketmq-ts/kernel';
import { nameProperty, notServed, notServedYet, optionalNameProperty, publishedAddressProperty } from './kinds.ts';

/** Who the broker is, where it listens, and which name servers know it. Source: BrokerConfig, BrokerIdentity, NettyServerConfig. */
export const identityProperties = configTable({
  brokerName: optionalNameProperty({ meaning: 'name of the replica group; default: the host name', important: true }),
  brokerClusterName: nameProperty('DefaultCluster', { meaning: 'cluster this broker belongs to', important: true }),
  brokerId: integerProperty(0, {
    meaning: '0 for a master, above 0 for a slave; in controller mode it is the controller that gives it',
    min: -1,
    important: true,
  }),
  brokerIP1: publishedAddressProperty({
    meaning:
      'address that clients are given; default: bindAddress if it is one address, else found among the interfaces',
    waits:
      'It is settled at the start; Apache’s broker registers the new address at its next period and stores the old one with messages.',
    important: true,
  }),
  brokerIP2: publishedAddressProperty({
    meaning: 'address that slaves are given; default: as brokerIP1',
    waits: 'It is settled at the start; Apache’s broker registers the new address at its next period.',
    important: true,
  }),
  namesrvAddr: optionalTextProperty({
    meaning: 'name servers that know this broker',
    allowed: 'addresses of the form host:port or [IPv6 address]:port, separated by ;',
    whyNot: whyNotEndpointList,
    change: 'live',
    important: true,
  }),
  listenPort: integerProperty(10911, {
    meaning: 'port of the broker; the fast port is two below',
    waits: 'Apache’s broker registers the new port and goes on listening at the old one.',
    min: 3,
    max: 65535,
    important: true,
  }),
  workers: integerProperty(1, {
    meaning:
      'brokers of this configuration in one process, a thread each; the further ones are <brokerName>-w1, -w2 …, with ports 4, 8 … above and stores in worker-1, worker-2 … of the store folder',
    min: 1,
    max: 64,
    unlisted: true,
  }),
  healthPort: integerProperty(0, {
    meaning:
      'port of the HTTP pages /livez and /readyz, at bindAddress; 0: none. With workers they speak for all of them',
    min: 0,
    max: 65535,
    unlisted: true,
  }),
  ...logProperties,
  haListenPort: integerProperty(0, {
    meaning: 'replication port; 0: listenPort + 1',
    waits: 'Apache’s broker registers the new port and goes on listening at the old one.',
    min: 0,
    max: 65535,
  }),
  bindAddress: textProperty('0.0.0.0', {
    meaning: 'address the listening sockets are bound to; 0.0.0.0 and :: take every address, of both families',
    allowed: 'an address of this machine',
    whyNot: whyNotHost,
  }),
  brokerRole: choiceProperty(['ASYNC_MASTER', 'SYNC_MASTER', 'SLAVE'], 'ASYNC_MASTER', {
    meaning: 'SLAVE: it follows the master of its brokerName; SYNC_MASTER: sends wait for inSyncReplicas brokers',
    waits: 'Apache’s broker takes half of it at once: it would refuse sends as a slave and follow no master.',
    important: true,
  }),
  storePathRootDir: folderProperty({ meaning: 'store folder; default: ~/store', important: true }),
  rocketmqHome: optionalTextProperty({ meaning: 'installation folder' }),
  configBlackList: textProperty('configBlackList;brokerConfigPath', {
    meaning: 'properties that can not be changed over the network',
  }),
  regionId: textProperty('DefaultRegion', {
    meaning: 'sent to producers in every answer, kept with every message',
    change: 'live',
  }),
  traceOn: flagProperty(true, {
    meaning:
      'whether clients trace messages of this broker: sent to producers in every answer, kept with every message',
    change: 'live',
  }),
  registerNameServerPeriod: integerProperty(30000, {
    meaning: 'between registrations, kept within 10 to 60 s',
    unit: 'ms',
  }),
  registerBrokerTimeoutMills: integerProperty(24000, {
    meaning: 'wait for each name server',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  enableSplitRegistration: flagProperty(false, {
    meaning:
      'register splitRegistrationSize topics at a time; what does not fit into a frame is sent in parts in any case',
    change: 'live',
  }),
  splitRegistrationSize: integerProperty(800, {
    meaning: 'topics of one part of a registration, at least 2',
    min: 1,
    change: 'live',
  }),
  compressedRegister: flagProperty(false, {
    meaning: 'registrations are compressed; that form has no place for the order flag and sysFlag of topics',
    change: 'live',
  }),
  forceRegister: flagProperty(true, { meaning: 'the broker registers each period, changed or not', idle: true }),
  serverChannelMaxIdleTimeSeconds: integerProperty(120, {
    meaning: 'a connection without traffic for so long is closed',
    unit: 's',
    min: 1,
    change: 'live',
  }),
  aclEnable: notServedYet('access rules are applied'),
  authenticationEnabled: notServed('users and signatures are checked'),
  authorizationEnabled: notServed('permissions of users are checked'),
  enableDLegerCommitLog: notServedYet('the commit log is replicated by Raft'),
});
