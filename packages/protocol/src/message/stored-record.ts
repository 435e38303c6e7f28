import { MessageSysFlag } from '../model/sys-flag.ts';
import { bodyCrc32 } from './crc.ts';
import { HOST_BYTES_V4, HOST_BYTES_V6, RECORD_FIXED_BYTES, RecordMagic, RecordOffset } from './layout.ts';

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
  const bornBytes = (sysFlag & MessageSysFlag.BORNHOST_V6) === 0 ? HOST_BYTES_V4 : HOST_BYTES_V6;
  const storeBytes = (sysFlag & MessageSysFlag.STOREHOST_V6) === 0 ? HOST_BYTES_V4 : HOST_BYTES_V6;
  const storeTimestampAt = RecordOffset.bornHost + bornBytes;
  const reconsumeTimesAt = storeTimestampAt + 8 + storeBytes;
  const bodyAt = reconsumeTimesAt + 16;
  const topicLengthBytes = magic === RecordMagic.v2 ? 2 : 1;
  if (bodyAt + topicLengthBytes + 2 > storeSize) return undefined;
  const bodyBytes = view.getInt32(bodyAt - 4);
  const topicAt = bodyAt + bodyBytes + topicLengthBytes;
  if (bodyBytes < 0 || topicAt + 2 > storeSize) return undefined;
  const topicBytes = magic === RecordMagic.v2 ? view.getInt16(bodyAt + bodyBytes) : view.getInt8(bodyAt + bodyBytes);
  const propertiesAt = topicAt + topicBytes + 2;
  if (topicBytes < 0 || propertiesAt > storeSize) return undefined;
  if (propertiesAt + view.getInt16(propertiesAt - 2) !== storeSize) return undefined;
  const body = bytes.subarray(at + bodyAt, at + bodyAt + bodyBytes);
  if (bodyBytes > 0 && bodyCrc32(body) !== view.getInt32(RecordOffset.bodyCrc)) return undefined;
  return {
    topic: bytes.toString('utf8', at + topicAt, at + topicAt + topicBytes),
    queueId: view.getInt32(RecordOffset.queueId),
    flag: view.getInt32(RecordOffset.flag),
    queueOffset: longAt(view, RecordOffset.queueOffset),
    physicalOffset: longAt(view, RecordOffset.physicalOffset),
    sysFlag,
    bornTimestamp: longAt(view, RecordOffset.bornTimestamp),
    bornHost: bytes.subarray(at + RecordOffset.bornHost, at + storeTimestampAt),
    storeTimestamp: longAt(view, storeTimestampAt),
    storeHost: bytes.subarray(at + storeTimestampAt + 8, at + reconsumeTimesAt),
    reconsumeTimes: view.getInt32(reconsumeTimesAt),
    body,
    properties: bytes.toString('latin1', at + propertiesAt, at + storeSize),
    storeSize,
  };
}

/** Offset message id of a stored record. Source: MessageDecoder#createMessageId. */
export function offsetMessageIdOf({ storeHost, physicalOffset }: StoredRecord): string {
  const offset = Buffer.alloc(8);
  offset.writeUInt32BE(Math.floor(physicalOffset / 4294967296));
  offset.writeUInt32BE(physicalOffset >>> 0, 4);
  return (storeHost.toString('hex') + offset.toString('hex')).toUpperCase();
}

function longAt(view: DataView, at: number): number {
  return view.getInt32(at) * 4294967296 + view.getUint32(at + 4);
}
