import { configTable, flagProperty, integerProperty, optionalTextProperty, parseEndpoint } from '@rocketmq-ts/kernel';

/** How the log reaches slaves, and what sends wait for. Source: MessageStoreConfig. */
export const replicationProperties = configTable({
  haMasterAddress: optionalTextProperty({
    meaning:
      'the replication port of the master that a slave follows; default: name servers say it; of fewer than 6 characters it counts as not set',
    allowed: 'host:port',
    whyNot: (value) => (value.length < 6 || parseEndpoint(value) !== undefined ? undefined : ''),
    change: 'live',
  }),
  inSyncReplicas: integerProperty(1, {
    meaning:
      'SYNC_MASTER: brokers, this one included, that must hold a message before its send is answered; up to 1 nobody is waited for',
    change: 'live',
    important: true,
  }),
  minInSyncReplicas: integerProperty(1, {
    meaning: 'least number with enableAutoInSyncReplicas',
    change: 'live',
  }),
  enableAutoInSyncReplicas: flagProperty(false, {
    meaning:
      'with enableSlaveActingMaster: sends wait for as many brokers as are in sync, at most inSyncReplicas, at least minInSyncReplicas',
    change: 'live',
  }),
  haMaxGapNotInSync: integerProperty(268_435_456, {
    meaning: 'a slave that lacks so much is not in sync',
    unit: 'bytes',
    min: 0,
    change: 'live',
  }),
  haSlaveFallbehindMax: integerProperty(-1, {
    meaning:
      'property of 4.x: with SYNC_MASTER a send waits for any one slave; without a slave, or when all lack so much, it is stored and answered with SLAVE_NOT_AVAILABLE; -1: as 5.x',
    unit: 'bytes',
    min: -1,
    change: 'live',
    unlisted: true,
  }),
  haSendHeartbeatInterval: integerProperty(5000, {
    meaning: 'master and slave send a sign of life when they sent nothing else for so long',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  haHousekeepingInterval: integerProperty(20_000, {
    meaning: 'master and slave close a connection on which nothing came for so long',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  haTransferBatchSize: integerProperty(32_768, {
    meaning:
      "most bytes of the log in one frame; many frames are sent in one call, and Apache's slaves take up to 4 MiB",
    unit: 'bytes',
    min: 1,
    max: 4_000_000,
    change: 'live',
  }),
  slaveTruncateOnDivergence: flagProperty(false, {
    meaning:
      "a slave whose log has diverged from its master's cuts it where both part, and keeps the end in truncated-log; otherwise it says so and waits",
    change: 'live',
    unlisted: true,
  }),
  haFlowControlEnable: flagProperty(false, {
    meaning: 'each slave gets at most maxHaTransferByteInSecond',
    change: 'live',
  }),
  maxHaTransferByteInSecond: integerProperty(104_857_600, {
    meaning: 'with haFlowControlEnable, for each slave',
    unit: 'bytes/s',
    min: 1,
    change: 'live',
  }),
});
