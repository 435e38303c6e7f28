import { crc32 } from 'node:zlib';
import { viewOf, writeInt64 } from '@rocketmq-ts/kernel';
import { MessageSysFlag, RECORD_FIXED_BYTES, RecordMagic, RecordOffset } from '@rocketmq-ts/protocol';
import { BLANK_RECORD_BYTES, type RecordHead } from './record.ts';

/** Topic of the records that lie where the log lost some; the prefix is that of Apache's system topics. */
export const HOLE_TOPIC = 'rmq_sys_LOG_HOLE';
/** A hole is never smaller, since no record with a topic is. */
export const LEAST_HOLE_BYTES = RECORD_FIXED_BYTES + 1;
/** Larger holes get several records, since readers take a record into memory whole. */
const MOST_HOLE_RECORD_BYTES = 4 * 1024 * 1024;
/** Of the head: everything up to the body. */
const BODY_AT = 88;
const ZEROS = Buffer.alloc(64 * 1024);

/** A record that takes the place of lost ones: `head`, then zeros, then `tail`; `sizeBytes` together. */
export interface HoleRecord {
  readonly offset: number;
  readonly sizeBytes: number;
  readonly head: Buffer;
  readonly tail: Buffer;
}

/**
 * The records that fill the bytes [from, to) of a log file exactly. Each is whole, with a body of zeros and the right checksum,
 * and says that it is a rolled back message: so every reader of the log passes over it (Apache's as well), and none makes a
 * unit or an index entry of it. `storeTimestamp`: of the neighbours; readers choose files by it.
 * Source: CommitLog#checkMessageAndReturnSize; DefaultMessageStore$CommitLogDispatcherBuildConsumeQueue#dispatch,
 * IndexService#buildIndex (both pass TRANSACTION_ROLLBACK_TYPE over).
 */
export function* holeRecords(from: number, to: number, storeTimestamp: number): Generator<HoleRecord> {
  for (let offset = from; offset < to; ) {
    const rest = to - offset;
    let sizeBytes = Math.min(rest, MOST_HOLE_RECORD_BYTES);
    // What is left must be large enough for another one.
    if (rest > sizeBytes && rest - sizeBytes < LEAST_HOLE_BYTES) sizeBytes -= LEAST_HOLE_BYTES;
    yield holeRecord(offset, sizeBytes, storeTimestamp);
    offset += sizeBytes;
  }
}

function holeRecord(offset: number, sizeBytes: number, storeTimestamp: number): HoleRecord {
  const topic = Buffer.from(HOLE_TOPIC.slice(0, sizeBytes - RECORD_FIXED_BYTES));
  const bodyBytes = sizeBytes - RECORD_FIXED_BYTES - topic.length;
  const head = Buffer.alloc(BODY_AT);
  const view = viewOf(head);
  view.setInt32(RecordOffset.totalSize, sizeBytes);
  view.setInt32(RecordOffset.magic, RecordMagic.v1);
  view.setInt32(RecordOffset.bodyCrc, crcOfZeros(bodyBytes));
  writeInt64(view, RecordOffset.physicalOffset, offset);
  view.setInt32(RecordOffset.sysFlag, MessageSysFlag.TRANSACTION_ROLLBACK);
  writeInt64(view, RecordOffset.bornTimestamp, storeTimestamp);
  writeInt64(view, RecordOffset.bornHost + 8, storeTimestamp);
  view.setInt32(BODY_AT - 4, bodyBytes);
  const tail = Buffer.concat([Buffer.from([topic.length]), topic, Buffer.alloc(2)]);
  return { offset, sizeBytes, head, tail };
}

function crcOfZeros(bytes: number): number {
  let crc = 0;
  for (let rest = bytes; rest > 0; rest -= ZEROS.length)
    crc = crc32(ZEROS.subarray(0, Math.min(rest, ZEROS.length)), crc);
  return bytes === 0 ? 0 : crc & 0x7fffffff;
}

/** The record that ends a file; both readers continue in the next one. Source: CommitLog, end-of-file record. */
export function blankRecord(sizeBytes: number): Buffer {
  const blank = Buffer.alloc(BLANK_RECORD_BYTES);
  blank.writeInt32BE(sizeBytes, 0);
  blank.writeInt32BE(RecordMagic.blank, RecordOffset.magic);
  return blank;
}

/** True for a record of `holeRecords`. */
export function isHoleRecord({ sysFlag, topic, queueOffset, properties }: RecordHead): boolean {
  if (sysFlag !== MessageSysFlag.TRANSACTION_ROLLBACK || queueOffset !== 0 || properties !== '') return false;
  return topic !== '' && HOLE_TOPIC.startsWith(topic);
}
