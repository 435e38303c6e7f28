import { Perm, type TopicConfig } from '@rocketmq-ts/admin';
import { hashOrder, javaMap } from '../../java-text.ts';

/** Source: TopicConfig#toString. */
export function topicConfigText(topic: TopicConfig): string {
  const attributes = hashOrder(Object.keys(topic.attributes)).map((key): [string, string] => [
    key,
    topic.attributes[key] ?? '',
  ]);
  return `TopicConfig [topicName=${topic.topicName}, readQueueNums=${topic.readQueueNums}, writeQueueNums=${topic.writeQueueNums}, perm=${Perm.toString(topic.perm)}, topicFilterType=${topic.topicFilterType}, topicSysFlag=${topic.topicSysFlag}, order=${topic.order}, attributes=${javaMap(attributes)}]`;
}
