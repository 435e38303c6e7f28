import {
  type ConsumeStats,
  DELETE_SUBSCRIPTIONGROUP,
  decodeSubscriptionGroupConfig,
  decodeSubscriptionGroupList,
  encodeConsumerOffsetSerializeWrapper,
  encodeConsumeStats,
  encodeConsumeStatsList,
  encodeGroupForbidden,
  encodeJson,
  encodeQuerySubscriptionResponseBody,
  encodeSubscriptionGroupConfig,
  encodeSubscriptionGroupWrapper,
  encodeTopicList,
  GET_ALL_CONSUMER_OFFSET,
  GET_ALL_DELAY_OFFSET,
  GET_ALL_SUBSCRIPTIONGROUP_CONFIG,
  GET_BROKER_CONSUME_STATS,
  GET_CONSUME_STATS,
  GET_SUBSCRIPTIONGROUP_CONFIG,
  type MessageQueue,
  type OffsetWrapper,
  QUERY_SUBSCRIPTION_BY_CONSUMER,
  QUERY_TOPICS_BY_CONSUMER,
  type RequestHeader,
  ResponseCode,
  retryTopic,
  type SubscriptionGroupConfig,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP,
  UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST,
  UPDATE_AND_GET_GROUP_FORBIDDEN,
  validateGroup,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import { alterAttributes } from '../attributes.ts';
import { groupAttributes } from '../group/attributes.ts';
import { whenAllSaved } from '../json-file.ts';
import { answerWhenSaved } from '../saved-answer.ts';
import { whyNotSoManyQueues } from '../topic/queue-count.ts';
import type { AdminParts } from './parts.ts';
import { onPage, pageOf } from './table-page.ts';

type GroupCall =
  | Call<typeof UPDATE_AND_CREATE_SUBSCRIPTIONGROUP>
  | Call<typeof UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST>;

/** Consumer groups: create, change, delete, list, how far they are. */
export function serveGroupRequests(server: RemotingServer, parts: AdminParts): void {
  const { groups, offsets, clients } = parts;
  const whyNot = (given: readonly SubscriptionGroupConfig[]): string | undefined => {
    for (const group of given) {
      const reason =
        validateGroup(group.groupName) ??
        whyNotSoManyQueues(retryTopic(group.groupName), group.retryQueueNums, group.retryQueueNums);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
  const update = (call: GroupCall, list: readonly SubscriptionGroupConfig[]): void => {
    const reason = whyNot(list);
    if (reason !== undefined) return call.fail(ResponseCode.INVALID_PARAMETER, reason);
    const changed: SubscriptionGroupConfig[] = [];
    for (const group of list) {
      const current = groups.get(group.groupName)?.attributes;
      const attributes = alterAttributes(groupAttributes, current, Object.entries(group.attributes));
      if (typeof attributes === 'string') return call.fail(ResponseCode.SYSTEM_ERROR, attributes);
      changed.push({ ...group, attributes });
    }
    for (const group of changed) {
      groups.put(group);
      parts.retryQueues.follow(group);
    }
    groups.whenSaved(answerWhenSaved(call));
  };
  server.handle(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP, (call) => {
    update(call, [decodeSubscriptionGroupConfig(call.body)]);
  });
  server.handle(UPDATE_AND_CREATE_SUBSCRIPTIONGROUP_LIST, (call) =>
    update(call, decodeSubscriptionGroupList(call.body)),
  );
  server.handle(GET_ALL_SUBSCRIPTIONGROUP_CONFIG, (call) => {
    const { groupSeq, maxGroupNum, dataVersion } = call.header;
    const { wrapper } = groups;
    const asked = { from: groupSeq, most: maxGroupNum, version: dataVersion };
    const page = pageOf(wrapper.subscriptionGroupTable, wrapper.dataVersion, asked, parts.config);
    const subscriptionGroupTable = onPage(wrapper.subscriptionGroupTable, page);
    const forbiddenTable = onPage(wrapper.forbiddenTable, page);
    call.answer(
      { totalGroupNum: groups.size },
      { body: encodeSubscriptionGroupWrapper({ ...wrapper, subscriptionGroupTable, forbiddenTable }) },
    );
  });
  server.handle(GET_SUBSCRIPTIONGROUP_CONFIG, (call) => {
    const group = groups.get(call.header.group);
    if (group === undefined)
      return call.fail(
        ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
        `No group in this broker. group: ${call.header.group}`,
      );
    call.answer({}, { body: encodeSubscriptionGroupConfig(group) });
  });
  server.handle(DELETE_SUBSCRIPTIONGROUP, (call) => {
    const { groupName, cleanOffset, removeOffset } = call.header;
    groups.delete(groupName);
    parts.stats.table.drop('group', groupName);
    if (cleanOffset || removeOffset) offsets.removeGroup(groupName);
    whenAllSaved([groups, offsets], answerWhenSaved(call));
  });
  server.handle(UPDATE_AND_GET_GROUP_FORBIDDEN, (call) => {
    const { group, topic, readable } = call.header;
    if (readable !== undefined) groups.setReadForbidden(group, topic, !readable);
    const body = encodeGroupForbidden({ group, topic, readable: !groups.isReadForbidden(group, topic) });
    groups.whenSaved(answerWhenSaved(call, body));
  });
  server.handle(GET_CONSUME_STATS, (call) => {
    const { consumerGroup } = call.header;
    const offsetTable: [MessageQueue, OffsetWrapper][] = [];
    let consumeTps = 0;
    for (const topic of topicsAsked(parts, call.header)) {
      const config = parts.topics.get(topic);
      if (config === undefined) continue;
      offsetTable.push(...progressOf(parts, consumerGroup, topic, config.readQueueNums));
      consumeTps += parts.stats.groupGetTps(consumerGroup, topic);
    }
    call.answer({}, { body: encodeConsumeStats({ offsetTable, consumeTps }) });
  });
  server.handle(GET_BROKER_CONSUME_STATS, (call) => {
    let totalDiff = 0;
    let totalInflightDiff = 0;
    const consumeStatsList = [...groups.all()].map(({ groupName }) => {
      const stats: ConsumeStats[] = [];
      for (const topic of offsets.topicsOf(groupName)) {
        const config = parts.topics.get(topic);
        if (config === undefined || (call.header.isOrder && !config.order)) continue;
        if (!stillConsumed(parts, groupName, topic)) continue;
        const offsetTable = progressOf(parts, groupName, topic, config.writeQueueNums);
        for (const [, offset] of offsetTable) {
          totalDiff += offset.brokerOffset - offset.consumerOffset;
          totalInflightDiff += offset.pullOffset - offset.consumerOffset;
        }
        stats.push({ offsetTable, consumeTps: parts.stats.groupGetTps(groupName, topic) });
      }
      return new Map([[groupName, stats]]);
    });
    const { brokerAddr } = parts.identity;
    call.answer({}, { body: encodeConsumeStatsList({ consumeStatsList, brokerAddr, totalDiff, totalInflightDiff }) });
  });
  server.handle(QUERY_TOPICS_BY_CONSUMER, (call) => {
    call.answer({}, { body: encodeTopicList(offsets.topicsOf(call.header.group), parts.identity.brokerAddr) });
  });
  server.handle(QUERY_SUBSCRIPTION_BY_CONSUMER, (call) => {
    const { group, topic = '' } = call.header;
    const subscriptionData = clients.consumerGroup(group)?.subscriptions.get(topic);
    call.answer({}, { body: encodeQuerySubscriptionResponseBody({ group, topic, subscriptionData }) });
  });
  server.handle(GET_ALL_CONSUMER_OFFSET, (call) =>
    call.answer({}, { body: encodeConsumerOffsetSerializeWrapper(offsets.wrapper) }),
  );
  server.handle(GET_ALL_DELAY_OFFSET, (call) => call.answer({}, { body: encodeJson(parts.schedule.offsets()) }));
}

/**
 * Which topics a question about a group's progress is about. A list is taken as it is. Else those on which the group has
 * offsets, or the one that is named, without those that its members have left: subscriptions without offsets are no
 * progress, above all those of a broadcasting group. Source: AdminBrokerProcessor#getTopicsForCollectingConsumeStats.
 */
function topicsAsked(parts: AdminParts, header: RequestHeader<typeof GET_CONSUME_STATS>): Iterable<string> {
  const { consumerGroup, topic = '', topicList = '' } = header;
  const listed = topicList.split(';').filter((name) => name !== '');
  if (topicList.trim() !== '' && listed.length > 0) return new Set(listed);
  const names = topic.trim() === '' ? parts.offsets.topicsOf(consumerGroup) : [topic];
  return names.filter((name) => stillConsumed(parts, consumerGroup, name));
}

/** False for a topic that a group which is online no longer subscribes to. */
function stillConsumed(parts: AdminParts, group: string, topic: string): boolean {
  const subscriptions = parts.clients.consumerGroup(group)?.subscriptions;
  return subscriptions === undefined || subscriptions.size === 0 || subscriptions.has(topic);
}

/** How far a group is in each queue of a topic. Source: AdminBrokerProcessor#getConsumeStats. */
function progressOf(parts: AdminParts, group: string, topic: string, queues: number): [MessageQueue, OffsetWrapper][] {
  const { store, offsets, mappings, identity } = parts;
  const table: [MessageQueue, OffsetWrapper][] = [];
  for (let queueId = 0; queueId < queues; queueId++) {
    const queue = store.findQueue(topic, queueId);
    // Without progress here a group may be in a part of a static topic that another broker holds.
    const consumerOffset = offsets.query(group, topic, queueId) ?? (mappings.get(topic) === undefined ? 0 : -1);
    const pullOffset = Math.max(offsets.queryPulled(group, topic, queueId) ?? consumerOffset, consumerOffset);
    const consumedMs =
      queue === undefined || consumerOffset <= 0 || consumerOffset > queue.maxOffset
        ? 0
        : queue.storeTimestampAt(consumerOffset - 1);
    table.push([
      { topic, brokerName: identity.brokerName, queueId },
      {
        brokerOffset: queue?.maxOffset ?? 0,
        consumerOffset,
        pullOffset,
        lastTimestamp: Math.max(0, consumedMs),
      },
    ]);
  }
  return table;
}
