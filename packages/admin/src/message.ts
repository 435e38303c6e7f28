import { formatEndpoint, localAddress, type Platform } from '@rocketmq-ts/kernel';
import {
  appendProperty,
  CONSUME_MESSAGE_DIRECTLY,
  type ConsumeMessageDirectlyResult,
  DEFAULT_TOPIC_QUEUE_NUMS,
  decodeConsumeMessageDirectlyResult,
  decodeReadableMessages,
  formatMessageProperties,
  MessageProperty,
  type MessageQueue,
  type MessageView,
  Perm,
  ProtocolError,
  PULL_MESSAGE,
  PullSysFlag,
  parseOffsetMessageId,
  QUERY_MESSAGE,
  ResponseCode,
  routeFromTemplate,
  SEND_MESSAGE_V2,
  type SendStatus,
  SystemGroup,
  SystemTopic,
  sendStatusByCode,
  type TopicRouteData,
  UniqueKeyGenerator,
  VIEW_MESSAGE_BY_ID,
} from '@rocketmq-ts/protocol';
import { type ClusterOperations, routeAddresses, selectBrokerAddress } from './cluster.ts';
import { AdminError } from './errors.ts';
import type { Wire } from './wire.ts';

/** Single messages: look at them, send one. */
export interface MessageOperations {
  /** By offset message id, or by the unique key that its producer made. Fails with response code 208 when it is not there. */
  viewMessage(topic: string, id: string): Promise<MessageView>;
  /** Messages with an index key, from every broker of the topic, oldest first. Fails with response code 208 when there is none. */
  queryMessage(query: MessageQuery): Promise<MessageView[]>;
  /** The message at a queue offset; undefined when there is none. */
  messageAt(queue: MessageQueue, queueOffset: number): Promise<MessageView | undefined>;
  /** Has a push consumer handle a stored message now; the broker that stores it relays. */
  consumeMessageDirectly(group: string, clientId: string, message: MessageView): Promise<ConsumeMessageDirectlyResult>;
  /** Sends one message, to a queue that may be written when none is given. */
  sendMessage(message: OutgoingMessage): Promise<SendReceipt>;
}

export interface MessageQuery {
  readonly topic: string;
  readonly key: string;
  readonly maxNum?: number;
  readonly beginTimestampMs?: number;
  readonly endTimestampMs?: number;
  /** The key is a producer's unique key and not one of the message's keys. */
  readonly unique?: boolean;
  /** The key is a message's tag, by which brokers from 5.4.0 on find it. */
  readonly tag?: boolean;
}

export interface OutgoingMessage {
  readonly topic: string;
  readonly body: Uint8Array;
  readonly tags?: string | undefined;
  readonly keys?: string | undefined;
  readonly brokerName?: string | undefined;
  readonly queueId?: number | undefined;
}

interface SendReceipt {
  readonly sendStatus: SendStatus;
  /** Unique key. */
  readonly msgId: string;
  readonly offsetMsgId: string;
  readonly queue: MessageQueue;
  readonly queueOffset: number;
}

const NOTHING_PULLED = [
  ResponseCode.PULL_NOT_FOUND,
  ResponseCode.PULL_RETRY_IMMEDIATELY,
  ResponseCode.PULL_OFFSET_MOVED,
];

export function messageOperations(
  wire: Wire,
  cluster: ClusterOperations,
  platform: Pick<Platform, 'clock' | 'network' | 'random'>,
): MessageOperations {
  let keys: UniqueKeyGenerator | undefined;

  function nextUniqueKey(): string {
    keys ??= new UniqueKeyGenerator({
      clock: platform.clock,
      random: platform.random,
      address: localAddress(platform.network),
    });
    return keys.next();
  }

  async function viewByOffset(topic: string, id: string): Promise<MessageView | undefined> {
    try {
      const { storeHost, physicalOffset } = parseOffsetMessageId(id);
      const header = { topic, offset: physicalOffset };
      const response = await wire.broker(formatEndpoint(storeHost), VIEW_MESSAGE_BY_ID, header);
      return readMessages(response.body)[0];
    } catch (error) {
      // Read as an offset id, a unique key has an address without a broker, or an offset without a record.
      if (error instanceof AdminError || error instanceof ProtocolError) return undefined;
      throw error;
    }
  }

  async function queryMessage(query: MessageQuery): Promise<MessageView[]> {
    const found: MessageView[] = [];
    for (const { address } of routeAddresses(await cluster.examineTopicRoute(query.topic))) {
      const unique = query.unique === true;
      const header = {
        topic: query.topic,
        key: query.key,
        maxNum: query.maxNum ?? 32,
        beginTimestamp: query.beginTimestampMs ?? 0,
        endTimestamp: query.endTimestampMs ?? Number.MAX_SAFE_INTEGER,
        indexType: unique ? 'U' : query.tag === true ? 'T' : 'K',
        uniqueKeyQuery: unique ? true : undefined,
      };
      const response = await wire.broker(address, QUERY_MESSAGE, header, { accept: [ResponseCode.QUERY_NOT_FOUND] });
      if (response.code !== ResponseCode.SUCCESS) continue;
      // The index is by hash, so it may find others too.
      const exact = (message: MessageView): boolean =>
        unique
          ? message.uniqueKey === query.key
          : query.tag === true
            ? message.tags === query.key
            : message.keys.includes(query.key);
      found.push(...readMessages(response.body).filter(exact));
    }
    if (found.length === 0) {
      throw new AdminError('REFUSED', 'query message by key finished, but no message.', {
        responseCode: ResponseCode.NO_MESSAGE,
      });
    }
    return found.sort((a, b) => a.storeTimestamp - b.storeTimestamp);
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

  return {
    queryMessage,

    async viewMessage(topic, id) {
      const byOffset = await viewByOffset(topic, id);
      if (byOffset !== undefined) return byOffset;
      const [message] = await queryMessage({ topic, key: id, unique: true });
      return message!;
    },

    async messageAt(queue, queueOffset) {
      const address = addressOf(await cluster.examineTopicRoute(queue.topic), queue.brokerName);
      const header = {
        consumerGroup: SystemGroup.TOOLS_CONSUMER,
        topic: queue.topic,
        queueId: queue.queueId,
        queueOffset,
        maxMsgNums: 1,
        sysFlag: PullSysFlag.SUBSCRIPTION,
        commitOffset: 0,
        suspendTimeoutMillis: 20_000,
        subscription: '*',
        subVersion: 0,
        expressionType: 'TAG',
      };
      const response = await wire.broker(address, PULL_MESSAGE, header, { accept: NOTHING_PULLED });
      if (response.code !== ResponseCode.SUCCESS) return undefined;
      const { minOffset, maxOffset } = response.header;
      const message = readMessages(response.body)[0];
      return message && withQueueRange(message, minOffset, maxOffset);
    },

    async consumeMessageDirectly(consumerGroup, clientId, message) {
      const address = formatEndpoint(message.storeHost);
      const header = { consumerGroup, clientId, msgId: message.offsetMsgId, topic: message.topic };
      const options = { timeoutMs: wire.timeoutMs * 3 };
      const response = await wire.broker(address, CONSUME_MESSAGE_DIRECTLY, header, options);
      return decodeConsumeMessageDirectlyResult(response.body);
    },

    async sendMessage(message) {
      const { topic } = message;
      const route = await publishRoute(topic);
      const queue = chooseQueue(route, message, platform.random.below(0x7fff_ffff));
      const address = addressOf(route, queue.brokerName);
      const uniqueKey = nextUniqueKey();
      const properties: [string, string][] = [
        ...(message.keys === undefined ? [] : ([[MessageProperty.KEYS, message.keys]] as [string, string][])),
        [MessageProperty.UNIQ_CLIENT_MESSAGE_ID, uniqueKey],
        [MessageProperty.WAIT_STORE_MSG_OK, 'true'],
        ...(message.tags === undefined ? [] : ([[MessageProperty.TAGS, message.tags]] as [string, string][])),
      ];
      const header = {
        producerGroup: String(platform.clock.now()),
        topic,
        queueId: queue.queueId,
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
    },
  };
}

/** The messages of an answer; one whose body cannot be inflated has it as it is stored. Throws BAD_MESSAGE. */
function readMessages(body: Buffer): MessageView[] {
  return decodeReadableMessages(body, (fault, message) => {
    if (message === undefined) throw fault;
  });
}

/** A pulled message has the range of its queue among its properties. Source: PullAPIWrapper#processPullResult. */
function withQueueRange(message: MessageView, minOffset: number, maxOffset: number): MessageView {
  const withMin = appendProperty(message.propertiesText, MessageProperty.MIN_OFFSET, String(minOffset));
  return message.with({ propertiesText: appendProperty(withMin, MessageProperty.MAX_OFFSET, String(maxOffset)) });
}

function addressOf(route: TopicRouteData, brokerName: string): string {
  const broker = route.brokerDatas.find((one) => one.brokerName === brokerName);
  const address = broker && selectBrokerAddress(broker);
  if (address === undefined) throw new AdminError('NO_BROKER', `The broker[${brokerName}] not exist`);
  return address;
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
