import { JsonDouble, type JsonInput } from '../json/value.ts';
import { encodeJson } from '../json/write.ts';
import { Members } from './members.ts';
import { type QueueTable, queueTableJson, readQueueTable } from './message-queue.ts';

/** Bounds of one queue. Source: TopicOffset. */
export interface TopicOffset {
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Milliseconds; 0 when the queue is empty. */
  readonly lastUpdateTimestamp: number;
}

/** Source: TopicStatsTable. */
export interface TopicStatsTable {
  readonly offsetTable: QueueTable<TopicOffset>;
  readonly topicPutTps: number;
}

/** The body, as Apache writes it. */
export function encodeTopicStatsTable(table: TopicStatsTable): Buffer {
  return encodeJson({
    offsetTable: queueTableJson(table.offsetTable, (offset) => ({ ...offset })),
    topicPutTps: new JsonDouble(table.topicPutTps),
  });
}

/** Throws BAD_BODY. */
export function decodeTopicStatsTable(body: Uint8Array): TopicStatsTable {
  const members = Members.parse(body, 'TopicStatsTable');
  return {
    offsetTable: readQueueTable(members, 'offsetTable', (value, where) => {
      const offset = new Members(value, where);
      return {
        minOffset: offset.integer('minOffset', 0),
        maxOffset: offset.integer('maxOffset', 0),
        lastUpdateTimestamp: offset.integer('lastUpdateTimestamp', 0),
      };
    }),
    topicPutTps: members.double('topicPutTps', 0),
  };
}

/** Progress of a group in one queue. Source: OffsetWrapper. */
export interface OffsetWrapper {
  readonly brokerOffset: number;
  readonly consumerOffset: number;
  /** How far it has pulled, committed or not. */
  readonly pullOffset: number;
  /** Store time of the last consumed message. */
  readonly lastTimestamp: number;
}

/** Source: ConsumeStats. */
export interface ConsumeStats {
  readonly offsetTable: QueueTable<OffsetWrapper>;
  readonly consumeTps: number;
}

/** The body, as Apache writes it. */
export function encodeConsumeStats(stats: ConsumeStats): Buffer {
  return encodeJson(consumeStatsJson(stats));
}

/** Throws BAD_BODY. */
export function decodeConsumeStats(body: Uint8Array): ConsumeStats {
  return readConsumeStats(Members.parse(body, 'ConsumeStats'));
}

/** Of all groups of a broker. Source: ConsumeStatsList. */
export interface ConsumeStatsList {
  /** One map for each group, its stats by topic in a list. */
  readonly consumeStatsList: readonly ReadonlyMap<string, readonly ConsumeStats[]>[];
  readonly brokerAddr: string | undefined;
  readonly totalDiff: number;
  readonly totalInflightDiff: number;
}

/** The body, as Apache writes it. */
export function encodeConsumeStatsList(list: ConsumeStatsList): Buffer {
  return encodeJson({
    brokerAddr: list.brokerAddr,
    consumeStatsList: list.consumeStatsList.map(
      (table) => new Map([...table].map(([group, stats]) => [group, stats.map(consumeStatsJson)])),
    ),
    totalDiff: list.totalDiff,
    totalInflightDiff: list.totalInflightDiff,
  });
}

/** Throws BAD_BODY. */
export function decodeConsumeStatsList(body: Uint8Array): ConsumeStatsList {
  const members = Members.parse(body, 'ConsumeStatsList');
  return {
    consumeStatsList: members.listTables('consumeStatsList', readConsumeStats),
    brokerAddr: members.optionalText('brokerAddr'),
    totalDiff: members.integer('totalDiff', 0),
    totalInflightDiff: members.integer('totalInflightDiff', 0),
  };
}

function consumeStatsJson(stats: ConsumeStats): JsonInput {
  return {
    consumeTps: new JsonDouble(stats.consumeTps),
    offsetTable: queueTableJson(stats.offsetTable, (offset) => ({ ...offset })),
  };
}

function readConsumeStats(members: Members): ConsumeStats {
  return {
    offsetTable: readQueueTable(members, 'offsetTable', (value, where) => {
      const offset = new Members(value, where);
      return {
        brokerOffset: offset.integer('brokerOffset', 0),
        consumerOffset: offset.integer('consumerOffset', 0),
        pullOffset: offset.integer('pullOffset', 0),
        lastTimestamp: offset.integer('lastTimestamp', 0),
      };
    }),
    consumeTps: members.double('consumeTps', 0),
  };
}

/** A counter over one span. Source: BrokerStatsItem. */
export interface BrokerStatsItem {
  readonly sum: number;
  readonly tps: number;
  /** Average for each call. */
  readonly avgpt: number;
}

/** Source: BrokerStatsData. */
export interface BrokerStatsData {
  readonly statsMinute: BrokerStatsItem;
  readonly statsHour: BrokerStatsItem;
  readonly statsDay: BrokerStatsItem;
}

/** The body, as Apache writes it. */
export function encodeBrokerStatsData(data: BrokerStatsData): Buffer {
  return encodeJson({
    statsDay: statsItemJson(data.statsDay),
    statsHour: statsItemJson(data.statsHour),
    statsMinute: statsItemJson(data.statsMinute),
  });
}

/** Throws BAD_BODY. */
export function decodeBrokerStatsData(body: Uint8Array): BrokerStatsData {
  const members = Members.parse(body, 'BrokerStatsData');
  const read = (name: string): BrokerStatsItem => {
    const item = members.object(name);
    return {
      sum: item?.integer('sum', 0) ?? 0,
      tps: item?.double('tps', 0) ?? 0,
      avgpt: item?.double('avgpt', 0) ?? 0,
    };
  };
  return { statsMinute: read('statsMinute'), statsHour: read('statsHour'), statsDay: read('statsDay') };
}

function statsItemJson(item: BrokerStatsItem): JsonInput {
  return { avgpt: new JsonDouble(item.avgpt), sum: item.sum, tps: new JsonDouble(item.tps) };
}
