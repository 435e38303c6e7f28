import { decimalProperty } from '@rocketmq-ts/kernel';
import { idleNames, idleProperties } from './kinds.ts';

/** Source: MessageStoreConfig, BrokerConfig. */
export const rocksDbProperties = idleProperties('no RocksDB here: tables are files, queues are consume queue files', {
  bottomMostCompressionTypeForConsumeQueueStore: 'zstd',
  cleanRocksDBDirtyCQIntervalMin: 60,
  combineAssignOffsetCQType: 'default',
  combineCQEnableCheckSelf: false,
  combineCQLoadingCQTypes: 'default;defaultRocksDB',
  combineCQMaxExtraSearchCommitLogFiles: 3,
  combineCQPreferCQType: 'default',
  configManagerVersion: 'v1',
  enableRocksDBLog: false,
  indexRocksDBEnable: false,
  maxRocksDBIndexQueryDays: 7,
  memTableFlushIntervalMs: 3_600_000,
  realTimePersistRocksDBConfig: true,
  rocksdbCQDoubleWriteEnable: false,
  rocksdbCompressionType: 'lz4',
  rocksdbFlushWalFrequency: 1024,
  rocksdbWalFileRollingThreshold: 1_073_741_824,
  statRocksDBCQIntervalSec: 10,
  timerRocksDBEnable: false,
  timerRocksDBPrecisionMs: 1000,
  timerRocksDBRollIntervalHours: 1,
  timerRocksDBRollMaxTps: decimalProperty(8000, { meaning: '' }),
  timerRocksDBRollRangeHours: 2,
  timerRocksDBStopScan: false,
  timerRocksDBTimeExpiredMaxTps: decimalProperty(200000, { meaning: '' }),
  transRocksDBEnable: false,
  useSingleRocksDBForAllConfigs: false,
});

/** Source: BrokerConfig, MessageStoreConfig. */
export const idleReplicationProperties = idleProperties(
  'of broker containers, duplication and checks that this broker does otherwise',
  {
    duplicationEnable: false,
    isBrokerContainer: false,
    isInBrokerContainer: false,
    lockInStrictMode: false,
    maxChecksumRange: 1_073_741_824,
    maxSlaveResendLength: 268_435_456,
    putMessageTimeout: 8000,
    replicasPerDiskPartition: 1,
  },
);

/** Source: BrokerPreOnlineService#prepareForSlaveOnline, DefaultHAService#getRuntimeInfo. */
export const idleOffsetOfMaster = idleProperties(
  'what haStatus shows of the master until it has sent its first sign of life; nothing else is done with it',
  { syncMasterFlushOffsetWhenStartup: false },
);

/** Source: BrokerConfig, MessageStoreConfig. */
export const replicationNames = idleNames('no DLedger commit log here: controllers choose masters', [
  'dLegerGroup',
  'dLegerPeers',
  'dLegerSelfId',
  'preferredLeaderId',
  'readOnlyCommitLogStorePaths',
  'storePathDLedgerCommitLog',
]);
