import {
  DELETE_TOPIC_IN_BROKER,
  DELETE_TOPIC_IN_NAMESRV,
  decodeGroupList,
  decodeTopicConfig,
  decodeTopicConfigSerializeWrapper,
  decodeTopicList,
  decodeTopicStatsTable,
  encodeCreateTopicListRequestBody,
  GET_ALL_TOPIC_CONFIG,
  GET_ALL_TOPIC_LIST_FROM_NAMESERVER,
  GET_SYSTEM_TOPIC_LIST_FROM_BROKER,
  GET_TOPIC_CONFIG,
  GET_TOPIC_STATS_INFO,
  GET_TOPICS_BY_CLUSTER,
  isDeadLetterTopic,
  isRetryTopic,
  isSystemTopic,
  Perm,
  QUERY_TOPIC_CONSUME_BY_WHO,
  ResponseCode,
  SystemTopic,
  type TopicConfig,
  type TopicConfigSerializeWrapper,
  UPDATE_AND_CREATE_TOPIC,
  UPDATE_AND_CREATE_TOPIC_LIST,
} from '@rocketmq-ts/protocol';
import { type ClusterOperations, routeAddresses } from './cluster.ts';
import { AdminError } from './errors.ts';
import { type TopicChange, type TopicStats, topicStatsOf } from './model.ts';
import { TABLE_TIMEOUT_MS, type Wire } from './wire.ts';

/** Topics on brokers and name servers. */
export interface TopicOperations {
  /** Every topic that a name server knows, in its order. */
  fetchAllTopicList(): Promise<string[]>;
  /** Topics that have a queue on a broker of the cluster. */
  fetchTopicsByCluster(cluster: string): Promise<string[]>;
  /**
   * Creates a topic on a broker or replaces its settings. Attributes are changes: `+key` sets, `-key` removes.
   * Fails with BAD_ARGUMENT for a perm that is not allowed.
   */
  createTopic(address: string, topic: TopicChange): Promise<void>;
  /** Creates topics on a broker or replaces their settings, all or none. Attributes are changes, as of `createTopic`. */
  createTopics(address: string, topics: readonly TopicConfig[]): Promise<void>;
  /**
   * Topics of a broker without those of the system, and without those of groups for retries and dead letters unless `special`;
   * with the version of the whole table.
   */
  userTopics(address: string, special: boolean): Promise<TopicConfigSerializeWrapper>;
  /** Name servers keep the route until they are asked to delete it too (`deleteTopicInNameServers`). */
  deleteTopicInBroker(address: string, topic: string): Promise<void>;
  /** On every name server, in one cluster. */
  deleteTopicInNameServers(topic: string, cluster: string): Promise<void>;
  /** Undefined when the broker has no such topic, or is a 4.x, which does not report it. */
  examineTopicConfig(address: string, topic: string): Promise<TopicConfig | undefined>;
  /** Offsets of all queues. `routeTopic` finds the brokers in place of the topic itself. */
  examineTopicStats(topic: string, routeTopic?: string): Promise<TopicStats>;
  /** Offsets of the queues on one broker. */
  examineTopicStatsInBroker(address: string, topic: string): Promise<TopicStats>;
  /**
   * Groups that consume a topic, by those brokers of its route that answer: a group may be known to some only. Fails when none does.
   * Apache's tool asks the first.
   */
  queryTopicConsumeByWho(topic: string): Promise<string[]>;
}

/** `TopicOperations` over the wire. */
export function topicOperations(wire: Wire, cluster: ClusterOperations): TopicOperations {
  async function statsInBroker(address: string, topic: string): Promise<TopicStats> {
    return topicStatsOf(decodeTopicStatsTable((await wire.broker(address, GET_TOPIC_STATS_INFO, { topic })).body));
  }

  return {
    async fetchAllTopicList() {
      return [...decodeTopicList((await wire.nameServer(GET_ALL_TOPIC_LIST_FROM_NAMESERVER, {})).body).topicList];
    },

    async fetchTopicsByCluster(name) {
      return [...decodeTopicList((await wire.nameServer(GET_TOPICS_BY_CLUSTER, { cluster: name })).body).topicList];
    },

    async createTopic(address, topic) {
      if (!Perm.isValid(topic.perm)) {
        throw new AdminError('BAD_ARGUMENT', `topicPermission value: ${topic.perm} is invalid.`, {
          responseCode: ResponseCode.NO_PERMISSION,
        });
      }
      await wire.broker(address, UPDATE_AND_CREATE_TOPIC, {
        topic: topic.topicName,
        defaultTopic: topic.defaultTopic ?? SystemTopic.AUTO_CREATE_TOPIC_KEY,
        readQueueNums: topic.readQueueNums,
        writeQueueNums: topic.writeQueueNums,
        perm: topic.perm,
        topicFilterType: topic.topicFilterType,
        topicSysFlag: topic.topicSysFlag,
        order: topic.order,
        attributes: attributesText(topic.attributes),
      });
    },

    async createTopics(address, topics) {
      await wire.broker(address, UPDATE_AND_CREATE_TOPIC_LIST, {}, { body: encodeCreateTopicListRequestBody(topics) });
    },

    async userTopics(address, special) {
      const options = { timeoutMs: TABLE_TIMEOUT_MS };
      const wrapper = decodeTopicConfigSerializeWrapper(
        (await wire.broker(address, GET_ALL_TOPIC_CONFIG, {}, options)).body,
      );
      const system = new Set(
        decodeTopicList((await wire.broker(address, GET_SYSTEM_TOPIC_LIST_FROM_BROKER, {}, options)).body).topicList,
      );
      const isKept = ({ topicName, perm }: TopicConfig): boolean =>
        !system.has(topicName) &&
        !isSystemTopic(topicName) &&
        (special || !(isRetryTopic(topicName) || isDeadLetterTopic(topicName))) &&
        Perm.isValid(perm);
      return {
        ...wrapper,
        topicConfigTable: new Map([...wrapper.topicConfigTable].filter(([, topic]) => isKept(topic))),
      };
    },

    async deleteTopicInBroker(address, topic) {
      await wire.broker(address, DELETE_TOPIC_IN_BROKER, { topic });
    },

    async deleteTopicInNameServers(topic, clusterName) {
      await wire.everyNameServer(DELETE_TOPIC_IN_NAMESRV, { topic, clusterName });
    },

    async examineTopicConfig(address, topic) {
      const response = await wire.broker(
        address,
        GET_TOPIC_CONFIG,
        { topic },
        { accept: [ResponseCode.TOPIC_NOT_EXIST, ResponseCode.REQUEST_CODE_NOT_SUPPORTED] },
      );
      return response.code === ResponseCode.SUCCESS ? decodeTopicConfig(response.body) : undefined;
    },

    async examineTopicStats(topic, routeTopic) {
      const brokers = routeAddresses(await cluster.examineTopicRoute(routeTopic ?? topic));
      const stats: TopicStats[] = [];
      for (const { address } of brokers) stats.push(await statsInBroker(address, topic));
      const offsets = stats.flatMap((one) => one.offsets);
      // A route whose brokers have no queue counts as none.
      if (offsets.length === 0) throw new AdminError('NO_BROKER', 'Not found the topic stats info');
      return { offsets, topicPutTps: 0 };
    },

    examineTopicStatsInBroker: statsInBroker,

    async queryTopicConsumeByWho(topic) {
      const route = await cluster.examineTopicRoute(topic);
      let failure: unknown = new AdminError('NO_BROKER', `${topic}: its route names no broker with an address`);
      const groups = new Set<string>();
      let answered = false;
      for (const { address } of routeAddresses(route)) {
        try {
          const { body } = await wire.broker(address, QUERY_TOPIC_CONSUME_BY_WHO, { topic });
          for (const group of decodeGroupList(body)) groups.add(group);
          answered = true;
        } catch (error) {
          failure = error;
        }
      }
      if (!answered) throw failure;
      return [...groups];
    },
  };
}

/** `+key=value,-key`; undefined without any. Source: AttributeParser#parseToString. */
function attributesText(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([key, value]) => (value === '' ? key : `${key}=${value}`))
    .join(',');
}
