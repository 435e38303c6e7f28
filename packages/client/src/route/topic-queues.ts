import { compareText } from '@rocketmq-ts/kernel';
import { MASTER_ID, type MessageQueue, Perm, type TopicRouteData } from '@rocketmq-ts/protocol';

/**
 * The queues to which a topic's messages are sent: the fixed list of an ordered topic, else all writable queues of brokers that
 * have a master, by broker name. Source: MQClientInstance#topicRouteData2TopicPublishInfo.
 */
export function writableQueues(topic: string, route: TopicRouteData): MessageQueue[] {
  const ordered = route.orderTopicConf;
  if (ordered !== undefined && ordered !== '') return orderedQueues(topic, ordered);
  const withMaster = new Set(
    route.brokerDatas.filter((broker) => broker.brokerAddrs.has(MASTER_ID)).map((broker) => broker.brokerName),
  );
  return [...route.queueDatas]
    .sort((left, right) => compareText(left.brokerName, right.brokerName))
    .filter((queues) => Perm.isWriteable(queues.perm) && withMaster.has(queues.brokerName))
    .flatMap((queues) => expand(topic, queues.brokerName, queues.writeQueueNums));
}

/** The queues from which a group reads: all readable ones, whether their broker has a master or not. Source: MQClientInstance#topicRouteData2TopicSubscribeInfo. */
export function readableQueues(topic: string, route: TopicRouteData): MessageQueue[] {
  return route.queueDatas
    .filter((queues) => Perm.isReadable(queues.perm))
    .flatMap((queues) => expand(topic, queues.brokerName, queues.readQueueNums));
}

/** `brokerA:4;brokerB:2`: queues in exactly this order, whatever the route has of them. */
function orderedQueues(topic: string, orderTopicConf: string): MessageQueue[] {
  return orderTopicConf.split(';').flatMap((part) => {
    const [brokerName, count] = part.split(':');
    return brokerName === undefined || count === undefined ? [] : expand(topic, brokerName, Number(count) || 0);
  });
}

function expand(topic: string, brokerName: string, count: number): MessageQueue[] {
  return Array.from({ length: count }, (_unused, queueId) => ({ topic, brokerName, queueId }));
}
