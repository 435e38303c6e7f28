import { readInt64, writeInt64 } from '@rocketmq-ts/kernel';
import { bodyCrc32 } from './crc.ts';
import { RECORD_FIXED_BYTES, RecordMagic, RecordOffset } from './layout.ts';
import { RecordParts } from './record-parts.ts';

/** A stored record whose bytes are moved, not read: nothing of it is decoded but what moving needs. */
export interface StoredRecord {
  readonly topic: string;
  readonly queueId: number;
  readonly flag: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly sysFlag: number;
  readonly bornTimestamp: number;
  /** Address and port as they are stored. Shares memory with the record's bytes, as those below. */
  readonly bornHost: Buffer;
  readonly storeTimestamp: number;
  readonly storeHost: Buffer;
  readonly reconsumeTimes: number;
  readonly body: Buffer;
  /** One character for each byte, see `PropertyTable`. */
  readonly properties: string;
  readonly storeSize: number;
}

/**
 * The record that fills `bytes` from `at` on as far as its size says; undefined when its lengths disagree or its body is
 * not what its CRC says. Source: MessageDecoder#decode.
 */
export function readStoredRecord(bytes: Buffer, at = 0): StoredRecord | undefined {
  if (at + RECORD_FIXED_BYTES > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
  const storeSize = view.getInt32(RecordOffset.totalSize);
  const magic = view.getInt32(RecordOffset.magic);
  if (magic !== RecordMagic.v1 && magic !== RecordMagic.v2) return undefined;
  if (storeSize < RECORD_FIXED_BYTES || storeSize > view.byteLength) return undefined;
  const sysFlag = view.getInt32(RecordOffset.sysFlag);
  const parts = new RecordParts();
  if (parts.find(view, 0, storeSize) !== undefined || parts.propertiesEnd !== storeSize) return undefined;
  const body = bytes.subarray(at + parts.bodyAt, at + parts.bodyEnd);
  if (body.length > 0 && bodyCrc32(body) !== view.getInt32(RecordOffset.bodyCrc)) return undefined;
  return {
    topic: bytes.toString('utf8', at + parts.topicAt, at + parts.topicEnd),
    queueId: view.getInt32(RecordOffset.queueId),
    flag: view.getInt32(RecordOffset.flag),
    queueOffset: readInt64(view, RecordOffset.queueOffset),
    physicalOffset: readInt64(view, RecordOffset.physicalOffset),
    sysFlag,
    bornTimestamp: readInt64(view, RecordOffset.bornTimestamp),
    bornHost: bytes.subarray(at + RecordOffset.bornHost, at + parts.storeTimestampAt),
    storeTimestamp: readInt64(view, parts.storeTimestampAt),
    storeHost: bytes.subarray(at + parts.storeHostAt, at + parts.reconsumeTimesAt),
    reconsumeTimes: view.getInt32(parts.reconsumeTimesAt),
    body,
    properties: bytes.toString('latin1', at + parts.propertiesAt, at + storeSize),
    storeSize,
  };
}

/** Offset message id of a stored record. Source: MessageDecoder#createMessageId. */
export function offsetMessageIdOf({ storeHost, physicalOffset }: StoredRecord): string {
  const offset = Buffer.alloc(8);
  writeInt64(new DataView(offset.buffer, offset.byteOffset, 8), 0, physicalOffset);
  return (storeHost.toString('hex') + offset.toString('hex')).toUpperCase();
}
