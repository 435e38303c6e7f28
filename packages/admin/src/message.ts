import { formatEndpoint } from '@rocketmq-ts/kernel';
import {
  type BrokerData,
  CONSUME_MESSAGE_DIRECTLY,
  type ConsumeMessageDirectlyResult,
  decodeConsumeMessageDirectlyResult,
  LMQ_PREFIX,
  type MessageView,
  ProtocolError,
  parseOffsetMessageId,
  ResponseCode,
  type TopicRouteData,
  VIEW_MESSAGE_BY_ID,
} from '@rocketmq-ts/protocol';
import { type ClusterOperations, isFoundByParent, selectBrokerAddress } from './cluster.ts';
import { AdminError } from './errors.ts';
import { type MessageQuery, queryMessageInBroker, readableMessages } from './message-reads.ts';
import { LONG_TIMEOUT_MS, type Wire } from './wire.ts';

/** Single messages that are stored. */
export interface MessageOperations {
  /** By offset message id, or by the unique key that its producer made. Fails with response code 208 when it is not there. */
  viewMessage(topic: string, id: string, choice?: BrokerChoice): Promise<MessageView>;
  /** Messages with an index key, from every broker of the topic, oldest first. Fails with response code 208 when there is none. */
  queryMessage(query: TopicQuery): Promise<MessageView[]>;
  /** Has a push consumer handle a stored message now; the broker that stores it relays. `address`: where that one is, if not at its store host. */
  consumeMessageDirectly(
    group: string,
    clientId: string,
    message: MessageView,
    address?: string,
  ): Promise<ConsumeMessageDirectlyResult>;
}

/** Which brokers of a topic are asked. */
interface BrokerChoice {
  /** Only brokers of this cluster; of a light queue (`%LMQ%…`) and the timer topic, the topic that finds the brokers. */
  readonly cluster?: string | undefined;
}

/** On the brokers of a topic. */
interface TopicQuery extends MessageQuery, BrokerChoice {
  /** Hears of each broker that could not be asked, while the others are. Default: the first one fails the query. */
  readonly skipped?: (failure: AdminError) => void;
}

/** `MessageOperations` over the wire. */
export function messageOperations(wire: Wire, cluster: ClusterOperations): MessageOperations {
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

  /** Addresses to ask. Source: MQAdminImpl#queryMessage. */
  async function brokersOf({ topic, cluster: chosen = '' }: TopicQuery): Promise<string[]> {
    const isParent = chosen !== '' && isFoundByParent(topic);
    const { brokerDatas } = await routeOf(topic, isParent ? chosen : topic);
    const isAsked = (broker: BrokerData): boolean => isParent || chosen === '' || broker.cluster === chosen;
    const addresses = brokerDatas.filter(isAsked).flatMap((broker) => selectBrokerAddress(broker) ?? []);
    if (addresses.length === 0) throw notMatched(topic);
    return addresses;
  }

  async function routeOf(topic: string, routeTopic: string): Promise<TopicRouteData> {
    try {
      return await cluster.examineTopicRoute(routeTopic);
    } catch (error) {
      const isUnknown = error instanceof AdminError && error.responseCode === ResponseCode.TOPIC_NOT_EXIST;
      throw isUnknown ? notMatched(topic) : error;
    }
  }

  async function queryMessage(query: TopicQuery): Promise<MessageView[]> {
    const found: MessageView[] = [];
    // Messages of a light queue are indexed under its parent.
    const topic = (query.topic.startsWith(LMQ_PREFIX) ? query.cluster : undefined) ?? query.topic;
    for (const address of await brokersOf(query)) {
      try {
        found.push(...(await queryMessageInBroker(wire, address, { ...query, topic })));
      } catch (failure) {
        if (query.skipped === undefined || !(failure instanceof AdminError)) throw failure;
        query.skipped(failure);
      }
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

    async viewMessage(topic, id, choice = {}) {
      const byOffset = await viewByOffset(topic, id);
      if (byOffset !== undefined) return byOffset;
      const [message] = await queryMessage({ topic, key: id, unique: true, ...choice });
      return message!;
    },

    async consumeMessageDirectly(consumerGroup, clientId, message, address = formatEndpoint(message.storeHost)) {
      const header = { consumerGroup, clientId, msgId: message.offsetMsgId, topic: message.topic };
      const options = { timeoutMs: LONG_TIMEOUT_MS };
      const response = await wire.broker(address, CONSUME_MESSAGE_DIRECTLY, header, options);
      return decodeConsumeMessageDirectlyResult(response.body);
    },
  };
}

function notMatched(topic: string): AdminError {
  return new AdminError('NO_BROKER', `The topic[${topic}] not matched route info`, {
    responseCode: ResponseCode.TOPIC_NOT_EXIST,
  });
}
