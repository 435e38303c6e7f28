import { PullSysFlag } from '@rocketmq-ts/protocol';

/** The fields that a Java producer sends with every message, beside the topic. */
export const SEND_FIELDS = {
  producerGroup: 'PG',
  defaultTopic: 'TBW102',
  defaultTopicQueueNums: 4,
  queueId: 0,
  sysFlag: 0,
  bornTimestamp: 1_700_000_000_000,
  flag: 0,
  properties: '',
  reconsumeTimes: 0,
  unitMode: false,
  batch: false,
} as const;

/** A pull of all messages of a queue from its start on that does not wait for new ones, beside the topic. */
export const PULL_FIELDS = {
  consumerGroup: 'G',
  queueId: 0,
  queueOffset: 0,
  maxMsgNums: 32,
  sysFlag: PullSysFlag.SUBSCRIPTION,
  commitOffset: 0,
  suspendTimeoutMillis: 0,
  subscription: '*',
  subVersion: 0,
  expressionType: 'TAG',
} as const;
