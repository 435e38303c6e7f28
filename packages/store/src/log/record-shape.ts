import { HOST_BYTES_V4, HOST_BYTES_V6, MessageSysFlag, RecordMagic, RecordOffset } from '@rocketmq-ts/protocol';
import { readInt64 } from './record.ts';

const BORN_HOST_V6 = MessageSysFlag.BORNHOST_V6;
const STORE_HOST_V6 = MessageSysFlag.STOREHOST_V6;
/** Smallest record: both hosts IPv4, without body, topic and properties. */
export const LEAST_RECORD_BYTES = 91;
/** What has to be read of a record for `statedSizeFits`, at the most. */
export const RECORD_HEAD_BYTES = RecordOffset.bornHost + HOST_BYTES_V6 + 8 + HOST_BYTES_V6 + 16;
/** Two lengths and what they may tell at the most: topic (v2) and properties. */
const MOST_BEHIND_BODY_BYTES = 4 + 32767 + 32767;

/** Position of the length of the body in a record, from the record's begin; it depends on the kinds of the two hosts. */
export function bodyLengthAt(sysFlag: number): number {
  const born = (sysFlag & BORN_HOST_V6) !== 0 ? HOST_BYTES_V6 : HOST_BYTES_V4;
  const store = (sysFlag & STORE_HOST_V6) !== 0 ? HOST_BYTES_V6 : HOST_BYTES_V4;
  return RecordOffset.bornHost + born + 8 + store + 12;
}

/**
 * True when the total size and the length of the body of the record at `position` can belong together: so that a damaged size
 * is not taken for a reason to read gigabytes. `end`: of the bytes that were read.
 */
export function statedSizeFits(view: DataView, position: number, end: number): boolean {
  const bodyLength = bodyLengthAt(view.getInt32(position + RecordOffset.sysFlag));
  if (position + bodyLength + 4 > end) return false;
  const bodyBytes = view.getInt32(position + bodyLength);
  const behindBody = view.getInt32(position + RecordOffset.totalSize) - bodyLength - 4 - bodyBytes;
  return bodyBytes >= 0 && behindBody >= 3 && behindBody <= MOST_BEHIND_BODY_BYTES;
}

/**
 * True when a record of `size` bytes that was laid out for `physicalOffset` lies at `position`, and its inner lengths add up to
 * its size, so that who takes it apart ends where it ends. Says nothing of the body's checksum, which costs more than to
 * send the record: readers check it. Without text or object, since every record that is read from a file passes it.
 */
export function isWholeRecord(view: DataView, position: number, size: number, physicalOffset: number): boolean {
  if (size < LEAST_RECORD_BYTES || view.getInt32(position + RecordOffset.totalSize) !== size) return false;
  const magic = view.getInt32(position + RecordOffset.magic);
  if (magic !== RecordMagic.v1 && magic !== RecordMagic.v2) return false;
  if (readInt64(view, position + RecordOffset.physicalOffset) !== physicalOffset) return false;
  const end = position + size;
  const bodyLength = position + bodyLengthAt(view.getInt32(position + RecordOffset.sysFlag));
  const topicLengthBytes = magic === RecordMagic.v2 ? 2 : 1;
  if (bodyLength + 4 + topicLengthBytes + 2 > end) return false;
  const bodyBytes = view.getInt32(bodyLength);
  const topicLength = bodyLength + 4 + bodyBytes;
  if (bodyBytes < 0 || topicLength + topicLengthBytes + 2 > end) return false;
  const topicBytes = topicLengthBytes === 2 ? view.getInt16(topicLength) : view.getInt8(topicLength);
  const propertiesLength = topicLength + topicLengthBytes + topicBytes;
  if (topicBytes < 0 || propertiesLength + 2 > end) return false;
  const propertiesBytes = view.getInt16(propertiesLength);
  return propertiesBytes >= 0 && propertiesLength + 2 + propertiesBytes === end;
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
  const bodyLength = position + bodyLengthAt(view.getInt32(position + RecordOffset.sysFlag));
  const topicLength = bodyLength + 4 + view.getInt32(bodyLength);
  const isLong = view.getInt32(position + RecordOffset.magic) === RecordMagic.v2;
  const length = isLong ? view.getInt16(topicLength) : view.getInt8(topicLength);
  if (length !== topicBytes.length) return false;
  const topicAt = topicLength + (isLong ? 2 : 1);
  for (let i = 0; i < length; i++) if (bytes[topicAt + i] !== topicBytes[i]) return false;
  return true;
}

/** Where the property text of the whole record at `position` begins; it ends where the record ends. */
export function propertiesAt(view: DataView, position: number): number {
  const bodyLength = position + bodyLengthAt(view.getInt32(position + RecordOffset.sysFlag));
  const topicLength = bodyLength + 4 + view.getInt32(bodyLength);
  const isLong = view.getInt32(position + RecordOffset.magic) === RecordMagic.v2;
  return topicLength + (isLong ? 2 + view.getInt16(topicLength) : 1 + view.getInt8(topicLength)) + 2;
}
