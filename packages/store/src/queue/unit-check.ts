import { readInt64, viewOf } from '@rocketmq-ts/kernel';
import { MessageSysFlag, RECORD_FIXED_BYTES, RecordOffset } from '@rocketmq-ts/protocol';
import type { CommitLog } from '../log/commit-log.ts';
import { isRecordOf, isWholeRecord, propertiesAt, RECORD_HEAD_BYTES, statedSizeFits } from '../log/record-shape.ts';
import { messagesIn } from './batch-consume-queue.ts';
import type { ConsumeQueue } from './consume-queue.ts';
import type { QueueEntry } from './queue-view.ts';

/** Where a unit leads to. */
type UnitPlace = Pick<QueueEntry, 'physicalOffset' | 'size'>;
/** A unit as far as its record shows it. */
type Unit = Omit<QueueEntry, 'tagsCode'>;

/**
 * True when a unit of a queue leads to a whole record that has this place in this queue. Reads the record from the
 * log's file, on the loop: for a start, and for what is in doubt. Throws the disk's error.
 */
export function leadsToItsRecord(log: CommitLog, queue: ConsumeQueue, unit: Unit): boolean {
  const { physicalOffset, size, queueOffset } = unit;
  const file = log.files.fileAt(physicalOffset);
  const head = headAt(log, unit);
  // A damaged size must not make us read gigabytes.
  if (file === undefined || head === undefined || !statedSizeFits(head, 0, head.byteLength)) return false;
  const record = Buffer.allocUnsafe(size);
  if (file.readSync(record, 0, size, physicalOffset - file.baseOffset) < size) return false;
  const view = viewOf(record);
  if (!isWholeRecord(view, 0, size, physicalOffset)) return false;
  if (!isRecordOf(view, record, 0, queue.topicBytes, queue.queueId, queueOffset)) return false;
  return queue.type === 'SimpleCQ' || messagesAt(view, record, 0) === unit.messageCount;
}

/** The messages of the whole record at a position. */
export function messagesAt(view: DataView, record: Buffer, position: number): number {
  const sysFlag = view.getInt32(position + RecordOffset.sysFlag);
  if ((sysFlag & MessageSysFlag.INNER_BATCH) === 0) return 1;
  const end = position + view.getInt32(position);
  return messagesIn({ sysFlag, properties: record.toString('utf8', propertiesAt(view, position), end) });
}

/** True when a unit leads to bytes with this place in this queue: then the unit is right, also where the record is damaged. */
export function isHeadOfItsRecord(log: CommitLog, queue: ConsumeQueue, unit: Unit): boolean {
  const head = headAt(log, unit);
  if (head === undefined || readInt64(head, RecordOffset.queueOffset) !== unit.queueOffset) return false;
  return head.getInt32(RecordOffset.queueId) === queue.queueId;
}

/** The beginning of the record at a unit's place, if its size and its own place are those of the unit. */
function headAt(log: CommitLog, { physicalOffset, size }: UnitPlace): DataView | undefined {
  const file = log.files.fileAt(physicalOffset);
  if (file === undefined || size < RECORD_FIXED_BYTES || physicalOffset + size > file.endOffset) return undefined;
  const head = Buffer.alloc(Math.min(RECORD_HEAD_BYTES, size));
  if (file.readSync(head, 0, head.length, physicalOffset - file.baseOffset) < head.length) return undefined;
  const view = viewOf(head);
  const isThere = view.getInt32(0) === size && readInt64(view, RecordOffset.physicalOffset) === physicalOffset;
  return isThere ? view : undefined;
}
