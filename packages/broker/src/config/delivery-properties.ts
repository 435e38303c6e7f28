import { configTable, flagProperty, integerProperty, percentProperty } from '@rocketmq-ts/kernel';
import { delayLevelsProperty } from './kinds.ts';

/** What pulls get, progress, delayed messages, and what is counted of them. Source: BrokerConfig, MessageStoreConfig. */
export const deliveryProperties = configTable({
  longPollingEnable: flagProperty(true, {
    meaning: 'hold a pull that finds nothing for as long as it asks',
    change: 'live',
  }),
  shortPollingTimeMills: integerProperty(1000, {
    meaning: 'hold time when long polling is off',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  litePullMessageEnable: flagProperty(true, {
    meaning: 'serve the pulls of lite pull consumers',
    change: 'live',
  }),
  rejectPullConsumerEnable: flagProperty(false, {
    meaning: 'refuse pulls of groups that do not register the connection by heartbeats',
    change: 'live',
  }),
  useServerSideResetOffset: flagProperty(true, {
    meaning: 'a reset of offsets moves the group at the broker; false: its members are asked to move it',
    change: 'live',
  }),
  flushConsumerOffsetInterval: integerProperty(5000, {
    meaning: 'between saves of consumerOffset.json',
    unit: 'ms',
    min: 100,
  }),
  maxMsgsNumBatch: integerProperty(64, { meaning: 'messages of an answer to a query by key', min: 1, change: 'live' }),
  defaultQueryMaxNum: integerProperty(32, {
    meaning: 'messages of an answer to a query by unique key',
    min: 1,
    change: 'live',
  }),
  accessMessageInMemoryMaxRatio: percentProperty(40, {
    meaning:
      'share of the physical memory that counts as page cache: a consumer that is farther behind starts from the disk',
    change: 'live',
  }),
  messageDelayLevel: delayLevelsProperty('1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h', {
    meaning: 'delay of each level',
  }),
  flushDelayOffsetInterval: integerProperty(10000, {
    meaning: 'between saves of delayOffset.json',
    unit: 'ms',
    min: 100,
  }),
  enableScheduleMessageStats: flagProperty(true, {
    meaning: 'deliveries of delayed messages are counted',
    change: 'live',
  }),
  storeReplyMessageEnable: flagProperty(true, {
    meaning: 'replies of request and reply are also stored, in the topic <cluster>_REPLY_TOPIC',
    change: 'live',
  }),
  replyThreadPoolQueueCapacity: integerProperty(10000, {
    meaning: 'replies that wait for their requesters at a time; further ones are refused',
    min: 1,
    change: 'live',
  }),
  maxStatsIdleTimeInMinutes: integerProperty(-1, {
    meaning: 'counters of topics and groups that rest so long are dropped; negative: never, 0 to 10: 30',
    unit: 'min',
    change: 'live',
  }),
});
