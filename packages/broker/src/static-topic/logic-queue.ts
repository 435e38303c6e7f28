import type { LogicQueueMappingItem } from '@rocketmq-ts/protocol';

/**
 * Arithmetic of logical queues. The messages of one lie in stretches on several brokers; a stretch has a logical offset of its
 * first message, and physical offsets of its first message and behind its last one. Source: LogicQueueMappingItem,
 * TopicQueueMappingUtils.
 */

/** Of a message that the stretch holds; before its first one: that of the first. */
export function logicalOffset(item: LogicQueueMappingItem, physical: number): number {
  return item.logicOffset + Math.max(0, physical - item.startOffset);
}

/** As `logicalOffset`, but never behind the end of the stretch; −1 while its place in the queue is not decided. */
export function logicalOffsetWithin(item: LogicQueueMappingItem, physical: number): number {
  if (item.logicOffset < 0) return -1;
  const end = item.endOffset >= item.startOffset ? item.endOffset : Number.MAX_SAFE_INTEGER;
  return logicalOffset(item, Math.min(physical, end));
}

export function physicalOffset(item: LogicQueueMappingItem, logical: number): number {
  return logical - item.logicOffset + item.startOffset;
}

/** It takes no more messages, and has some. */
export function isEnded({ startOffset, endOffset }: LogicQueueMappingItem): boolean {
  return endOffset > startOffset;
}

/** Logical offset behind the last message, as far as the mapping knows. */
export function knownEnd({ logicOffset, startOffset, endOffset }: LogicQueueMappingItem): number {
  return endOffset >= startOffset ? logicOffset + endOffset - startOffset : logicOffset;
}

/** The stretches whose place in the queue is decided. */
export function decided(items: readonly LogicQueueMappingItem[]): readonly LogicQueueMappingItem[] {
  return items.filter(({ logicOffset }) => logicOffset >= 0);
}

/** The stretch that holds a logical offset; for one before the queue its first. */
export function itemAt(items: readonly LogicQueueMappingItem[], logical: number): LogicQueueMappingItem | undefined {
  const known = decided(items);
  return known.findLast(({ logicOffset }) => logical >= logicOffset) ?? known[0];
}

/** The stretch behind another one, once its place is decided. */
export function itemBehind(
  items: readonly LogicQueueMappingItem[],
  item: LogicQueueMappingItem,
): LogicQueueMappingItem | undefined {
  const next = items[items.findIndex(({ gen }) => gen === item.gen) + 1];
  return next !== undefined && next.logicOffset >= 0 ? next : undefined;
}

/** What makes stretches of a queue impossible; undefined when nothing does. Source: TopicQueueMappingUtils#checkLogicQueueMappingItemOffset. */
export function whyNotItems(items: readonly LogicQueueMappingItem[]): string | undefined {
  for (const [at, item] of items.entries()) {
    const { gen, queueId, startOffset, endOffset, logicOffset } = item;
    const before = items[at - 1];
    if (startOffset < 0 || gen < 0 || queueId < 0) return 'The field is illegal, should not be negative';
    if (at < items.length - 1 && logicOffset < 0) return 'The non-latest item has negative logic offset';
    if (endOffset !== -1 && endOffset < startOffset) return 'The endOffset is smaller than the start offset';
    if (before === undefined) continue;
    if (gen <= before.gen) return 'The gen does not increase monotonically';
    if (logicOffset === -1) continue;
    if (before.logicOffset >= logicOffset) return 'The base logic offset does not increase monotonically';
    if (knownEnd(before) >= logicOffset) return 'The max logic offset does not increase monotonically';
  }
  return undefined;
}

/**
 * Why the stretches of a queue may not become other ones: what was decided stays, and with the same epoch the last one does too.
 * Source: TopicQueueMappingUtils#makeSureLogicQueueMappingItemImmutable.
 */
export function whyNotSuccessors(
  before: readonly LogicQueueMappingItem[],
  after: readonly LogicQueueMappingItem[],
  sameEpoch: boolean,
): string | undefined {
  if (before.length === 0) return undefined;
  if (after.length === 0) return 'The new item list is null or empty';
  for (const old of before) {
    const now = after.find(({ gen }) => gen === old.gen);
    if (now === undefined) continue;
    const moved = !isSamePlace(old, now) || (old.logicOffset !== -1 && old.logicOffset !== now.logicOffset);
    if (moved) return `The item of gen ${old.gen} is different from what this broker has`;
  }
  const [oldLeader, newLeader] = [before.at(-1)!, after.at(-1)!];
  if (sameEpoch && (oldLeader.gen !== newLeader.gen || !isSamePlace(oldLeader, newLeader)))
    return 'The new leader is different but epoch equal';
  return undefined;
}

function isSamePlace(one: LogicQueueMappingItem, other: LogicQueueMappingItem): boolean {
  return one.bname === other.bname && one.queueId === other.queueId && one.startOffset === other.startOffset;
}
