import { readInt64 } from '@rocketmq-ts/kernel';
import {
  bodyLengthOffset,
  HOST_BYTES_V6,
  RECORD_FIXED_BYTES,
  RecordMagic,
  RecordOffset,
  RecordParts,
} from '@rocketmq-ts/protocol';

/** What has to be read of a record for `statedSizeFits`, at the most. */
export const RECORD_HEAD_BYTES = RecordOffset.bornHost + HOST_BYTES_V6 + 8 + HOST_BYTES_V6 + 16;
/** Two lengths and their limits: topic (v2) and properties. */
const MOST_BEHIND_BODY_BYTES = 4 + 32767 + 32767;

/** Reused for all records that are looked at. */
const parts = new RecordParts();

/**
 * True when the total size and the length of the body of the record at `position` can belong together: so that a damaged size
 * is not taken for a reason to read gigabytes. `end`: of the bytes that were read.
 */
export function statedSizeFits(view: DataView, position: number, end: number): boolean {
  const bodyLength = bodyLengthOffset(view.getInt32(position + RecordOffset.sysFlag));
  if (position + bodyLength + 4 > end) return false;
  const bodyBytes = view.getInt32(position + bodyLength);
  const behindBody = view.getInt32(position + RecordOffset.totalSize) - bodyLength - 4 - bodyBytes;
  return bodyBytes >= 0 && behindBody >= 3 && behindBody <= MOST_BEHIND_BODY_BYTES;
}

/**
 * True when a record of `size` bytes that was laid out for `physicalOffset` lies at `position`, and its inner lengths add up to
 * its size, so that a reader that takes it apart ends where it ends. Does not look at the body's checksum, which costs more than to
 * send the record: readers check it. Makes no text or object, since every record that is read from a file passes it.
 */
export function isWholeRecord(view: DataView, position: number, size: number, physicalOffset: number): boolean {
  if (size < RECORD_FIXED_BYTES || view.getInt32(position + RecordOffset.totalSize) !== size) return false;
  const magic = view.getInt32(position + RecordOffset.magic);
  if (magic !== RecordMagic.v1 && magic !== RecordMagic.v2) return false;
  if (readInt64(view, position + RecordOffset.physicalOffset) !== physicalOffset) return false;
  return parts.find(view, position, position + size) === undefined && parts.propertiesEnd === position + size;
}

/** True when the whole record at `position` is the one of this place in this queue. */
export function isRecordOf(
  view: DataView,
  bytes: Uint8Array,
  position: number,
  topicBytes: Uint8Array,
  queueId: number,
  queueOffset: number,
): boolean {
  if (view.getInt32(position + RecordOffset.queueId) !== queueId) return false;
  if (readInt64(view, position + RecordOffset.queueOffset) !== queueOffset) return false;
  const end = position + view.getInt32(position + RecordOffset.totalSize);
  if (parts.find(view, position, end) !== undefined) return false;
  const { topicAt, topicEnd } = parts;
  if (topicEnd - topicAt !== topicBytes.length) return false;
  for (let i = 0; i < topicBytes.length; i++) if (bytes[topicAt + i] !== topicBytes[i]) return false;
  return true;
}

/** Position of the property text of the whole record at `position`; it ends where the record ends. */
export function propertiesAt(view: DataView, position: number): number {
  parts.find(view, position, position + view.getInt32(position + RecordOffset.totalSize));
  return parts.propertiesAt;
}
