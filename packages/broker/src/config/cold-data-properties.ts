import { configTable, flagProperty, integerProperty, percentProperty } from '@rocketmq-ts/kernel';
import { idleProperties } from './kinds.ts';

/** Limits of reads of messages that are too old for the memory of the machine. Source: BrokerConfig, MessageStoreConfig. */
export const coldDataProperties = configTable({
  coldDataFlowControlEnable: flagProperty(false, {
    meaning: 'count what groups read of old messages, and refuse or hold pulls for more than the thresholds',
    change: 'live',
  }),
  cgColdReadThreshold: integerProperty(3_145_728, {
    meaning: 'old messages that a group without a threshold of its own may read within five seconds',
    unit: 'bytes',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    change: 'live',
  }),
  globalColdReadThreshold: integerProperty(104_857_600, {
    meaning: 'old messages that all groups together may read within five seconds',
    unit: 'bytes',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    change: 'live',
  }),
  coldCtrStrategyEnable: flagProperty(false, {
    meaning: 'raise the threshold of a group that reaches it while all together read little, and lower it again',
    change: 'live',
  }),
  usePIDColdCtrStrategy: flagProperty(true, {
    meaning:
      'raise and lower by how the sum develops; false: raise at once, lower while the sum is above its threshold',
    change: 'live',
  }),
  accessMessageInMemoryHotRatio: percentProperty(26, {
    meaning: 'a message is old when more than this share of the physical memory was stored after it',
    change: 'live',
  }),
});

/** Source: MessageStoreConfig. */
export const idleColdDataProperties = idleProperties(
  'which pages of a file are in memory can not be asked from here: whatever is old by accessMessageInMemoryHotRatio counts',
  { coldDataScanEnable: false, sampleSteps: 32, timerColdDataCheckIntervalMs: 60_000 },
);

/** Source: MessageStoreConfig. */
export const readAheadProperties = idleProperties(
  'set by mqadmin setCommitLogReadAheadMode; files are read by position and not mapped, so there is no advice to give the system',
  { dataReadAheadEnable: true },
);
