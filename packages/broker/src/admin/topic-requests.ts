import {
  createTopicConfig,
  DELETE_TOPIC_IN_BROKER,
  decodeCreateTopicListRequestBody,
  encodeGroupList,
  encodeTopicConfig,
  encodeTopicConfigSerializeWrapper,
  encodeTopicList,
  encodeTopicStatsTable,
  GET_ALL_TOPIC_CONFIG,
  GET_SYSTEM_TOPIC_LIST_FROM_BROKER,
  GET_TOPIC_CONFIG,
  GET_TOPIC_STATS_INFO,
  type MessageQueue,
  Perm,
  QUERY_TOPIC_CONSUME_BY_WHO,
  ResponseCode,
  TOPIC_FILTER_TYPES,
  type TopicConfig,
  type TopicConfigSerializeWrapper,
  type TopicOffset,
  UPDATE_AND_CREATE_TOPIC,
  UPDATE_AND_CREATE_TOPIC_LIST,
  validateTopic,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import { alterAttributes, parseAttributeChanges } from '../attributes.ts';
import { whenAllSaved } from '../json-file.ts';
import { answerWhenSaved } from '../saved-answer.ts';
import { asksForMixedType, topicAttributes } from '../topic/attributes.ts';
import { whyNotSoManyQueues } from '../topic/queue-count.ts';
import type { AdminParts } from './parts.ts';
import { type Names, onPage, pageOf } from './table-page.ts';

/** Topics: create, change, delete, list, measure. */
export function serveTopicRequests(server: RemotingServer, parts: AdminParts): void {
  const { topics, mappings, config } = parts;
  server.handle(UPDATE_AND_CREATE_TOPIC, (call) => {
    const changes = parseAttributeChanges(call.header.attributes);
    if (typeof changes === 'string') return call.fail(ResponseCode.SYSTEM_ERROR, changes);
    putTopics(parts, call, [{ wanted: topicOf(call.header), changes }]);
  });
  server.handle(UPDATE_AND_CREATE_TOPIC_LIST, (call) => {
    const wanted = decodeCreateTopicListRequestBody(call.body);
    const changesOf = (topic: TopicConfig): TopicChange => ({
      wanted: topic,
      changes: new Map(Object.entries(topic.attributes)),
    });
    putTopics(parts, call, wanted.map(changesOf));
  });
  server.handle(DELETE_TOPIC_IN_BROKER, (call) => deleteTopic(parts, call));
  server.handle(GET_ALL_TOPIC_CONFIG, (call) => {
    const { topicSeq, maxTopicNum, dataVersion } = call.header;
    const asked = { from: topicSeq, most: maxTopicNum, version: dataVersion };
    const page = pageOf(topics.wrapper.topicConfigTable, topics.dataVersion, asked, config);
    call.answer({ totalTopicNum: topics.size }, { body: encodeTopicConfigSerializeWrapper(topicPage(parts, page)) });
  });
  server.handle(GET_TOPIC_CONFIG, (call) => {
    const topic = topics.get(call.header.topic);
    if (topic === undefined)
      return call.fail(ResponseCode.TOPIC_NOT_EXIST, `No topic in this broker. topic: ${call.header.topic}`);
    const mapping = call.header.logical === true ? mappings.get(topic.topicName) : undefined;
    call.answer({}, { body: encodeTopicConfig(topic, mapping) });
  });
  server.handle(GET_TOPIC_STATS_INFO, (call) => topicStats(parts, call));
  server.handle(QUERY_TOPIC_CONSUME_BY_WHO, (call) => {
    const groups = new Set(parts.offsets.groupsOf(call.header.topic));
    for (const group of parts.clients.consumerGroups())
      if (group.subscriptions.has(call.header.topic)) groups.add(group.name);
    call.answer({}, { body: encodeGroupList(groups) });
  });
  server.handle(GET_SYSTEM_TOPIC_LIST_FROM_BROKER, (call) => {
    call.answer({}, { body: encodeTopicList(topics.systemTopics()) });
  });
}

/** Topics, all or a page of them, the static ones with their mappings. Source: AdminBrokerProcessor#getAllTopicConfig. */
function topicPage({ topics, mappings }: AdminParts, page: Names): TopicConfigSerializeWrapper {
  const { wrapper } = topics;
  return {
    ...wrapper,
    topicConfigTable: onPage(wrapper.topicConfigTable, page),
    mappingDataVersion: mappings.dataVersion,
    topicQueueMappingDetailMap: onPage(mappings.all(), page),
  };
}

/** A topic as a request asks for it, and the changes of its attributes, each key with its sign. */
interface TopicChange {
  readonly wanted: TopicConfig;
  readonly changes: ReadonlyMap<string, string>;
}

/** All or nothing. Source: AdminBrokerProcessor#updateAndCreateTopic, #updateAndCreateTopicList. */
function putTopics(
  parts: AdminParts,
  call: Call<typeof UPDATE_AND_CREATE_TOPIC> | Call<typeof UPDATE_AND_CREATE_TOPIC_LIST>,
  wanted: readonly TopicChange[],
): void {
  for (const each of wanted) {
    const reason = whyNotTopic(parts, each);
    if (reason !== undefined) return call.fail(ResponseCode.INVALID_PARAMETER, reason);
  }
  const configs: TopicConfig[] = [];
  for (const { wanted: topic, changes } of wanted) {
    const before = parts.topics.get(topic.topicName);
    const attributes = alterAttributes(topicAttributes, before?.attributes, changes);
    if (typeof attributes === 'string') return call.fail(ResponseCode.SYSTEM_ERROR, attributes);
    configs.push({ ...topic, attributes });
  }
  for (const config of configs) {
    reportQueuesOutOfReach(parts, config);
    parts.topics.put(config);
  }
  parts.topics.whenSaved(answerWhenSaved(call));
}

/** Logs that messages in queues which are not read any more reach no consumer: it follows from what the operator asked for. */
function reportQueuesOutOfReach(
  { topics, store, logger }: AdminParts,
  { topicName, readQueueNums }: TopicConfig,
): void {
  const before = topics.get(topicName)?.readQueueNums ?? 0;
  const holding: number[] = [];
  for (let queueId = readQueueNums; queueId < before; queueId++) {
    const queue = store.findQueue(topicName, queueId);
    if (queue !== undefined && queue.maxOffset > queue.minOffset) holding.push(queueId);
  }
  if (holding.length === 0) return;
  logger.warn('queues of a topic are not read any more although they hold messages; with more read queues they are', {
    topic: topicName,
    readQueueNums,
    queues: holding.join(','),
  });
}

function whyNotTopic(
  { config, topics, retryQueues }: AdminParts,
  { wanted, changes }: TopicChange,
): string | undefined {
  const { topicName, readQueueNums, writeQueueNums, perm } = wanted;
  const reason = validateTopic(topicName);
  if (reason !== undefined) return reason;
  if (config.validateSystemTopicWhenUpdateTopic && topics.isSystemTopic(topicName)) {
    return `The topic[${topicName}] is conflict with system topic.`;
  }
  if (!config.enableMixedMessageType && asksForMixedType(changes)) return 'MIXED message type is not supported.';
  if (!Perm.isValid(perm)) return `perm ${perm} of topic ${topicName} is not between 0 and 7`;
  return (
    whyNotSoManyQueues(topicName, readQueueNums, writeQueueNums) ??
    retryQueues.whyNot(topicName, readQueueNums, writeQueueNums)
  );
}

function topicOf(header: Call<typeof UPDATE_AND_CREATE_TOPIC>['header']): TopicConfig {
  return createTopicConfig(header.topic, {
    readQueueNums: header.readQueueNums,
    writeQueueNums: header.writeQueueNums,
    perm: header.perm,
    topicFilterType: TOPIC_FILTER_TYPES.find((type) => type === header.topicFilterType) ?? 'SINGLE_TAG',
    topicSysFlag: header.topicSysFlag,
    order: header.order,
  });
}

function deleteTopic(parts: AdminParts, call: Call<typeof DELETE_TOPIC_IN_BROKER>): void {
  const name = call.header.topic;
  if (name.trim() === '') return call.fail(ResponseCode.INVALID_PARAMETER, 'The specified topic is blank.');
  if (parts.topics.isSystemTopic(name)) {
    return call.fail(ResponseCode.INVALID_PARAMETER, `The topic[${name}] is conflict with system topic.`);
  }
  parts.topics.delete(name);
  parts.mappings.delete(name);
  for (const queue of parts.store.queuesOf(name)) parts.held.answerNow(queue);
  parts.store.removeTopic(name);
  parts.offsets.removeTopic(name);
  parts.stats.table.drop('topic', name);
  // Progress that came back would pass over the messages of the next topic of this name.
  whenAllSaved([parts.topics, parts.mappings, parts.offsets], answerWhenSaved(call));
}

function topicStats(parts: AdminParts, call: Call<typeof GET_TOPIC_STATS_INFO>): void {
  const { store, topics, stats, identity } = parts;
  const name = call.header.topic;
  const topic: TopicConfig | undefined = topics.get(name);
  if (topic === undefined) return call.fail(ResponseCode.TOPIC_NOT_EXIST, `topic[${name}] not exist`);
  const offsetTable: [MessageQueue, TopicOffset][] = [];
  for (let queueId = 0; queueId < Math.max(topic.writeQueueNums, topic.readQueueNums); queueId++) {
    const queue = store.findQueue(name, queueId);
    const maxOffset = queue?.maxOffset ?? 0;
    const last = queue === undefined || maxOffset === 0 ? 0 : queue.storeTimestampAt(maxOffset - 1);
    offsetTable.push([
      { topic: name, brokerName: identity.brokerName, queueId },
      { minOffset: queue?.minOffset ?? 0, maxOffset, lastUpdateTimestamp: Math.max(0, last) },
    ]);
  }
  call.answer({}, { body: encodeTopicStatsTable({ offsetTable, topicPutTps: stats.topicPutTps(name) }) });
}
