import type { JsonInput } from '../json/value.ts';
import { encodeJson } from '../json/write.ts';
import { MQVersion } from '../model/version.ts';
import { Members, textOf } from './members.ts';
import { queueMappingJson, readTopicQueueMappingInfo, type TopicQueueMappingInfo } from './queue-mapping.ts';

/** All addresses of one broker name, by broker id; 0 is the master. Source: BrokerData. */
export interface BrokerData {
  readonly cluster: string;
  readonly brokerName: string;
  readonly brokerAddrs: ReadonlyMap<number, string>;
  readonly enableActingMaster: boolean;
  readonly zoneName: string | undefined;
}

/** Queues of a topic on one broker name. Source: QueueData. */
export interface QueueData {
  readonly brokerName: string;
  readonly readQueueNums: number;
  readonly writeQueueNums: number;
  /** Bits of `Perm`. */
  readonly perm: number;
  readonly topicSysFlag: number;
}

/** Where a topic lives. Source: TopicRouteData. */
export interface TopicRouteData {
  /** `a:4;b:4` for topics with a global order, else undefined. */
  readonly orderTopicConf: string | undefined;
  readonly queueDatas: readonly QueueData[];
  readonly brokerDatas: readonly BrokerData[];
  /** Broker address to filter servers; empty since 4.9. */
  readonly filterServerTable: ReadonlyMap<string, readonly string[]>;
  readonly topicQueueMappingByBroker: ReadonlyMap<string, TopicQueueMappingInfo> | undefined;
}

/**
 * The route that a topic will have which brokers create at its first send: that of the template topic TBW102, with at most so
 * many queues on each broker. Source: MQClientInstance#updateTopicRouteInfoFromNameServer.
 */
export function routeFromTemplate(template: TopicRouteData, defaultTopicQueueNums: number): TopicRouteData {
  const queueDatas = template.queueDatas.map((queues) => {
    const count = Math.min(defaultTopicQueueNums, queues.readQueueNums);
    return { ...queues, readQueueNums: count, writeQueueNums: count };
  });
  return { ...template, queueDatas };
}

/**
 * The answer of GET_ROUTEINFO_BY_TOPIC. Broker ids are quoted only for those who can read that: requests of version 4.9.4
 * and later, or that ask for standard JSON. Source: namesrv/ClientRequestProcessor#getRouteInfoByTopic.
 */
export function encodeTopicRouteData(
  route: TopicRouteData,
  reader: { readonly version: number; readonly acceptStandardJsonOnly?: boolean | undefined },
): Buffer {
  const standard = reader.version >= MQVersion.V4_9_4 || reader.acceptStandardJsonOnly === true;
  return encodeJson(
    {
      brokerDatas: route.brokerDatas.map(brokerDataJson),
      filterServerTable: route.filterServerTable,
      orderTopicConf: route.orderTopicConf,
      queueDatas: route.queueDatas.map(queueDataJson),
      topicQueueMappingByBroker: mappingJson(route.topicQueueMappingByBroker),
    },
    { standard },
  );
}

/** Reads either form; `topicSynFlag` of peers before 4.9 too. */
export function decodeTopicRouteData(body: Uint8Array): TopicRouteData {
  const members = Members.parse(body, 'TopicRouteData');
  return {
    orderTopicConf: members.optionalText('orderTopicConf'),
    queueDatas: members.objects('queueDatas').map(readQueueData),
    brokerDatas: members.objects('brokerDatas').map(readBrokerData),
    filterServerTable: members.textListTable('filterServerTable'),
    topicQueueMappingByBroker: members.has('topicQueueMappingByBroker')
      ? members.table('topicQueueMappingByBroker', readTopicQueueMappingInfo)
      : undefined,
  };
}

/** As a member of a larger body. Throws BAD_BODY. */
export function readBrokerData(members: Members): BrokerData {
  return {
    cluster: members.text('cluster', ''),
    brokerName: members.text('brokerName'),
    brokerAddrs: members.numberedTable('brokerAddrs', textOf),
    enableActingMaster: members.flag('enableActingMaster', false),
    zoneName: members.optionalText('zoneName'),
  };
}

/** For the JSON writer. */
export function brokerDataJson(data: BrokerData): JsonInput {
  return {
    brokerAddrs: data.brokerAddrs,
    brokerName: data.brokerName,
    cluster: data.cluster,
    enableActingMaster: data.enableActingMaster,
    zoneName: data.zoneName,
  };
}

function readQueueData(members: Members): QueueData {
  return {
    brokerName: members.text('brokerName'),
    readQueueNums: members.integer('readQueueNums', 0),
    writeQueueNums: members.integer('writeQueueNums', 0),
    perm: members.integer('perm', 0),
    topicSysFlag: members.optionalInteger('topicSysFlag') ?? members.integer('topicSynFlag', 0),
  };
}

function queueDataJson(data: QueueData): JsonInput {
  return {
    brokerName: data.brokerName,
    perm: data.perm,
    readQueueNums: data.readQueueNums,
    topicSysFlag: data.topicSysFlag,
    writeQueueNums: data.writeQueueNums,
  };
}

function mappingJson(table: TopicRouteData['topicQueueMappingByBroker']): JsonInput {
  return table && new Map([...table].map(([brokerName, info]) => [brokerName, queueMappingJson(info)]));
}
