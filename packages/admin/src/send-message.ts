import { localAddress, type Platform } from '@rocketmq-ts/kernel';
import {
  compareMessageQueues,
  DEFAULT_TOPIC_QUEUE_NUMS,
  formatMessageProperties,
  logicalQueues,
  MessageProperty,
  type MessageQueue,
  Perm,
  ResponseCode,
  routeFromTemplate,
  SEND_MESSAGE_V2,
  type SendStatus,
  SystemTopic,
  sendStatusByCode,
  staticQueuesOf,
  type TopicRouteData,
  UniqueKeyGenerator,
} from '@rocketmq-ts/protocol';
import { brokerAddress, type ClusterOperations, leaderOf } from './cluster.ts';
import { AdminError } from './errors.ts';
import type { Wire } from './wire.ts';

/** What an operator sends. */
interface MessageContent {
  readonly body: Uint8Array;
  readonly tags?: string | undefined;
  readonly keys?: string | undefined;
  /** Further properties; those of RocketMQ's own names count as such, also the unique key. */
  readonly properties?: ReadonlyMap<string, string> | undefined;
  /** Of the producer. Default 0. */
  readonly flag?: number | undefined;
  /** Default: a new one. */
  readonly uniqueKey?: string | undefined;
}

/** A message that an operator sends. */
interface OutgoingMessage extends MessageContent {
  readonly topic: string;
  readonly brokerName?: string | undefined;
  readonly queueId?: number | undefined;
}

/** Where a sent message is stored. */
export interface SendReceipt {
  readonly sendStatus: SendStatus;
  /** Unique key. */
  readonly msgId: string;
  readonly offsetMsgId: string;
  readonly queue: MessageQueue;
  readonly queueOffset: number;
  /** By which a delayed message can be recalled; undefined for others. */
  readonly recallHandle: string | undefined;
}

/** Sends to one topic, whose route was asked for once. */
export interface TopicSender {
  /** Those that may be written to, by broker name and number; of a static topic its logical ones. Source: MQClientInstance#topicRouteData2TopicPublishInfo. */
  readonly queues: readonly MessageQueue[];
  /** Without a queue each message takes the next one, from one drawn at the start. One try. */
  send(content: MessageContent, queue?: MessageQueue): Promise<SendReceipt>;
}

/** Sending as an operator. */
export interface SendOperations {
  /** Sends one message, to a queue that may be written when none is given. Fails with BAD_ARGUMENT for an empty body. Source: Validators#checkMessage. */
  sendMessage(message: OutgoingMessage): Promise<SendReceipt>;
  /** For several messages. Fails with response code 17 when there is no such topic and brokers do not create it. */
  topicSender(topic: string, producerGroup?: string): Promise<TopicSender>;
}

/** `SendOperations` over the wire. */
export function sendOperations(
  wire: Wire,
  cluster: ClusterOperations,
  platform: Pick<Platform, 'clock' | 'network' | 'random'>,
): SendOperations {
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

  async function send(
    route: TopicRouteData,
    queue: MessageQueue,
    content: MessageContent,
    producerGroup: string,
  ): Promise<SendReceipt> {
    if (content.body.length === 0) {
      throw new AdminError('BAD_ARGUMENT', 'the message body length is zero', {
        responseCode: ResponseCode.MESSAGE_ILLEGAL,
      });
    }
    const brokerName = leaderOf(route, queue);
    const address = brokerAddress(route, brokerName);
    const properties = propertiesOf(content, nextUniqueKey);
    const header = {
      producerGroup,
      topic: queue.topic,
      queueId: queue.queueId,
      bornTimestamp: platform.clock.now(),
      flag: content.flag ?? 0,
      properties: formatMessageProperties(properties),
      brokerName: queue.brokerName,
      // Apache's broker fails with a NullPointerException where one of these is missing.
      ...{ sysFlag: 0, reconsumeTimes: 0, unitMode: false, batch: false },
      ...{ defaultTopic: SystemTopic.AUTO_CREATE_TOPIC_KEY, defaultTopicQueueNums: DEFAULT_TOPIC_QUEUE_NUMS },
    };
    const options = { body: content.body, accept: [...sendStatusByCode.keys()] };
    const response = await wire.broker(address, SEND_MESSAGE_V2, header, options);
    return {
      sendStatus: sendStatusByCode.get(response.code) ?? 'SEND_OK',
      msgId: properties.get(MessageProperty.UNIQ_CLIENT_MESSAGE_ID)!,
      offsetMsgId: response.header.msgId,
      queue: { ...queue, brokerName, queueId: response.header.queueId },
      queueOffset: response.header.queueOffset,
      recallHandle: response.header.recallHandle,
    };
  }

  return {
    async sendMessage(message) {
      const route = await publishRoute(message.topic);
      const queue = chooseQueue(route, message, platform.random.below(0x7fff_ffff));
      return send(route, queue, message, String(platform.clock.now()));
    },

    async topicSender(topic, producerGroup = String(platform.clock.now())) {
      const route = await publishRoute(topic);
      const queues = writableQueues(topic, route).sort(compareMessageQueues);
      let next = platform.random.below(Math.max(1, queues.length));
      return {
        queues,
        async send(content, queue) {
          const chosen = queue ?? queues[next++ % queues.length];
          if (chosen === undefined) throw noQueue(topic, undefined);
          return send(route, chosen, content, producerGroup);
        },
      };
    },
  };
}

/** In the order of Apache's producer. */
function propertiesOf(content: MessageContent, nextUniqueKey: () => string): Map<string, string> {
  const { keys, tags, properties = new Map<string, string>() } = content;
  const uniqueKey = content.uniqueKey ?? properties.get(MessageProperty.UNIQ_CLIENT_MESSAGE_ID) ?? nextUniqueKey();
  return new Map([
    ...(keys === undefined ? [] : ([[MessageProperty.KEYS, keys]] as const)),
    [MessageProperty.UNIQ_CLIENT_MESSAGE_ID, uniqueKey],
    [MessageProperty.WAIT_STORE_MSG_OK, 'true'],
    ...(tags === undefined ? [] : ([[MessageProperty.TAGS, tags]] as const)),
    ...properties,
    [MessageProperty.UNIQ_CLIENT_MESSAGE_ID, uniqueKey],
  ]);
}

/** In the order of the route; of a static topic the logical ones that a broker leads. */
function writableQueues(topic: string, route: TopicRouteData): MessageQueue[] {
  const logical = staticQueuesOf(topic, route);
  if (logical !== undefined && logical.size > 0)
    return logicalQueues(topic, logical).filter(({ brokerName, queueId }) => logical.get(brokerName)?.get(queueId));
  return route.queueDatas
    .filter(({ perm }) => Perm.isWriteable(perm))
    .flatMap(({ brokerName, writeQueueNums }) =>
      Array.from({ length: writeQueueNums }, (_, queueId): MessageQueue => ({ topic, brokerName, queueId })),
    );
}

/** The queue that the caller wants, or one of those that may be written to, by `draw`. */
function chooseQueue(route: TopicRouteData, wanted: OutgoingMessage, draw: number): MessageQueue {
  const { topic, brokerName, queueId } = wanted;
  if (brokerName !== undefined && queueId !== undefined) return { topic, brokerName, queueId };
  const queues = writableQueues(topic, route).filter(
    (one) => brokerName === undefined || one.brokerName === brokerName || leaderOf(route, one) === brokerName,
  );
  const chosen = queues[draw % Math.max(1, queues.length)];
  if (chosen === undefined) throw noQueue(topic, brokerName);
  return chosen;
}

function noQueue(topic: string, brokerName: string | undefined): AdminError {
  const where = brokerName === undefined ? '' : ` on broker ${brokerName}`;
  return new AdminError('NO_BROKER', `topic ${topic} has no queue that may be written to${where}`);
}
