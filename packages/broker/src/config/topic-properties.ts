import { configTable, flagProperty, integerProperty } from '@rocketmq-ts/kernel';
import { topicProperty } from './kinds.ts';

/** Topics, groups and who may use them. Source: BrokerConfig. */
export const topicProperties = configTable({
  brokerPermission: integerProperty(6, {
    meaning: 'what every topic keeps of its permission at the most: 4 read, 2 write',
    min: 0,
    max: 7,
    change: 'live',
    important: true,
  }),
  autoCreateTopicEnable: flagProperty(true, {
    meaning: 'unknown topics are created by the first send',
    change: 'live',
    important: true,
  }),
  autoCreateSubscriptionGroup: flagProperty(true, {
    meaning: 'unknown groups are created on first use',
    change: 'live',
    important: true,
  }),
  defaultTopicQueueNums: integerProperty(8, {
    meaning: 'queues of an auto-created topic at the most',
    min: 1,
    max: 65535,
  }),
  clusterTopicEnable: flagProperty(true, { meaning: 'a topic called as the cluster can be written' }),
  brokerTopicEnable: flagProperty(true, { meaning: 'a topic called as the broker can be written' }),
  traceTopicEnable: flagProperty(false, { meaning: 'make the trace topic, a system topic', change: 'live' }),
  msgTraceTopicName: topicProperty('RMQ_SYS_TRACE_TOPIC', { meaning: 'name of the trace topic' }),
  enableMixedMessageType: flagProperty(false, {
    meaning: 'topics of message.type MIXED may be made',
    change: 'live',
  }),
  forwardTimeout: integerProperty(3000, {
    meaning: 'how long another broker may take to answer for a queue of a static topic that it holds',
    unit: 'ms',
    min: 1,
    change: 'live',
  }),
  enableTopicMessageTypeCheck: flagProperty(false, {
    meaning:
      'refuse messages that are of another kind than message.type of their topic; a topic without it is for NORMAL ones',
    change: 'live',
    unlisted: true,
  }),
  validateSystemTopicWhenUpdateTopic: flagProperty(true, {
    meaning: 'refuse changes of system topics',
    change: 'live',
  }),
  notifyConsumerIdsChangedEnable: flagProperty(true, {
    meaning: 'notify the members of a group when others join or leave',
    change: 'live',
  }),
  channelExpiredTimeout: integerProperty(120000, {
    meaning: 'a client without heartbeat for so long is dropped',
    unit: 'ms',
    min: 1000,
  }),
  startAcceptSendRequestTimeStamp: integerProperty(0, {
    meaning: 'sends before this moment are refused',
    unit: 'ms',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    change: 'live',
  }),
});
