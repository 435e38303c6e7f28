import { tagCode } from '@rocketmq-ts/filter';
import { MessageProperty, parseJavaInt, readProperty, SystemTopic } from '@rocketmq-ts/protocol';

/**
 * How long a record of the schedule topic waits: its DELAY says so, and its queue, which is the level less one, where DELAY
 * is missing or no number. Levels beyond the last one count as that. Source: CommitLog#checkMessageAndReturnSize.
 */
function delayMsOf(properties: string, queueId: number, delayLevelsMs: readonly number[]): number {
  const level = parseJavaInt(readProperty(properties, MessageProperty.DELAY_TIME_LEVEL) ?? '') ?? 0;
  return delayLevelsMs[Math.min(level > 0 ? level : queueId + 1, delayLevelsMs.length) - 1] ?? 1000;
}

/** Tags code of a stored record: what its consume queue unit carries; in the schedule topic the time when it is due. */
export function messageTagsCode(
  topic: string,
  queueId: number,
  properties: string,
  storeTimestamp: number,
  delayLevelsMs: readonly number[],
): number {
  if (topic === SystemTopic.SCHEDULE) return storeTimestamp + delayMsOf(properties, queueId, delayLevelsMs);
  return tagCode(readProperty(properties, MessageProperty.TAGS));
}
