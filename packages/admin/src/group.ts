import {
  type ClientConnection,
  type ConsumerConnection,
  type ConsumerRunningInfo,
  DELETE_SUBSCRIPTIONGROUP,
  decodeConsumerConnection,
  decodeConsumerRunningInfo,
  decodeProducerConnection,
  decodeSubscriptionGroupWrapper,
  encodeSetMessageRequestModeRequestBody,
  encodeSubscriptionGroupConfig,
  encodeSubscriptionGroupList,
  GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
  GET_CONSUMER_CONNECTION_LIST,
  GET_CONSUMER_RUNNING_INFO,
  GET_PRODUCER_CONNECTION_LIST,
  isPredefinedGroup,
  isSystemGroup,
  retryTopic,
  SET_MESSAGE_REQUEST_MODE,
  type SetMessageRequestModeRequestBody,
  type SubscriptionGroupConfig,
  type SubscriptionGroupWrapper,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
} from '@rocketmq-ts/protocol';
import { type ClusterOperations, firstAddress } from './cluster.ts';
import { LONG_TIMEOUT_MS, TABLE_TIMEOUT_MS, type Wire } from './wire.ts';

/** Consumer and producer groups. */
export interface GroupOperations {
  /** Creates a group on a broker or replaces its settings. */
  createSubscriptionGroup(address: string, config: SubscriptionGroupConfig): Promise<void>;
  /** Creates groups on a broker or replaces their settings, all or none. */
  createSubscriptionGroups(address: string, configs: readonly SubscriptionGroupConfig[]): Promise<void>;
  /** Chooses how a group gets the messages of a topic. */
  setMessageRequestMode(address: string, choice: SetMessageRequestModeRequestBody): Promise<void>;
  /** Groups of a broker without those of the system; with the version of the whole table. */
  userGroups(address: string): Promise<SubscriptionGroupWrapper>;
  /** Removes a group from a broker; `removeOffset` also forgets how far it is. */
  deleteSubscriptionGroup(address: string, group: string, removeOffset: boolean): Promise<void>;
  /** All groups of a broker by name. */
  subscriptionGroups(address: string): Promise<Map<string, SubscriptionGroupConfig>>;
  /**
   * Members of a group. Without an address the first broker of its retry topic is asked; fails with response code 17 when
   * the group never had one, with 206 when no member is online.
   */
  examineConsumerConnection(group: string, address?: string): Promise<ConsumerConnection>;
  /** Members of a producer group, asked from the first broker of a topic. */
  examineProducerConnection(group: string, topic: string): Promise<ClientConnection[]>;
  /** What a member reports about itself, relayed by a broker; with `jstack` also what its threads do. */
  consumerRunningInfo(group: string, clientId: string, jstack?: boolean): Promise<ConsumerRunningInfo>;
}

/** `GroupOperations` over the wire. */
export function groupOperations(wire: Wire, cluster: ClusterOperations): GroupOperations {
  async function brokerOf(group: string): Promise<string> {
    return firstAddress(await cluster.examineTopicRoute(retryTopic(group)), group);
  }

  return {
    async createSubscriptionGroup(address, config) {
      await wire.broker(
        address,
        UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
        {},
        { body: encodeSubscriptionGroupConfig(config) },
      );
    },

    async createSubscriptionGroups(address, configs) {
      const body = encodeSubscriptionGroupList(configs);
      await wire.broker(address, UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, {}, { body });
    },

    async setMessageRequestMode(address, choice) {
      const body = encodeSetMessageRequestModeRequestBody(choice);
      await wire.broker(address, SET_MESSAGE_REQUEST_MODE, {}, { body });
    },

    async userGroups(address) {
      const options = { timeoutMs: TABLE_TIMEOUT_MS };
      const wrapper = decodeSubscriptionGroupWrapper(
        (await wire.broker(address, GET_ALL_SUBSCRIPTIONGROUP_CONFIG, {}, options)).body,
      );
      const isKept = (group: string): boolean => !isSystemGroup(group) && !isPredefinedGroup(group);
      const subscriptionGroupTable = new Map([...wrapper.subscriptionGroupTable].filter(([group]) => isKept(group)));
      return { ...wrapper, subscriptionGroupTable };
    },

    async deleteSubscriptionGroup(address, group, removeOffset) {
      const header = { groupName: group, cleanOffset: removeOffset, removeOffset };
      await wire.broker(address, DELETE_SUBSCRIPTIONGROUP, header);
    },

    async subscriptionGroups(address) {
      return new Map(
        decodeSubscriptionGroupWrapper((await wire.broker(address, GET_ALL_SUBSCRIPTIONGROUP_CONFIG, {})).body)
          .subscriptionGroupTable,
      );
    },

    async examineConsumerConnection(group, address) {
      const asked = address ?? (await brokerOf(group));
      const response = await wire.broker(asked, GET_CONSUMER_CONNECTION_LIST, { consumerGroup: group });
      return decodeConsumerConnection(response.body);
    },

    async examineProducerConnection(group, topic) {
      const address = firstAddress(await cluster.examineTopicRoute(topic), topic);
      return decodeProducerConnection(
        (await wire.broker(address, GET_PRODUCER_CONNECTION_LIST, { producerGroup: group })).body,
      );
    },

    async consumerRunningInfo(group, clientId, jstack = false) {
      const header = { consumerGroup: group, clientId, jstackEnable: jstack };
      // The broker waits up to ten seconds for the client.
      const options = { timeoutMs: LONG_TIMEOUT_MS };
      return decodeConsumerRunningInfo(
        (await wire.broker(await brokerOf(group), GET_CONSUMER_RUNNING_INFO, header, options)).body,
      );
    },
  };
}
