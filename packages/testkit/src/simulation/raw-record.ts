import { encodeMessage, RecordMagic } from '@rocketmq-ts/protocol';
import type { MessageStore, RecordInput } from '@rocketmq-ts/store';

const BLANK_BYTES = 8;

interface RawRecord {
  /** A blank record before it, where it does not fit into the file, and the record. */
  readonly bytes: Buffer;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly storedBytes: number;
  readonly storeTimestamp: number;
}

/** The bytes that a master's log would have next, if it had the log of this store and a producer put this message. */
export function rawRecord(
  store: MessageStore,
  input: RecordInput,
  fileBytes: number,
  storeTimestamp: number,
): RawRecord {
  const { topic, queueId, flag, sysFlag, bornTimestamp, properties } = input;
  const body = Buffer.from(input.body);
  const inQueue = sysFlag === 0;
  const queueOffset = inQueue ? store.queue(topic, queueId).nextOffset : 0;
  const host = { host: '10.0.0.1', port: 10_911 };
  const encoded = (physicalOffset: number): Buffer =>
    encodeMessage({
      ...{ topic, queueId, flag, sysFlag, bornTimestamp, body, queueOffset, physicalOffset, storeTimestamp },
      ...{
        bornHost: host,
        storeHost: host,
        reconsumeTimes: 0,
        preparedTransactionOffset: 0,
        propertiesText: properties,
      },
    });
  const { appendOffset } = store.facts;
  const rest = fileBytes - (appendOffset % fileBytes);
  const record = encoded(appendOffset);
  const storedBytes = record.length;
  const facts = { queueOffset, storedBytes, storeTimestamp };
  if (storedBytes + BLANK_BYTES <= rest) return { ...facts, bytes: record, physicalOffset: appendOffset };
  const blank = Buffer.alloc(rest);
  blank.writeInt32BE(rest);
  blank.writeInt32BE(RecordMagic.blank, 4);
  const physicalOffset = appendOffset + rest;
  return { ...facts, bytes: Buffer.concat([blank, encoded(physicalOffset)]), physicalOffset };
}
