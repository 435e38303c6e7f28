import type { JsonInput } from '../json/value.ts';
import { TOPIC_FILTER_TYPES } from '../model/consumer.ts';
import { createTopicConfig, type TopicConfig } from '../model/topic-config.ts';
import type { Members } from './members.ts';

/** Also the form of one entry of `topics.json`. Throws BAD_BODY. Source: TopicConfig. */
export function readTopicConfig(members: Members): TopicConfig {
  return createTopicConfig(members.text('topicName'), {
    readQueueNums: members.integer('readQueueNums', 16),
    writeQueueNums: members.integer('writeQueueNums', 16),
    perm: members.integer('perm', 6),
    topicFilterType: members.choice('topicFilterType', TOPIC_FILTER_TYPES, 'SINGLE_TAG'),
    topicSysFlag: members.integer('topicSysFlag', 0),
    order: members.flag('order', false),
    attributes: Object.fromEntries(members.textTable('attributes')),
  });
}

/** For the JSON writer. */
export function topicConfigJson(config: TopicConfig): { readonly [member: string]: JsonInput } {
  return {
    attributes: config.attributes,
    order: config.order,
    perm: config.perm,
    readQueueNums: config.readQueueNums,
    topicFilterType: config.topicFilterType,
    topicName: config.topicName,
    topicSysFlag: config.topicSysFlag,
    writeQueueNums: config.writeQueueNums,
  };
}
