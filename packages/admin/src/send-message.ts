import { localAddress, type Platform } from '@rocketmq-ts/kernel';
import {
  DEFAULT_TOPIC_QUEUE_NUMS,
  formatMessageProperties,
  MessageProperty,
  type MessageQueue,
  Perm,
  ResponseCode,
  routeFromTemplate,
  SEND_MESSAGE_V2,
  type SendStatus,
  SystemTopic,
  sendStatusByCode,
  type TopicRouteData,
  UniqueKeyGenerator,
} from '@rocketmq-ts/protocol';
import { brokerAddress, type ClusterOperations } from './cluster.ts';
import { AdminError } from './errors.ts';
import type { Wire } from './wire.ts';

/** A message that an operator sends. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly tags?: string | undefined;
  readonly keys?: string | undefined;
  readonly brokerName?: string | undefined;
  readonly queueId?: number | undefined;
  /** Further properties, in this order; those of RocketMQ's own names count as such. */
  readonly properties?: ReadonlyMap<string, string> | undefined;
  /** Of the producer. Default 0. */
  readonly flag?: number | undefined;
  /** Default: a new one. */
  readonly uniqueKey?: string | undefined;
}

/** Where a sent message is stored. */
export interface SendReceipt {
  readonly sendStatus: SendStatus;
  /** Unique key. */
  readonly msgId: string;
  readonly offsetMsgId: string;
  readonly queue: MessageQueue;
  readonly queueOffset: number;
}

/** Sends single messages: `MessageOperations.sendMessage`. */
export function messageSender(
  wire: Wire,
  cluster: ClusterOperations,
  platform: Pick<Platform, 'clock' | 'network' | 'random'>,
): (message: OutgoingMessage) => Promise<SendReceipt> {
  let keys: UniqueKeyGenerator | undefined;

  function nextUniqueKey(): string {
    keys ??= new UniqueKeyGenerator({
      clock: platform.clock,
      random: platform.random,
      address: localAddress(platform.network),
    });
    return keys.next();
  }

  /** Brokers that create topics by themselves are found by the template topic. Source: MQClientInstance. */
  async function publishRoute(topic: string): Promise<TopicRouteData> {
    try {
      return await cluster.examineTopicRoute(topic);
    } catch (missing) {
      if (!(missing instanceof AdminError) || missing.responseCode !== ResponseCode.TOPIC_NOT_EXIST) throw missing;
      try {
        const template = await cluster.examineTopicRoute(SystemTopic.AUTO_CREATE_TOPIC_KEY);
        return routeFromTemplate(template, DEFAULT_TOPIC_QUEUE_NUMS);
      } catch {
        throw missing;
      }
    }
  }

  return async (message) => {
    const { topic } = message;
    const route = await publishRoute(topic);
    const queue = chooseQueue(route, message, platform.random.below(0x7fff_ffff));
    const address = brokerAddress(route, queue.brokerName);
    const uniqueKey = message.uniqueKey ?? nextUniqueKey();
    const properties: [string, string][] = [
      ...(message.keys === undefined ? [] : ([[MessageProperty.KEYS, message.keys]] as [string, string][])),
      [MessageProperty.UNIQ_CLIENT_MESSAGE_ID, uniqueKey],
      [MessageProperty.WAIT_STORE_MSG_OK, 'true'],
      ...(message.tags === undefined ? [] : ([[MessageProperty.TAGS, message.tags]] as [string, string][])),
      ...(message.properties ?? []),
    ];
    const header = {
      producerGroup: String(platform.clock.now()),
      topic,
      queueId: queue.queueId,
      flag: message.flag ?? 0,
      bornTimestamp: platform.clock.now(),
      properties: formatMessageProperties(properties),
      brokerName: queue.brokerName,
    };
    const options = { body: message.body, accept: [...sendStatusByCode.keys()] };
    const response = await wire.broker(address, SEND_MESSAGE_V2, header, options);
    return {
      sendStatus: sendStatusByCode.get(response.code) ?? 'SEND_OK',
      msgId: uniqueKey,
      offsetMsgId: response.header.msgId,
      queue: { ...queue, queueId: response.header.queueId },
      queueOffset: response.header.queueOffset,
    };
  };
}

/** The queue that the caller wants, or one of those that may be written to, by `draw`. */
function chooseQueue(route: TopicRouteData, wanted: OutgoingMessage, draw: number): MessageQueue {
  const { topic, brokerName, queueId } = wanted;
  if (brokerName !== undefined && queueId !== undefined) return { topic, brokerName, queueId };
  const queues = route.queueDatas
    .filter((data) => Perm.isWriteable(data.perm) && (brokerName === undefined || data.brokerName === brokerName))
    .flatMap((data) => Array.from({ length: data.writeQueueNums }, (_, id) => ({ brokerName: data.brokerName, id })));
  const chosen = queues[draw % Math.max(1, queues.length)];
  if (chosen === undefined) {
    const where = brokerName === undefined ? '' : ` on broker ${brokerName}`;
    throw new AdminError('NO_BROKER', `topic ${topic} has no queue that may be written to${where}`);
  }
  return { topic, brokerName: chosen.brokerName, queueId: chosen.id };
}
