/** Topics and groups that RocketMQ uses itself, and the rules for the names of all others. */

/** Broker id of a master; slaves have higher ones. Source: MixAll#MASTER_ID. */
export const MASTER_ID = 0;

/** Source: TopicValidator. */
export const SystemTopic = {
  /** Template of auto-created topics. */
  AUTO_CREATE_TOPIC_KEY: 'TBW102',
  SCHEDULE: 'SCHEDULE_TOPIC_XXXX',
  BENCHMARK: 'BenchmarkTest',
  TRANS_HALF: 'RMQ_SYS_TRANS_HALF_TOPIC',
  TRANS_OP_HALF: 'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  TRANS_CHECK_MAX_TIME: 'TRANS_CHECK_MAX_TIME_TOPIC',
  TRACE: 'RMQ_SYS_TRACE_TOPIC',
  SELF_TEST: 'SELF_TEST_TOPIC',
  OFFSET_MOVED_EVENT: 'OFFSET_MOVED_EVENT',
  CHECKPOINT: 'CHECKPOINT_TOPIC',
  ROCKSDB_TRANS_HALF: 'RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC',
  ROCKSDB_TRANS_OP_HALF: 'RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC',
  WHEEL_TIMER: 'rmq_sys_wheel_timer',
} as const;

/** Every topic that starts so is a system topic. Source: TopicValidator. */
const SYSTEM_TOPIC_PREFIX = 'rmq_sys_';
/** Before a group's name: its retry topic. */
export const RETRY_TOPIC_PREFIX = '%RETRY%';
/** Before a group's name: its dead letter topic. */
export const DLQ_TOPIC_PREFIX = '%DLQ%';
/** Light message queues. */
export const LMQ_PREFIX = '%LMQ%';
/** Before a cluster's name: checkpoints of popped messages. */
export const REVIVE_TOPIC_PREFIX = 'rmq_sys_REVIVE_LOG_';
/** Before a broker's name. */
export const SYNC_BROKER_MEMBER_TOPIC_PREFIX = 'rmq_sys_SYNC_BROKER_MEMBER_';
/** Behind a cluster's name and `_`: replies. */
const REPLY_TOPIC_POSTFIX = 'REPLY_TOPIC';
/** Groups of the broker itself. */
const SYSTEM_GROUP_PREFIX = 'CID_RMQ_SYS_';

/** Groups that exist on every broker. Source: MixAll, SubscriptionGroupManager#init. */
export const SystemGroup = {
  TOOLS_CONSUMER: 'TOOLS_CONSUMER',
  FILTERSRV_CONSUMER: 'FILTERSRV_CONSUMER',
  SELF_TEST_CONSUMER: 'SELF_TEST_C_GROUP',
  ONS_HTTP_PROXY: 'CID_ONS-HTTP-PROXY',
  ONSAPI_PULL: 'CID_ONSAPI_PULL',
  ONSAPI_PERMISSION: 'CID_ONSAPI_PERMISSION',
  ONSAPI_OWNER: 'CID_ONSAPI_OWNER',
  SYS_TRANS: 'CID_RMQ_SYS_TRANS',
} as const;

/** Group of producers without a name of their own. */
export const DEFAULT_PRODUCER_GROUP = 'DEFAULT_PRODUCER';
/** Refused by consumers at start: all users would share it. */
export const DEFAULT_CONSUMER_GROUP = 'DEFAULT_CONSUMER';
/** Producer inside each client, for messages sent back. */
export const CLIENT_INNER_PRODUCER_GROUP = 'CLIENT_INNER_PRODUCER';

/** `%RETRY%group`: where failed messages of a group wait for their next try. */
export function retryTopic(group: string): string {
  return RETRY_TOPIC_PREFIX + group;
}

/**
 * Topics of the messages of one topic that pop consumers of a group have not acknowledged in time, in the form of today and
 * in the one with `enableRetryTopicV2`; one of the two exists once there was such a message. Source: KeyBuilder#buildPopRetryTopic.
 */
export function popRetryTopics(group: string, topic: string): readonly [string, string] {
  return [`${retryTopic(group)}_${topic}`, `${retryTopic(group)}+${topic}`];
}

/** The group of a retry topic; also of one of pop consumers in its form since `enableRetryTopicV2`. Source: KeyBuilder#parseGroup. */
export function groupOfRetryTopic(topic: string): string {
  const group = topic.slice(RETRY_TOPIC_PREFIX.length);
  const end = group.indexOf('+');
  return end < 0 ? group : group.slice(0, end);
}

/** `%DLQ%group`: where messages of a group go that failed too often. */
export function deadLetterTopic(group: string): string {
  return DLQ_TOPIC_PREFIX + group;
}

/** True for `%RETRY%…`. */
export function isRetryTopic(topic: string): boolean {
  return topic.startsWith(RETRY_TOPIC_PREFIX);
}

/** True for `%DLQ%…`. */
export function isDeadLetterTopic(topic: string): boolean {
  return topic.startsWith(DLQ_TOPIC_PREFIX);
}

/** `cluster_REPLY_TOPIC`: where replies of request-reply messages are kept. Source: MixAll#getReplyTopic. */
export function replyTopic(clusterName: string): string {
  return `${clusterName}_${REPLY_TOPIC_POSTFIX}`;
}

const systemTopics = new Set<string>([
  SystemTopic.AUTO_CREATE_TOPIC_KEY,
  SystemTopic.SCHEDULE,
  SystemTopic.BENCHMARK,
  SystemTopic.TRANS_HALF,
  SystemTopic.TRACE,
  SystemTopic.TRANS_OP_HALF,
  SystemTopic.TRANS_CHECK_MAX_TIME,
  SystemTopic.SELF_TEST,
  SystemTopic.OFFSET_MOVED_EVENT,
  SystemTopic.CHECKPOINT,
  SystemTopic.ROCKSDB_TRANS_HALF,
  SystemTopic.ROCKSDB_TRANS_OP_HALF,
]);

/** Topics that are system topics under every configuration; a broker adds its cluster's, its own name's and others. */
export const SYSTEM_TOPICS: ReadonlySet<string> = systemTopics;

const forbiddenToSend = new Set<string>([
  SystemTopic.SCHEDULE,
  SystemTopic.TRANS_HALF,
  SystemTopic.TRANS_OP_HALF,
  SystemTopic.TRANS_CHECK_MAX_TIME,
  SystemTopic.SELF_TEST,
  SystemTopic.OFFSET_MOVED_EVENT,
  SystemTopic.ROCKSDB_TRANS_HALF,
  SystemTopic.ROCKSDB_TRANS_OP_HALF,
]);

/** True for the fixed system topics and everything that starts with `rmq_sys_`. Source: TopicValidator#isSystemTopic. */
export function isSystemTopic(topic: string): boolean {
  return systemTopics.has(topic) || topic.startsWith(SYSTEM_TOPIC_PREFIX);
}

/** True for topics to which no client may send. Source: TopicValidator#isNotAllowedSendTopic. */
export function isForbiddenToSend(topic: string): boolean {
  return forbiddenToSend.has(topic);
}

const systemGroups = new Set<string>(Object.values(SystemGroup));

/** True for `CID_RMQ_SYS_…`. Source: MixAll#isSysConsumerGroup. */
export function isSystemGroup(group: string): boolean {
  return group.startsWith(SYSTEM_GROUP_PREFIX);
}

/** True for groups that a broker creates by itself. Source: MixAll#isPredefinedGroup. */
export function isPredefinedGroup(group: string): boolean {
  return systemGroups.has(group);
}

/** Longest topic name, in UTF-16 units; all legal characters are ASCII, so also in bytes. */
export const TOPIC_MAX_LENGTH = 127;
/** The same for retry and dead letter topics: they hold a group name after their prefix. */
const RETRY_OR_DLQ_TOPIC_MAX_LENGTH = 255;
/** Longest group name; up to 5.3.3 it was 255. */
const GROUP_MAX_LENGTH = 120;

const LEGAL_PATTERN = '^[%|a-zA-Z0-9_-]+$';
const legalName = /^[%|a-zA-Z0-9_-]+$/;

/** Undefined when a topic may be called so, else the reason in the broker's words. Source: TopicValidator#validateTopic. */
export function validateTopic(topic: string): string | undefined {
  if (isBlank(topic)) return 'The specified topic is blank.';
  if (!legalName.test(topic)) {
    return `The specified topic: ${topic}, contains illegal characters, allowing only ${LEGAL_PATTERN}`;
  }
  if (isRetryTopic(topic) || isDeadLetterTopic(topic)) {
    if (topic.length <= RETRY_OR_DLQ_TOPIC_MAX_LENGTH) return undefined;
    return `The specified topic is DLQ or Retry topic: ${topic}, and it's longer than topic max length: ${RETRY_OR_DLQ_TOPIC_MAX_LENGTH}`;
  }
  if (topic.length <= TOPIC_MAX_LENGTH) return undefined;
  return `The specified topic: ${topic}, is longer than topic max length: ${TOPIC_MAX_LENGTH}`;
}

/** Undefined when a group may be called so, else the reason in the broker's words. Source: TopicValidator#validateGroup. */
export function validateGroup(group: string): string | undefined {
  if (isBlank(group)) return 'The specified group is blank.';
  if (!legalName.test(group)) {
    return `The specified group: ${group}, contains illegal characters, allowing only ${LEGAL_PATTERN}`;
  }
  if (group.length <= GROUP_MAX_LENGTH) return undefined;
  return `The specified group: ${group}, is longer than group max length: ${GROUP_MAX_LENGTH}`;
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}
