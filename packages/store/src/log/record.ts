import { crc32 } from 'node:zlib';
import { readInt64, writeInt64 } from '@rocketmq-ts/kernel';
import {
  bornHostBytes,
  HOST_BYTES_V4,
  HOST_BYTES_V6,
  MessageSysFlag,
  PROPERTIES_MAX_BYTES,
  type PropertiesCharset,
  RECORD_FIXED_BYTES,
  RecordMagic,
  RecordOffset,
  RecordParts,
} from '@rocketmq-ts/protocol';

const { BORNHOST_V6, STOREHOST_V6 } = MessageSysFlag;

/** Bytes that a record may need at the most beside body, topic and properties (v2, both hosts IPv6). */
export const RECORD_OVERHEAD_BYTES = 128;
/** Every full file ends with a blank record of at least so many bytes. Source: CommitLog#END_FILE_MIN_BLANK_LENGTH. */
export const BLANK_RECORD_BYTES = 8;

/**
 * What a put hands to the store. One object is reused for all puts of a handler: nothing of it is kept after the call.
 */
export interface RecordInput {
  topic: string;
  queueId: number;
  flag: number;
  /** Without the host bits: the store sets them. */
  sysFlag: number;
  bornTimestamp: number;
  /** Address (4 or 16 bytes) and port (4 bytes), as it is stored. */
  bornHost: Uint8Array;
  storeHost: Uint8Array;
  reconsumeTimes: number;
  preparedTransactionOffset: number;
  body: Uint8Array;
  /** Property text `name \x01 value \x02 …`, complete. */
  properties: string;
  /** `latin1`: `properties` has one character for each byte. Default `utf8`. */
  charset?: PropertiesCharset | undefined;
  /** What the consume queue entry carries: hash of the tag. */
  tagsCode: number;
  /** Of a record for the schedule topic, whose entry carries its due time instead: store time and this delay. */
  delayMs?: number | undefined;
  /** The properties that are indexed, '' for none; the store reads them itself where these are left out. */
  uniqueKey?: string | undefined;
  /** Separated by blanks. */
  keys?: string | undefined;
  tags?: string | undefined;
}

/**
 * Lays a record out at `position` and returns its size. The caller has made sure of room (RECORD_OVERHEAD_BYTES, body,
 * topic, and three bytes for each character of the properties). Returns −1 when the properties are too long.
 */
export function layOutRecord(
  buffer: Buffer,
  view: DataView,
  position: number,
  input: RecordInput,
  topicBytes: Uint8Array,
  queueOffset: number,
  physicalOffset: number,
  storeTimestamp: number,
): number {
  const body = input.body;
  const bornBytes = input.bornHost.length;
  const storeBytes = input.storeHost.length;
  const longTopic = topicBytes.length > 127;
  view.setInt32(position + RecordOffset.magic, longTopic ? RecordMagic.v2 : RecordMagic.v1);
  view.setInt32(position + RecordOffset.bodyCrc, body.length === 0 ? 0 : crc32(body) & 0x7fffffff);
  view.setInt32(position + RecordOffset.queueId, input.queueId);
  view.setInt32(position + RecordOffset.flag, input.flag);
  writeInt64(view, position + RecordOffset.queueOffset, queueOffset);
  writeInt64(view, position + RecordOffset.physicalOffset, physicalOffset);
  const sysFlag =
    input.sysFlag | (bornBytes === HOST_BYTES_V6 ? BORNHOST_V6 : 0) | (storeBytes === HOST_BYTES_V6 ? STOREHOST_V6 : 0);
  view.setInt32(position + RecordOffset.sysFlag, sysFlag);
  writeInt64(view, position + RecordOffset.bornTimestamp, input.bornTimestamp);
  let at = position + RecordOffset.bornHost;
  buffer.set(input.bornHost, at);
  at += bornBytes;
  writeInt64(view, at, storeTimestamp);
  at += 8;
  buffer.set(input.storeHost, at);
  at += storeBytes;
  view.setInt32(at, input.reconsumeTimes);
  writeInt64(view, at + 4, input.preparedTransactionOffset);
  view.setInt32(at + 12, body.length);
  at += 16;
  buffer.set(body, at);
  at += body.length;
  if (longTopic) {
    view.setUint16(at, topicBytes.length);
    at += 2;
  } else {
    view.setUint8(at, topicBytes.length);
    at += 1;
  }
  buffer.set(topicBytes, at);
  at += topicBytes.length;
  const propertiesBytes = buffer.write(input.properties, at + 2, input.charset ?? 'utf8');
  if (propertiesBytes > PROPERTIES_MAX_BYTES) return -1;
  view.setInt16(at, propertiesBytes);
  at += 2 + propertiesBytes;
  view.setInt32(position, at - position);
  return at - position;
}

/** Exact size of the record that `layOutRecord` makes. */
export function recordBytes(input: RecordInput, topicBytes: Uint8Array): number {
  const hosts = input.bornHost.length + input.storeHost.length - 2 * HOST_BYTES_V4;
  const fixed = RECORD_FIXED_BYTES + hosts + (topicBytes.length > 127 ? 1 : 0);
  return fixed + input.body.length + topicBytes.length + propertiesBytesOf(input);
}

/** Bytes that the properties of a put take in its record. */
export function propertiesBytesOf({ properties, charset }: RecordInput): number {
  return charset === 'latin1' ? properties.length : Buffer.byteLength(properties, 'utf8');
}

export type RecordCheck = 'RECORD' | 'BLANK' | 'DAMAGED' | 'END';

/** The fields of a record that dispatch and recovery need. One object is reused for a whole scan, or for all puts. */
export class RecordHead {
  totalSize = 0;
  queueId = 0;
  queueOffset = 0;
  physicalOffset = 0;
  sysFlag = 0;
  storeTimestamp = 0;
  topic = '';
  properties = '';
  /** What the index makes entries of, where a live put gives it ('' for none); otherwise it is read from the properties. */
  uniqueKey: string | undefined = undefined;
  /** Separated by blanks. */
  keys: string | undefined = undefined;
  tags: string | undefined = undefined;
}

/** Fills `into` for a record that was just laid out, instead of reading it. */
export function headOfPut(
  into: RecordHead,
  input: RecordInput,
  queueOffset: number,
  physicalOffset: number,
  totalSize: number,
  storeTimestamp: number,
): RecordHead {
  into.totalSize = totalSize;
  into.queueId = input.queueId;
  into.queueOffset = queueOffset;
  into.physicalOffset = physicalOffset;
  into.sysFlag = input.sysFlag;
  into.storeTimestamp = storeTimestamp;
  into.topic = input.topic;
  into.properties = input.properties;
  into.uniqueKey = input.uniqueKey;
  into.keys = input.keys;
  into.tags = input.tags;
  return into;
}

/** Reused for all records that are checked. */
const parts = new RecordParts();
let lastTopicBytes: Buffer = Buffer.alloc(0);
let lastTopic = '';

/**
 * Reads and checks the record at `position` of `buffer` (valid up to `end`), which the log holds at `physicalOffset`.
 * END: no record begins here. DAMAGED: its lengths make sense, but the body's CRC or an inner length is wrong.
 * Source: CommitLog#checkMessageAndReturnSize; stricter in one point: the physical offset must be the record's own.
 */
export function checkRecord(
  buffer: Buffer,
  view: DataView,
  position: number,
  end: number,
  physicalOffset: number,
  into: RecordHead,
): RecordCheck {
  if (end - position < BLANK_RECORD_BYTES) return 'END';
  const totalSize = view.getInt32(position);
  const magic = view.getInt32(position + RecordOffset.magic);
  into.totalSize = totalSize;
  if (magic === RecordMagic.blank) return totalSize >= BLANK_RECORD_BYTES ? 'BLANK' : 'END';
  if (magic !== RecordMagic.v1 && magic !== RecordMagic.v2) return 'END';
  if (totalSize < RECORD_FIXED_BYTES || totalSize > end - position) return 'END';
  if (readInt64(view, position + RecordOffset.physicalOffset) !== physicalOffset) return 'END';
  const sysFlag = view.getInt32(position + RecordOffset.sysFlag);
  into.queueId = view.getInt32(position + RecordOffset.queueId);
  into.queueOffset = readInt64(view, position + RecordOffset.queueOffset);
  into.physicalOffset = physicalOffset;
  into.sysFlag = sysFlag;
  const recordEnd = position + totalSize;
  if (parts.find(view, position, recordEnd) !== undefined || parts.propertiesEnd !== recordEnd) return 'DAMAGED';
  const { bodyAt, bodyEnd, topicAt, topicEnd, propertiesAt } = parts;
  into.storeTimestamp = readInt64(view, parts.storeTimestampAt);
  if (lastTopicBytes.length !== topicEnd - topicAt || lastTopicBytes.compare(buffer, topicAt, topicEnd) !== 0) {
    lastTopicBytes = Buffer.from(buffer.subarray(topicAt, topicEnd));
    lastTopic = lastTopicBytes.toString('utf8');
  }
  into.topic = lastTopic;
  into.properties = buffer.toString('utf8', propertiesAt, recordEnd);
  if (bodyEnd > bodyAt) {
    const crc = crc32(buffer.subarray(bodyAt, bodyEnd)) & 0x7fffffff;
    if (crc !== view.getInt32(position + RecordOffset.bodyCrc)) return 'DAMAGED';
  }
  return 'RECORD';
}

/** No checksum covers the properties, but their text has no zeros: where it ends in one, the end was never written. */
export function endsInZero(properties: string): boolean {
  return properties !== '' && properties.charCodeAt(properties.length - 1) === 0;
}

/** Store timestamp inside a record that begins at `position`. */
export function storeTimestampAt(view: DataView, position: number): number {
  const bornBytes = bornHostBytes(view.getInt32(position + RecordOffset.sysFlag));
  return readInt64(view, position + RecordOffset.bornHost + bornBytes);
}
