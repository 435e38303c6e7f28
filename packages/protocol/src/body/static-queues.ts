import { compareText } from '@rocketmq-ts/kernel';
import type { MessageQueue } from '../model/message-queue.ts';
import { STATIC_BROKER_PREFIX, staticBrokerName } from './queue-mapping.ts';
import type { TopicRouteData } from './route.ts';

/** True for a queue whose broker has to be looked up. */
export function isStaticQueue({ brokerName }: Pick<MessageQueue, 'brokerName'>): boolean {
  return brokerName.startsWith(STATIC_BROKER_PREFIX);
}

/** The brokers that take the messages of the queues of a static topic, by queue; undefined for another topic. */
export type StaticQueues = ReadonlyMap<string, ReadonlyMap<number, string>>;

/**
 * Of several brokers that say they have a queue, that with the highest epoch has it. A queue that nobody has is there without
 * a broker. Source: ClientMetadata#topicRouteData2EndpointsForStaticTopic.
 */
export function staticQueuesOf(topic: string, route: TopicRouteData): StaticQueues | undefined {
  const { orderTopicConf, topicQueueMappingByBroker } = route;
  if (topicQueueMappingByBroker === undefined || topicQueueMappingByBroker.size === 0) return undefined;
  if (orderTopicConf !== undefined && orderTopicConf !== '') return undefined;
  const queues = new Map<string, Map<number, string>>();
  const mappings = [...topicQueueMappingByBroker].filter(([, info]) => info.topic === topic);
  for (const [brokerName, info] of mappings.sort(([, left], [, right]) => left.epoch - right.epoch)) {
    const { scope, totalQueues, currIdMap } = info;
    const name = staticBrokerName(scope);
    const ofScope = queues.get(name) ?? new Map<number, string>();
    queues.set(name, ofScope);
    for (let id = 0; id < totalQueues; id++) if (!ofScope.has(id)) ofScope.set(id, '');
    for (const id of currIdMap.keys()) ofScope.set(id, brokerName);
  }
  return queues;
}

/** The queues as producers and consumers see them, by their ids. */
export function logicalQueues(topic: string, queues: StaticQueues): MessageQueue[] {
  return [...queues]
    .sort(([left], [right]) => compareText(left, right))
    .flatMap(([brokerName, ids]) =>
      [...ids.keys()].sort((left, right) => left - right).map((queueId) => ({ topic, brokerName, queueId })),
    );
}
