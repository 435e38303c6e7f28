import { MessageSysFlag, transactionType } from '@rocketmq-ts/protocol';
import type { RecordHead } from '../log/record.ts';

/** Where the consume queue unit of a record is put. */
export interface UnitTarget {
  /** `tagsCode`: what the unit carries beside place and size. False when the record can't be right: it has no place there. */
  take(record: RecordHead, tagsCode: number): boolean;
}

/** Where the index entries of a record are put; records come in the order of the log. */
export interface EntryTarget {
  put(record: RecordHead): void;
}

/**
 * What a record of the log means. Everything that is derived from the log follows from this one function: for a record that
 * is put, for one that a replay reads, for one that a slave appends.
 *
 * | record | unit in its queue | index entries |
 * | --- | --- | --- |
 * | message, committed half message | yes | unique key, keys, tags |
 * | inner batch, in a batch queue | one for all its messages | unique key, keys, tags of the batch |
 * | half message | no | unique key, keys, tags |
 * | rolled back half message | no | no |
 * | filler of a damaged place (`holeRecords`), which is one | no | no |
 *
 * False when `units` finds that the record can't be right; then it has no entries either.
 * Source: DefaultMessageStore$CommitLogDispatcherBuildConsumeQueue#dispatch, IndexService#buildIndex.
 */
export function dispatch(
  record: RecordHead,
  tagsCode: number,
  units: UnitTarget,
  entries: EntryTarget | undefined,
): boolean {
  if (isInQueue(record.sysFlag) && !units.take(record, tagsCode)) return false;
  if (entries !== undefined && isIndexed(record.sysFlag)) entries.put(record);
  return true;
}

/** A higher one is not believed: the header of a record has no checksum. */
const MAX_QUEUE_ID = 1_000_000;

/** False where topic, queue id or queue offset of a record that is in a queue can't be right. */
export function hasPossiblePlace({ topic, queueId, queueOffset }: RecordHead): boolean {
  return queueId >= 0 && queueId <= MAX_QUEUE_ID && queueOffset >= 0 && isTopicName(topic);
}

/** A topic names a folder, and its bytes are text. */
function isTopicName(topic: string): boolean {
  if (topic === '' || topic === '.' || topic === '..') return false;
  return !topic.includes('/') && !topic.includes('\0') && !topic.includes('\uFFFD');
}

export function isInQueue(sysFlag: number): boolean {
  const type = transactionType(sysFlag);
  return type !== MessageSysFlag.TRANSACTION_PREPARED && type !== MessageSysFlag.TRANSACTION_ROLLBACK;
}

export function isIndexed(sysFlag: number): boolean {
  return transactionType(sysFlag) !== MessageSysFlag.TRANSACTION_ROLLBACK;
}
