import {
  decodeBatch,
  MessageSysFlag,
  PropertySlot,
  type PropertyTable,
  parseJavaInt,
  storableText,
} from '@rocketmq-ts/protocol';
import { MOST_BATCH_MESSAGES, type QueueView, type RecordInput } from '@rocketmq-ts/store';
import type { MessageKind } from '../placement/classify.ts';
import { fillIndexed } from './send-input.ts';

/** By these consumers know that they have to take a record apart. */
const INNER_BATCH = MessageSysFlag.INNER_BATCH | MessageSysFlag.NEED_UNWRAP;

/** Why so many messages can't be one record. */
export function whyNotOneRecord(messageCount: number): string | undefined {
  if (messageCount <= MOST_BATCH_MESSAGES) return undefined;
  return `the batch has ${messageCount} messages, and a batch queue keeps at most ${MOST_BATCH_MESSAGES} in one record; send smaller ones`;
}

/**
 * Makes one record of a batch, whose body stays as it came: its messages get the next queue offsets of a batch queue.
 * `cluster`: the property CLUSTER. Source: SendMessageProcessor#sendBatchMessage.
 */
export function fillInnerBatch(
  input: RecordInput,
  { properties, uniqueKey, keys, tags }: MessageKind,
  messageCount: number,
  queue: QueueView,
  cluster: string,
): RecordInput {
  input.sysFlag |= INNER_BATCH;
  properties.setPiece(PropertySlot.CLUSTER, cluster);
  properties.set(PropertySlot.INNER_NUM, String(messageCount));
  setInnerBase(properties, queue);
  input.properties = storableText(properties.text());
  fillIndexed(input, uniqueKey, keys, tags);
  return input;
}

/** An inner batch says at which queue offset it begins: the next one, when it is put at once. Source: BatchConsumeQueue#assignQueueOffset. */
export function setInnerBase(properties: PropertyTable, queue: QueueView): void {
  properties.set(PropertySlot.INNER_BASE, String(queue.nextOffset));
}

/** Why a body that its client made is not the batch that INNER_NUM says. What is compressed is not looked into. */
export function whyNotItsMembers(properties: PropertyTable, sysFlag: number, body: Buffer): string | undefined {
  if (!properties.has(PropertySlot.INNER_NUM) || (sysFlag & MessageSysFlag.COMPRESSED) !== 0) return undefined;
  const stated = parseJavaInt(properties.value(PropertySlot.INNER_NUM)!);
  const found = countMembers(body);
  return found === stated ? undefined : `its INNER_NUM is ${stated}, and its body holds ${found ?? 'no batch'}`;
}

function countMembers(body: Buffer): number | undefined {
  try {
    return decodeBatch(body, 'latin1').length;
  } catch {
    return undefined;
  }
}
