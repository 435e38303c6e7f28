import { parseJavaInt } from '../model/java-int.ts';
import { MessageProperty } from '../model/message-property.ts';
import type { MessageView } from './message.ts';

const COMMA = 44;
const ZERO = 48;

/** Tag of op messages: the half messages that they name are over. Source: TransactionalMessageUtil#REMOVE_TAG. */
export const OP_TAG = 'd';

/**
 * The queue offsets of half messages below `end` that the body of an op message names: one without a comma (up to 5.0), or
 * several with one behind each. What is no number is passed over.
 * Source: TransactionalMessageServiceImpl#fillOpRemoveMap.
 */
export function halfOffsetsOf(opBody: Uint8Array, end: number): number[] {
  const offsets: number[] = [];
  let value = 0;
  let digits = 0;
  let isNumber = true;
  for (let at = 0; at <= opBody.length; at++) {
    const code = at < opBody.length ? opBody[at]! : COMMA;
    if (code !== COMMA) {
      const digit = code - ZERO;
      isNumber &&= digit >= 0 && digit <= 9;
      value = value * 10 + digit;
      digits += 1;
      continue;
    }
    if (isNumber && digits > 0 && value < end) offsets.push(value);
    value = digits = 0;
    isNumber = true;
  }
  return offsets;
}

/**
 * OPEN: nobody was asked for it yet. UNKNOWN: it was asked for, and still is. DISCARDED: it was asked for too often and is in
 * TRANS_CHECK_MAX_TIME_TOPIC.
 */
export type TransactionState = 'OPEN' | 'UNKNOWN' | 'DISCARDED';

/** A transaction that was not ended, as operators see it. */
export interface UnendedTransaction {
  readonly state: TransactionState;
  /** Unique key of the message; empty when it has none. */
  readonly transactionId: string;
  /** The topic that the message is for. */
  readonly topic: string;
  readonly producerGroup: string;
  /** How often its producer was asked. */
  readonly checkTimes: number;
  /** At the producer, milliseconds. */
  readonly bornTimestamp: number;
  /** Of this copy. */
  readonly storeTimestamp: number;
  /** Names this copy to the broker, to look at it or to resume it. */
  readonly offsetMsgId: string;
  readonly queueId: number;
  readonly queueOffset: number;
}

/** What a half message, or one that was given up, says of its transaction. */
export function unendedTransaction(message: MessageView, isDiscarded: boolean): UnendedTransaction {
  const checkTimes = parseJavaInt(message.property(MessageProperty.TRANSACTION_CHECK_TIMES) ?? '') ?? 0;
  return {
    state: isDiscarded ? 'DISCARDED' : checkTimes > 0 ? 'UNKNOWN' : 'OPEN',
    transactionId: message.uniqueKey ?? '',
    topic: message.property(MessageProperty.REAL_TOPIC) ?? '',
    producerGroup: message.property(MessageProperty.PRODUCER_GROUP) ?? '',
    checkTimes,
    bornTimestamp: message.bornTimestamp,
    storeTimestamp: message.storeTimestamp,
    offsetMsgId: message.offsetMsgId,
    queueId: message.queueId,
    queueOffset: message.queueOffset,
  };
}

/**
 * Open transactions by their half messages, which are added in the order of their queue. A check stores the message again, and the broker
 * says so only when its round is over, or never where it is killed before: of several copies only the newest counts.
 */
export class OpenTransactions {
  readonly #byMessage = new Map<string, UnendedTransaction>();

  add(half: MessageView): void {
    const each = unendedTransaction(half, false);
    const key = each.transactionId === '' ? each.offsetMsgId : `${each.transactionId} ${each.bornTimestamp}`;
    this.#byMessage.delete(key);
    this.#byMessage.set(key, each);
  }

  /** In the order of the newest copies. */
  values(): IterableIterator<UnendedTransaction> {
    return this.#byMessage.values();
  }
}
