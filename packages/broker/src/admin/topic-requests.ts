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
  type TopicOffset,
  UPDATE_AND_CREATE_TOPIC,
  UPDATE_AND_CREATE_TOPIC_LIST,
  validateTopic,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import { alterAttributes } from '../topic/attributes.ts';
import { whyNotSoManyQueues } from '../topic/queue-count.ts';
import type { AdminParts } from './parts.ts';

type TopicParts = Pick<
  AdminParts,
  | 'clock'
  | 'config'
  | 'identity'
  | 'store'
  | 'topics'
  | 'retryQueues'
  | 'clients'
  | 'offsets'
  | 'stats'
  | 'hold'
  | 'logger'
>;

/** Topics: create, change, delete, list, measure. */
export function serveTopicRequests(server: RemotingServer, parts: TopicParts): void {
  const { topics } = parts;
  server.handle(UPDATE_AND_CREATE_TOPIC, (call) => updateTopic(parts, call));
  server.handle(UPDATE_AND_CREATE_TOPIC_LIST, (call) => {
    const configs = decodeCreateTopicListRequestBody(call.body);
    for (const config of configs) {
      const reason =
        whyNotWritable(parts, config.topicName) ??
        whyNotSoManyQueues(config.topicName, config.readQueueNums, config.writeQueueNums) ??
        parts.retryQueues.whyNot(config.topicName, config.readQueueNums, config.writeQueueNums);
      if (reason !== undefined) return call.fail(ResponseCode.INVALID_PARAMETER, reason);
    }
    for (const config of configs) topics.put(config);
    topics.whenSaved(() => call.answer({}));
  });
  server.handle(DELETE_TOPIC_IN_BROKER, (call) => deleteTopic(parts, call));
  server.handle(GET_ALL_TOPIC_CONFIG, (call) => {
    // Everything in one page: Apache's readers lose an entry at some page boundaries.
    const paged =
      call.header.topicSeq !== undefined ||
      call.header.maxTopicNum !== undefined ||
      call.header.dataVersion !== undefined;
    call.answer(
      { totalTopicNum: paged ? topics.size : undefined },
      { body: encodeTopicConfigSerializeWrapper(topics.wrapper) },
    );
  });
  server.handle(GET_TOPIC_CONFIG, (call) => {
    const topic = topics.get(call.header.topic);
    if (topic === undefined)
      return call.fail(ResponseCode.TOPIC_NOT_EXIST, `No topic in this broker. topic: ${call.header.topic}`);
    call.answer({}, { body: encodeTopicConfig(topic) });
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

function whyNotWritable(parts: TopicParts, name: string): string | undefined {
  const reason = validateTopic(name);
  if (reason !== undefined) return reason;
  if (parts.config.validateSystemTopicWhenUpdateTopic && parts.topics.isSystemTopic(name)) {
    return `The topic[${name}] is conflict with system topic.`;
  }
  return undefined;
}

function updateTopic(parts: TopicParts, call: Call<typeof UPDATE_AND_CREATE_TOPIC>): void {
  const { header } = call;
  const reason = whyNotWritable(parts, header.topic);
  if (reason !== undefined) return call.fail(ResponseCode.INVALID_PARAMETER, reason);
  if (!Perm.isValid(header.perm))
    return call.fail(
      ResponseCode.INVALID_PARAMETER,
      `perm ${header.perm} of topic ${header.topic} is not between 0 and 7`,
    );
  const notThese =
    whyNotSoManyQueues(header.topic, header.readQueueNums, header.writeQueueNums) ??
    parts.retryQueues.whyNot(header.topic, header.readQueueNums, header.writeQueueNums);
  if (notThese !== undefined) return call.fail(ResponseCode.INVALID_PARAMETER, notThese);
  const before = parts.topics.get(header.topic);
  const attributes = alterAttributes(before?.attributes, header.attributes);
  if (typeof attributes === 'string') return call.fail(ResponseCode.SYSTEM_ERROR, attributes);
  parts.topics.put(
    createTopicConfig(header.topic, {
      readQueueNums: header.readQueueNums,
      writeQueueNums: header.writeQueueNums,
      perm: header.perm,
      topicFilterType: TOPIC_FILTER_TYPES.find((type) => type === header.topicFilterType) ?? 'SINGLE_TAG',
      topicSysFlag: header.topicSysFlag,
      order: header.order,
      attributes,
    }),
  );
  parts.topics.whenSaved(() => call.answer({}));
}

function deleteTopic(parts: TopicParts, call: Call<typeof DELETE_TOPIC_IN_BROKER>): void {
  const name = call.header.topic;
  if (name.trim() === '') return call.fail(ResponseCode.INVALID_PARAMETER, 'The specified topic is blank.');
  if (parts.topics.isSystemTopic(name)) {
    return call.fail(ResponseCode.INVALID_PARAMETER, `The topic[${name}] is conflict with system topic.`);
  }
  parts.topics.delete(name);
  for (const queue of parts.store.queues.all()) if (queue.topic === name) parts.hold.wakeAll(queue);
  parts.store.removeTopic(name);
  parts.offsets.removeTopic(name);
  parts.stats.forgetTopic(name);
  parts.topics.whenSaved(() => call.answer({}));
}

function topicStats(parts: TopicParts, call: Call<typeof GET_TOPIC_STATS_INFO>): void {
  const { store, topics, stats, identity } = parts;
  const name = call.header.topic;
  const topic: TopicConfig | undefined = topics.get(name);
  if (topic === undefined) return call.fail(ResponseCode.TOPIC_NOT_EXIST, `topic[${name}] not exist`);
  const offsetTable: [MessageQueue, TopicOffset][] = [];
  for (let queueId = 0; queueId < Math.max(topic.writeQueueNums, topic.readQueueNums); queueId++) {
    const queue = store.queues.find(name, queueId);
    const maxOffset = queue?.visibleOffset ?? 0;
    const last = queue === undefined || maxOffset === 0 ? 0 : store.lookup.storeTimestampOf(queue, maxOffset - 1);
    offsetTable.push([
      { topic: name, brokerName: identity.brokerName, queueId },
      { minOffset: queue?.minOffset ?? 0, maxOffset, lastUpdateTimestamp: Math.max(0, last) },
    ]);
  }
  call.answer({}, { body: encodeTopicStatsTable({ offsetTable, topicPutTps: stats.topicPutTps(name) }) });
}
