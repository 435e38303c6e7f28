import {
  type ClientConnection,
  type ConsumerRunningInfo,
  decodeConsumerRunningInfo,
  decodeGroupList,
  decodeProducerConnection,
  GET_CONSUMER_RUNNING_INFO,
  GET_PRODUCER_CONNECTION_LIST,
  QUERY_TOPIC_CONSUME_BY_WHO,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import { LONG_TIMEOUT_MS, type Wire } from './wire.ts';

/** Questions to one broker, for callers that ask all and merge what they answer: one that is down fails only its own part. */
export interface BrokerViewOperations {
  /** Groups that consume a topic or have offsets of it, as one broker knows them. */
  topicConsumersInBroker(address: string, topic: string): Promise<string[]>;
  /** Members of a producer group that are connected to one broker; none of them: an empty list. */
  producerGroupInBroker(address: string, group: string): Promise<ClientConnection[]>;
  /** What a member reports about itself, relayed by this broker; `jstack`: with what it does at the moment. */
  consumerRunningInfoBy(address: string, member: GroupMember, jstack: boolean): Promise<ConsumerRunningInfo>;
}

interface GroupMember {
  readonly group: string;
  readonly clientId: string;
}

/** `BrokerViewOperations` over the wire. */
export function brokerViewOperations(wire: Wire): BrokerViewOperations {
  return {
    async topicConsumersInBroker(address, topic) {
      return decodeGroupList((await wire.broker(address, QUERY_TOPIC_CONSUME_BY_WHO, { topic })).body);
    },

    async producerGroupInBroker(address, group) {
      // Apache's brokers answer SYSTEM_ERROR for a group without a member.
      const options = { accept: [ResponseCode.SYSTEM_ERROR] };
      const response = await wire.broker(address, GET_PRODUCER_CONNECTION_LIST, { producerGroup: group }, options);
      return response.code === ResponseCode.SUCCESS ? decodeProducerConnection(response.body) : [];
    },

    async consumerRunningInfoBy(address, { group, clientId }, jstackEnable) {
      const header = { consumerGroup: group, clientId, jstackEnable };
      const options = { timeoutMs: LONG_TIMEOUT_MS };
      return decodeConsumerRunningInfo((await wire.broker(address, GET_CONSUMER_RUNNING_INFO, header, options)).body);
    },
  };
}
