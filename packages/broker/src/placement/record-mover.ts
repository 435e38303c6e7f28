import { tagCode } from '@rocketmq-ts/filter';
import {
  MessageSysFlag,
  PROPERTIES_MAX_BYTES,
  PropertySlot,
  type PropertyTable,
  type StoredRecord,
  transactionType,
} from '@rocketmq-ts/protocol';
import type { PutMessageStatus, PutTicket, RecordInput } from '@rocketmq-ts/store';
import type { StoredPlace } from '../stats/broker-stats.ts';
import type { Placement } from './placement.ts';

/** Where a stored record is stored once more. */
export interface Move {
  readonly topic: string;
  readonly queueId: number;
  readonly reconsumeTimes: number;
  readonly storeHost: Uint8Array;
  /** 0: at once. */
  readonly delayLevel: number;
}

/**
 * Stores records once more that the broker itself moves: retries, dead letters, delayed messages that are due. Bytes are
 * copied; only the properties that were changed in the table differ.
 */
export class RecordMover {
  readonly #placement: Placement;
  /** Where the last record was put that was accepted, for the counters. */
  lastPlace: StoredPlace = { storedTopic: '', storedQueueId: 0, storedBytes: 0 };

  constructor(placement: Placement) {
    this.#placement = placement;
  }

  /**
   * As `MessageStore.put`. `properties`: those of the record, as bytes, with what is to change. Without a delay a record whose
   * changed properties are too long keeps those that it has; with one it is refused.
   */
  put(record: StoredRecord, properties: PropertyTable, move: Move, ticket: PutTicket): PutMessageStatus {
    const tags = properties.value(PropertySlot.TAGS);
    const input: RecordInput = {
      topic: move.topic,
      queueId: move.queueId,
      flag: record.flag,
      sysFlag: movedSysFlag(record.sysFlag),
      bornTimestamp: record.bornTimestamp,
      bornHost: record.bornHost,
      storeHost: move.storeHost,
      reconsumeTimes: move.reconsumeTimes,
      preparedTransactionOffset: 0,
      body: record.body,
      properties: '',
      charset: properties.charset,
      tagsCode: tagCode(tags),
      delayMs: undefined,
      uniqueKey: properties.value(PropertySlot.UNIQ_KEY) ?? '',
      keys: properties.value(PropertySlot.KEYS) ?? '',
      tags: tags ?? '',
    };
    this.#placement.park(input, properties, move.delayLevel);
    const text = properties.text();
    input.properties = move.delayLevel <= 0 && text.length > PROPERTIES_MAX_BYTES ? record.properties : text;
    const { status, storedBytes } = this.#placement.put(input, ticket, true);
    this.lastPlace = { storedTopic: input.topic, storedQueueId: input.queueId, storedBytes };
    return status;
  }
}

/** Without what only its old place makes true; the store sets the bits of the hosts itself. */
function movedSysFlag(sysFlag: number): number {
  const hosts = MessageSysFlag.BORNHOST_V6 | MessageSysFlag.STOREHOST_V6;
  const isCommitted = transactionType(sysFlag) === MessageSysFlag.TRANSACTION_COMMIT;
  return sysFlag & ~(isCommitted ? hosts : hosts | MessageSysFlag.TRANSACTION_MASK);
}
