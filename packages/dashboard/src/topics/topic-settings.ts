import type { TopicConfig } from '@rocketmq-ts/admin';
import type { TopicSettings } from '../api/index.ts';

/** Settings of a topic as they are shown. */
export function topicSettings(config: TopicConfig): TopicSettings {
  return {
    readQueues: config.readQueueNums,
    writeQueues: config.writeQueueNums,
    perm: config.perm,
    order: config.order,
    filterType: config.topicFilterType,
    sysFlag: config.topicSysFlag,
    attributes: config.attributes,
  };
}
