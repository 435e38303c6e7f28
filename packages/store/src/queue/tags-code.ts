import { tagCode } from '@rocketmq-ts/filter';
import { MessageProperty, parseJavaInt, readProperty, SystemTopic } from '@rocketmq-ts/protocol';
import type { RecordHead } from '../log/record.ts';

/**
 * How long a record of the schedule topic waits: by its DELAY, or by its queue, which is the level less one, where DELAY
 * is missing or no number. Levels beyond the last one count as that. Source: CommitLog#checkMessageAndReturnSize.
 */
function delayMsOf(properties: string, queueId: number, delayLevelsMs: readonly number[]): number {
  const level = parseJavaInt(readProperty(properties, MessageProperty.DELAY_TIME_LEVEL) ?? '') ?? 0;
  return delayLevelsMs[Math.min(level > 0 ? level : queueId + 1, delayLevelsMs.length) - 1] ?? 1000;
}

/**
 * Tags code of a record as the log has it, which its consume queue unit carries: hash of its tag; in the schedule topic the
 * time when it is due. A live put knows both without a look at the properties.
 */
export function storedTagsCode(record: RecordHead, delayLevelsMs: readonly number[]): number {
  const { topic, queueId, properties, storeTimestamp } = record;
  if (topic === SystemTopic.SCHEDULE) return storeTimestamp + delayMsOf(properties, queueId, delayLevelsMs);
  return tagCode(readProperty(properties, MessageProperty.TAGS));
}
