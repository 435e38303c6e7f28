import { formatEndpoint, type Platform } from '@rocketmq-ts/kernel';
import {
  appendProperty,
  CONSUME_MESSAGE_DIRECTLY,
  type ConsumeMessageDirectlyResult,
  decodeConsumeMessageDirectlyResult,
  MessageProperty,
  type MessageQueue,
  type MessageView,
  ProtocolError,
  PULL_MESSAGE,
  PullSysFlag,
  parseOffsetMessageId,
  ResponseCode,
  SystemGroup,
  VIEW_MESSAGE_BY_ID,
} from '@rocketmq-ts/protocol';
import { brokerAddress, type ClusterOperations, routeAddresses } from './cluster.ts';
import { AdminError } from './errors.ts';
import { type MessageQuery, queryMessageInBroker, readableMessages } from './message-reads.ts';
import { messageSender, type OutgoingMessage, type SendReceipt } from './send-message.ts';
import { LONG_TIMEOUT_MS, type Wire } from './wire.ts';

/** Single messages: look at them, send one. */
export interface MessageOperations {
  /** By offset message id, or by the unique key that its producer made. Fails with response code 208 when it is not there. */
  viewMessage(topic: string, id: string): Promise<MessageView>;
  /** Messages with an index key, from every broker of the topic, oldest first. Fails with response code 208 when there is none. */
  queryMessage(query: MessageQuery): Promise<MessageView[]>;
  /** The message at a queue offset; undefined when there is none. */
  messageAt(queue: MessageQueue, queueOffset: number): Promise<MessageView | undefined>;
  /** Has a push consumer handle a stored message now; the broker that stores it relays. `address`: where that one is, if not at its store host. */
  consumeMessageDirectly(
    group: string,
    clientId: string,
    message: MessageView,
    address?: string,
  ): Promise<ConsumeMessageDirectlyResult>;
  /** Sends one message, to a queue that may be written when none is given. */
  sendMessage(message: OutgoingMessage): Promise<SendReceipt>;
}

const NOTHING_PULLED = [
  ResponseCode.PULL_NOT_FOUND,
  ResponseCode.PULL_RETRY_IMMEDIATELY,
  ResponseCode.PULL_OFFSET_MOVED,
];

/** `MessageOperations` over the wire. */
export function messageOperations(
  wire: Wire,
  cluster: ClusterOperations,
  platform: Pick<Platform, 'clock' | 'network' | 'random'>,
): MessageOperations {
  async function viewByOffset(topic: string, id: string): Promise<MessageView | undefined> {
    try {
      const { storeHost, physicalOffset } = parseOffsetMessageId(id);
      const header = { topic, offset: physicalOffset };
      const response = await wire.broker(formatEndpoint(storeHost), VIEW_MESSAGE_BY_ID, header);
      return readableMessages(response.body)[0];
    } catch (error) {
      // Read as an offset id, a unique key has an address without a broker, or an offset without a record.
      if (error instanceof AdminError || error instanceof ProtocolError) return undefined;
      throw error;
    }
  }

  async function queryMessage(query: MessageQuery): Promise<MessageView[]> {
    const found: MessageView[] = [];
    for (const { address } of routeAddresses(await cluster.examineTopicRoute(query.topic))) {
      found.push(...(await queryMessageInBroker(wire, address, query)));
    }
    if (found.length === 0) {
      throw new AdminError('REFUSED', 'query message by key finished, but no message.', {
        responseCode: ResponseCode.NO_MESSAGE,
      });
    }
    return found.sort((a, b) => a.storeTimestamp - b.storeTimestamp);
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
      const address = brokerAddress(await cluster.examineTopicRoute(queue.topic), queue.brokerName);
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
      const message = readableMessages(response.body)[0];
      return message && withQueueRange(message, minOffset, maxOffset);
    },

    async consumeMessageDirectly(consumerGroup, clientId, message, address = formatEndpoint(message.storeHost)) {
      const header = { consumerGroup, clientId, msgId: message.offsetMsgId, topic: message.topic };
      const options = { timeoutMs: LONG_TIMEOUT_MS };
      const response = await wire.broker(address, CONSUME_MESSAGE_DIRECTLY, header, options);
      return decodeConsumeMessageDirectlyResult(response.body);
    },

    sendMessage: messageSender(wire, cluster, platform),
  };
}

/** A pulled message has the range of its queue among its properties. Source: PullAPIWrapper#processPullResult. */
function withQueueRange(message: MessageView, minOffset: number, maxOffset: number): MessageView {
  const withMin = appendProperty(message.propertiesText, MessageProperty.MIN_OFFSET, String(minOffset));
  return message.with({ propertiesText: appendProperty(withMin, MessageProperty.MAX_OFFSET, String(maxOffset)) });
}
