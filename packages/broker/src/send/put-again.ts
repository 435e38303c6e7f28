import {
  formatMessageProperties,
  MessageProperty,
  MessageSysFlag,
  type MessageView,
  SystemTopic,
} from '@rocketmq-ts/protocol';
import {
  deliverTime,
  type MessageStore,
  type PutMessageStatus,
  type PutTicket,
  type RecordInput,
  tagCode,
} from '@rocketmq-ts/store';
import { encodeHost } from '../identity.ts';
import type { StoredPlace } from '../stats/broker-stats.ts';

/** Bits of the sys flag that the broker decides on, whatever a client sent: the kind of transaction and the hosts' forms. */
export const BROKER_BITS = MessageSysFlag.TRANSACTION_MASK | MessageSysFlag.BORNHOST_V6 | MessageSysFlag.STOREHOST_V6;

/** A stored message that is stored once more: elsewhere, later, with other properties. */
export interface PutAgain {
  readonly message: MessageView;
  readonly topic: string;
  readonly queueId: number;
  readonly properties: ReadonlyMap<string, string>;
  readonly reconsumeTimes: number;
  /** 0: at once. */
  readonly delayLevel: number;
}

/** Stores messages that the broker itself moves: retries, dead letters, delayed messages that are due. */
export class MessageMover {
  readonly #store: MessageStore;
  readonly #storeHost: Uint8Array;
  readonly #delayLevelsMs: readonly number[];

  constructor(store: MessageStore, storeHost: Uint8Array, delayLevelsMs: readonly number[]) {
    this.#store = store;
    this.#storeHost = storeHost;
    this.#delayLevelsMs = delayLevelsMs;
  }

  /** Where the last message was put that was accepted, for the counters. */
  lastPlace: StoredPlace = { storedTopic: '', storedQueueId: 0, storedBytes: 0 };

  /** As `MessageStore.put`. Born data, flag and body stay the message's own. */
  put(again: PutAgain, ticket: PutTicket): PutMessageStatus {
    const { message } = again;
    const properties = new Map(again.properties);
    let { topic, queueId } = again;
    let tagsCode = tagCode(properties.get(MessageProperty.TAGS));
    if (again.delayLevel > 0) {
      const level = Math.min(again.delayLevel, this.#delayLevelsMs.length);
      properties.set(MessageProperty.DELAY_TIME_LEVEL, String(level));
      properties.set(MessageProperty.REAL_TOPIC, topic);
      properties.set(MessageProperty.REAL_QUEUE_ID, String(queueId));
      topic = SystemTopic.SCHEDULE;
      queueId = level - 1;
      tagsCode = deliverTime(level, this.#store.nextStoreTimestamp(), this.#delayLevelsMs);
    }
    const input: RecordInput = {
      topic,
      queueId,
      flag: message.flag,
      sysFlag: message.sysFlag & ~BROKER_BITS,
      bornTimestamp: message.bornTimestamp,
      bornHost: encodeHost(message.bornHost),
      storeHost: this.#storeHost,
      reconsumeTimes: again.reconsumeTimes,
      preparedTransactionOffset: 0,
      body: message.body,
      properties: formatMessageProperties(properties),
      tagsCode,
      uniqueKey: properties.get(MessageProperty.UNIQ_CLIENT_MESSAGE_ID) ?? '',
      keys: properties.get(MessageProperty.KEYS) ?? '',
      tags: properties.get(MessageProperty.TAGS) ?? '',
    };
    const status = this.#store.put(input, ticket, true);
    this.lastPlace = { storedTopic: topic, storedQueueId: queueId, storedBytes: this.#store.lastRecordBytes };
    return status;
  }
}
