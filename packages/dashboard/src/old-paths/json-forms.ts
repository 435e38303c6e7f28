import type {
  BrokerData,
  ClientConnection,
  ClusterInfo,
  ConsumerConnection,
  ConsumerRunningInfo,
  MessageQueue,
  MessageView,
  SubscriptionGroupConfig,
  TopicRoute,
} from '@rocketmq-ts/admin';
import { versionDescription } from '@rocketmq-ts/admin';
import { formatEndpoint } from '@rocketmq-ts/kernel';

/** Forms in which Jackson writes Apache's classes: fields that have no value are null, keys that are objects are their `toString`. */
type Json = Readonly<Record<string, unknown>>;

/** Source: MessageQueue#toString. */
export function queueText({ topic, brokerName, queueId }: MessageQueue): string {
  return `MessageQueue [topic=${topic}, brokerName=${brokerName}, queueId=${queueId}]`;
}

/** Source: BrokerData. */
function brokerDataJson({ cluster, brokerName, brokerAddrs, enableActingMaster, zoneName }: BrokerData): Json {
  return {
    cluster,
    brokerName,
    brokerAddrs: Object.fromEntries(brokerAddrs),
    enableActingMaster,
    zoneName: zoneName ?? null,
  };
}

/** Source: ClusterInfo. */
export function clusterInfoJson({ brokerAddrTable, clusterAddrTable }: ClusterInfo): Json {
  return {
    brokerAddrTable: Object.fromEntries([...brokerAddrTable].map(([name, data]) => [name, brokerDataJson(data)])),
    clusterAddrTable: Object.fromEntries(clusterAddrTable),
  };
}

/** Source: TopicRouteData. */
export function routeJson(route: TopicRoute): Json {
  const { orderTopicConf, queueDatas, brokerDatas, filterServerTable } = route;
  return {
    orderTopicConf: orderTopicConf ?? null,
    queueDatas,
    brokerDatas: brokerDatas.map(brokerDataJson),
    filterServerTable: Object.fromEntries(filterServerTable),
    topicQueueMappingByBroker: null,
  };
}

/** Source: Connection, ConnectionInfo. */
export function connectionJson({ clientId, clientAddr, language, version }: ClientConnection): Json {
  return { clientId, clientAddr, language, version, versionDesc: versionDescription(version) };
}

/** Source: ConsumerConnection. */
export function consumerConnectionJson(connection: ConsumerConnection): Json {
  const { connectionSet, subscriptionTable, consumeType, messageModel, consumeFromWhere } = connection;
  return {
    connectionSet: connectionSet.map(connectionJson),
    subscriptionTable: Object.fromEntries(
      [...subscriptionTable].map(([topic, data]) => [topic, { ...data, filterClassSource: null }]),
    ),
    consumeType,
    messageModel,
    consumeFromWhere,
  };
}

/** Source: ConsumerRunningInfo. */
export function runningInfoJson(info: ConsumerRunningInfo): Json {
  const byQueue = (table: readonly (readonly [MessageQueue, unknown])[]): Json =>
    Object.fromEntries(table.map(([queue, value]) => [queueText(queue), value]));
  return {
    properties: Object.fromEntries(info.properties),
    subscriptionSet: info.subscriptionSet.map((data) => ({ ...data, filterClassSource: null })),
    mqTable: byQueue(info.mqTable),
    mqPopTable: byQueue(info.mqPopTable),
    statusTable: Object.fromEntries(info.statusTable),
    userConsumerInfo: Object.fromEntries(info.userConsumerInfo),
    jstack: info.jstack ?? null,
  };
}

/** Source: SubscriptionGroupConfig. */
export function groupConfigJson(config: SubscriptionGroupConfig): Json {
  return { ...config, subscriptionDataSet: config.subscriptionDataSet ?? null };
}

/** `withBody` false: as lists have it. A body that is no UTF-8 has replacement characters, as there. Source: MessageView of the dashboard. */
export function messageJson(message: MessageView, withBody = true): Json {
  return {
    queueId: message.queueId,
    storeSize: message.storeSize,
    queueOffset: message.queueOffset,
    sysFlag: message.sysFlag,
    bornTimestamp: message.bornTimestamp,
    bornHost: formatEndpoint(message.bornHost),
    storeTimestamp: message.storeTimestamp,
    storeHost: formatEndpoint(message.storeHost),
    msgId: message.msgId,
    commitLogOffset: message.physicalOffset,
    bodyCRC: message.bodyCrc,
    reconsumeTimes: message.reconsumeTimes,
    preparedTransactionOffset: message.preparedTransactionOffset,
    topic: message.topic,
    flag: message.flag,
    properties: Object.fromEntries(message.properties),
    messageBody: withBody ? message.body.toString('utf8') : null,
  };
}

/** Source: Spring Boot's Jackson, java.util.Date. */
export function dateJson(atMs: number): string {
  return new Date(atMs).toISOString().replace(/Z$/, '+00:00');
}
