import {
  isDeadLetterTopic,
  isRetryTopic,
  isSystemTopic,
  MESSAGE_TYPE_ATTRIBUTE,
  type TopicConfig,
} from '@rocketmq-ts/admin';
import { TOPIC_KINDS, type TopicKind } from '../api/index.ts';
import type { ClusterModel } from '../collect/model.ts';

/** Topics that brokers have of their own name and of their cluster's. Source: TopicConfigManager. */
export function ownTopics(model: ClusterModel): ReadonlySet<string> {
  const names = [...model.brokers.values()].flatMap(({ brokerName, clusterName }) => [brokerName, clusterName]);
  return new Set([...names, ...model.clusterNames().map((name) => `${name}_REPLY_TOPIC`)]);
}

/** What a topic is for, by its name, else by the first of its brokers that declares a type. */
export function topicKind(topic: string, configs: Iterable<TopicConfig>, own: ReadonlySet<string>): TopicKind {
  if (isRetryTopic(topic)) return 'RETRY';
  if (isDeadLetterTopic(topic)) return 'DLQ';
  if (isSystemTopic(topic) || own.has(topic)) return 'SYSTEM';
  for (const { attributes } of configs) {
    const declared = TOPIC_KINDS.find((kind) => kind === attributes[MESSAGE_TYPE_ATTRIBUTE]?.toUpperCase());
    if (declared !== undefined) return declared;
  }
  return 'UNSPECIFIED';
}
