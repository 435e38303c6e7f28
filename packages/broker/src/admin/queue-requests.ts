import { compileSubscription } from '@rocketmq-ts/filter';
import {
  CLONE_GROUP_OFFSET,
  type ConsumeQueueData,
  encodeJson,
  encodeQueryConsumeQueueResponseBody,
  encodeQueryCorrectionOffsetBody,
  QUERY_CONSUME_QUEUE,
  QUERY_CORRECTION_OFFSET,
  ResponseCode,
  type SubscriptionData,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingServer } from '@rocketmq-ts/remoting';
import type { QueueEntry, QueueView } from '@rocketmq-ts/store';
import { filterAsJson } from '../filter/filter-file.ts';
import { answerWhenSaved } from '../saved-answer.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'store' | 'topics' | 'clients' | 'filters' | 'offsets' | 'logger'>;

/** Units of one answer at the most, so that no request holds the loop or the memory. */
const MAX_UNITS = 2048;

/** The units of queues, and offsets compared across groups. */
export function serveQueueRequests(server: RemotingServer, parts: Parts): void {
  server.handle(QUERY_CONSUME_QUEUE, (call) => queryUnits(parts, call));
  server.handle(QUERY_CORRECTION_OFFSET, (call) => {
    const { filterGroups = '', compareGroup, topic } = call.header;
    const offsets = correctionOffsets(parts, topic, new Set(filterGroups.split(',')), compareGroup);
    call.answer({}, { body: encodeQueryCorrectionOffsetBody(offsets) });
  });
  // Source: AdminBrokerProcessor#cloneGroupOffset, which does nothing without a topic.
  server.handle(CLONE_GROUP_OFFSET, (call) => {
    const { srcGroup, destGroup, topic, offline } = call.header;
    const names = topic === undefined || topic.trim() === '' ? parts.offsets.topicsOf(srcGroup) : [topic];
    const subscribed = offline ? undefined : parts.clients.consumerGroup(srcGroup)?.subscriptions;
    for (const name of names) {
      if (parts.topics.get(name) === undefined) continue;
      // What is left of a topic that the source group does not consume any more says nothing about the other group.
      if (subscribed !== undefined && subscribed.size > 0 && !subscribed.has(name)) continue;
      parts.offsets.clone(srcGroup, destGroup, name);
    }
    parts.logger.info('the offsets of a group were copied', { from: srcGroup, to: destGroup, topic: topic ?? 'all' });
    parts.offsets.whenSaved(answerWhenSaved(call));
  });
}

/** Source: AdminBrokerProcessor#queryConsumeQueue; an index out of range is a success without a body there too. */
function queryUnits(parts: Parts, call: Call<typeof QUERY_CONSUME_QUEUE>): void {
  const { topic, queueId, index, count, consumerGroup } = call.header;
  const queue = parts.store.findQueue(topic, queueId);
  if (queue === undefined) return call.fail(ResponseCode.SYSTEM_ERROR, `${queueId}@${topic} is not exist!`);
  if (index < queue.minOffset || index >= queue.maxOffset)
    return call.answer({}, { remark: `Index ${index} of ${queueId}@${topic} is not exist!` });
  const subscription =
    consumerGroup === undefined ? undefined : parts.clients.consumerGroup(consumerGroup)?.subscriptions.get(topic);
  const filterData = consumerGroup && filterDataText(parts, consumerGroup, topic, subscription !== undefined);
  const queueData: ConsumeQueueData[] = [];
  const end = Math.min(queue.maxOffset, index + Math.min(count, MAX_UNITS));
  for (let offset = index; offset < end; ) {
    const unit = queue.entryAt(offset);
    if (unit === undefined) break;
    // A damaged unit must not hold it up.
    offset = Math.max(offset + 1, unit.queueOffset + unit.messageCount);
    const { physicalOffset: physicOffset, size: physicSize, tagsCode } = unit;
    // As with Apache's broker only units with an extension are held against the filter.
    const plain = { extendDataJson: undefined, bitMap: undefined, eval: false, msg: undefined };
    const extended = unit.extensionOffset === undefined ? undefined : extension(parts, queue, unit, subscription, call);
    queueData.push({ physicOffset, physicSize, tagsCode, ...plain, ...extended });
  }
  call.answer(
    {},
    {
      body: encodeQueryConsumeQueueResponseBody({
        subscriptionData: subscription,
        filterData,
        queueData,
        minQueueIndex: queue.minOffset,
        maxQueueIndex: queue.maxOffset,
      }),
    },
  );
}

/** What consume queue extension files have of a unit. Source: AdminBrokerProcessor#queryConsumeQueue. */
function extension(
  { store, filters }: Parts,
  queue: QueueView,
  unit: QueueEntry,
  subscription: SubscriptionData | undefined,
  { header }: Call<typeof QUERY_CONSUME_QUEUE>,
): Partial<ConsumeQueueData> {
  const found = store.extensionOf(queue, unit);
  if (found === undefined) return { eval: false, msg: `Cq extend not exist!addr: ${unit.tagsCode}` };
  const { tagsCode, storeTimestamp, size, bitMap } = found;
  const filterBitMap = bitMap.length === 0 ? undefined : [...new Int8Array(bitMap)];
  const extendDataJson = JSON.stringify({ filterBitMap, msgStoreTime: storeTimestamp, size, tagsCode });
  const saved = subscription && filters.find(header.consumerGroup!, queue.topic);
  const evaluates =
    saved === undefined
      ? subscription !== undefined && (compileSubscription(subscription)?.matchesUnit(tagsCode) ?? true)
      : filters.mayMatch(saved, storeTimestamp, bitMap);
  return { extendDataJson, bitMap: bitMap.length === 0 ? undefined : bitsText(bitMap), eval: evaluates };
}

/** From the last byte to the first one, each from its highest bit on. Source: BitsArray#toString. */
function bitsText(bitMap: Buffer): string {
  let text = '';
  for (let i = bitMap.length - 1; i >= 0; i--) {
    text += bitMap[i]!.toString(2).padStart(8, '0');
    if (i % 8 === 0) text += '\n';
  }
  return text;
}

/** What the broker knows of the group's SQL92 filter, as JSON text. */
function filterDataText({ filters }: Parts, group: string, topic: string, isOnline: boolean): string {
  if (!isOnline) return `${group}@${topic} is not online!`;
  const saved = filters.find(group, topic);
  return saved === undefined ? 'null' : encodeJson(filterAsJson(saved), { pretty: true, standard: true }).toString();
}

/**
 * How far the slowest other group is in each queue; without limit where the compared group is behind it.
 * Source: ConsumerOffsetManager#queryMinOffsetInAllGroup, AdminBrokerProcessor#queryCorrectionOffset.
 */
function correctionOffsets(
  parts: Parts,
  topic: string,
  leftOut: ReadonlySet<string>,
  compareGroup: string,
): Map<number, number> {
  const slowest = new Map<number, number>();
  for (const group of parts.offsets.groupsOf(topic)) {
    if (leftOut.has(group)) continue;
    for (const [queueId, offset] of parts.offsets.queues(group, topic)) {
      if (offset < (parts.store.findQueue(topic, queueId)?.minOffset ?? 0)) continue;
      slowest.set(queueId, Math.min(offset, slowest.get(queueId) ?? Number.MAX_SAFE_INTEGER));
    }
  }
  for (const [queueId, offset] of parts.offsets.queues(compareGroup, topic)) {
    const other = slowest.get(queueId);
    if (other === undefined || other > offset) slowest.set(queueId, Number.MAX_SAFE_INTEGER);
  }
  return slowest;
}
