import { javaHashCode, MessageProperty, readProperty, SystemTopic } from '@rocketmq-ts/protocol';

let lastTag = '';
let lastCode = 0;

/** Tags code of a tag: Java's string hash, 0 without a tag. The last one is remembered, since producers repeat themselves. */
export function tagCode(tag: string | undefined): number {
  if (tag === undefined || tag === '') return 0;
  if (tag !== lastTag) {
    lastTag = tag;
    lastCode = javaHashCode(tag);
  }
  return lastCode;
}

/** Deliver time that stands for the tags code in the schedule topic. Source: CommitLog#checkMessageAndReturnSize. */
export function deliverTime(level: number, storeTimestamp: number, delayLevelsMs: readonly number[]): number {
  const delay = delayLevelsMs[Math.min(level, delayLevelsMs.length) - 1];
  return storeTimestamp + (delay ?? 1000);
}

/** Tags code of a stored record: what its consume queue unit carries. */
export function messageTagsCode(
  topic: string,
  properties: string,
  storeTimestamp: number,
  delayLevelsMs: readonly number[],
): number {
  if (topic === SystemTopic.SCHEDULE) {
    const level = Number(readProperty(properties, MessageProperty.DELAY_TIME_LEVEL) ?? 0);
    if (level > 0) return deliverTime(level, storeTimestamp, delayLevelsMs);
  }
  return tagCode(readProperty(properties, MessageProperty.TAGS));
}
