import {
  MessageProperty,
  MessageSysFlag,
  PROPERTIES_MAX_BYTES,
  type PropertiesCharset,
  PropertySlot,
  PropertyTable,
  parseJavaBoolean,
  parseJavaInt,
  ResponseCode,
  storableText,
  transactionType,
} from '@rocketmq-ts/protocol';
import { MOST_BATCH_MESSAGES } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import { Refusal } from '../refusal.ts';
import { MessageType } from '../stats/message-counters.ts';

const { UNIQ_KEY, TAGS, KEYS, WAIT, DELAY, TRAN_MSG, INNER_NUM, SHARDING_KEY } = PropertySlot;
const { TIMER_DELIVER_MS, START_DELIVER_TIME, TIMER_DELAY_MS, TIMER_DELAY_SEC, TIMER_OUT_MS } = PropertySlot;
const { BORNHOST_V6, STOREHOST_V6, TRANSACTION_MASK, TRANSACTION_COMMIT, INNER_BATCH } = MessageSysFlag;
/** Longer property texts are not read: no record could hold what is left of them. */
export const LONGEST_PROPERTIES = 2 * PROPERTIES_MAX_BYTES;
/** The store sets these bits from the addresses of the record. */
const HOST_BITS = BORNHOST_V6 | STOREHOST_V6;
const INNER_BATCH_TEXT = 'a message is not a batch that is stored as one';
const NOT_FLAGGED_TEXT = 'it has the property INNER_NUM, and its system flags do not say that it is an inner batch';

/**
 * What a message asks for by its properties: whether and how it is delayed, half of a transaction, found later. Sends,
 * batches and the members of batches are all read here. One object is reused for all messages of a handler.
 */
export class MessageKind {
  readonly properties = new PropertyTable();
  uniqueKey: string | undefined;
  tags: string | undefined;
  /** Separated by blanks. */
  keys: string | undefined;
  /** False: the producer does not wait for the disk. Source: Message#isWaitStoreMsgOK. */
  wait = true;
  /** Above 0: the message is for later. */
  delayLevel = 0;
  /** DELAY when it is no number. */
  badDelay: string | undefined;
  /** Half of a transaction. Source: SendMessageProcessor#sendMessage. */
  isHalf = false;
  /** For a time of its own, by timer properties. Source: HookUtils#checkIfTimerMessage. */
  isTimer = false;
  /** Says that it is a batch stored as one record. */
  isInnerBatch = false;

  read(text: string, charset: PropertiesCharset = 'utf8', reconsumeTimes = 0): this {
    const properties = this.properties.read(text, charset);
    this.uniqueKey = properties.value(UNIQ_KEY);
    this.tags = properties.value(TAGS);
    this.keys = properties.value(KEYS);
    if (!text.isWellFormed()) this.#useStorableText();
    this.wait = !properties.has(WAIT) || parseJavaBoolean(properties.value(WAIT));
    this.delayLevel = 0;
    this.badDelay = undefined;
    if (properties.has(DELAY)) this.#readDelay(properties.value(DELAY)!);
    // A committed message that a consumer sent back keeps the property.
    this.isHalf =
      properties.has(TRAN_MSG) &&
      parseJavaBoolean(properties.value(TRAN_MSG)) &&
      !(reconsumeTimes > 0 && this.delayLevel > 0);
    this.isTimer =
      this.delayLevel <= 0 &&
      (properties.has(TIMER_DELIVER_MS) ||
        properties.has(TIMER_DELAY_MS) ||
        properties.has(TIMER_DELAY_SEC) ||
        properties.has(START_DELIVER_TIME)) &&
      !properties.has(TIMER_OUT_MS);
    this.isInnerBatch = properties.has(INNER_NUM);
    return this;
  }

  /** A place in `MESSAGE_TYPES`, as it was read. Source: BrokerMetricsManager#getMessageType. */
  get messageType(): number {
    if (this.isHalf) return MessageType.TRANSACTION;
    if (this.properties.has(SHARDING_KEY)) return MessageType.FIFO;
    return this.delayLevel > 0 || this.isTimer ? MessageType.DELAY : MessageType.NORMAL;
  }

  /** A copy that a consumer itself sends to be consumed again was committed before, whatever it says. */
  isRetryCopy(): void {
    this.isHalf = false;
  }

  /** Dead letters are stored at once, whatever delay they ask for. Source: SendMessageProcessor#handleRetryAndDLQ. */
  dropDelay(): void {
    this.delayLevel = 0;
    this.badDelay = undefined;
    this.isTimer = false;
  }

  /** The index and the tags code follow from what is in the record. */
  #useStorableText(): void {
    this.uniqueKey &&= storableText(this.uniqueKey);
    this.tags &&= storableText(this.tags);
    this.keys &&= storableText(this.keys);
  }

  #readDelay(text: string): void {
    const level = parseJavaInt(text);
    if (level === undefined) this.badDelay = text;
    else this.delayLevel = level;
  }
}

/** Why a single message is refused for its kind; undefined when this broker serves it. */
export function whyKindRefused(
  kind: MessageKind,
  sysFlag: number,
  {
    brokerAddr,
    config,
  }: { readonly brokerAddr: string; readonly config: Pick<BrokerConfig, 'rejectTransactionMessage'> },
  takesInnerBatches: boolean,
): Refusal | undefined {
  if (kind.badDelay !== undefined) return new Refusal(ResponseCode.SYSTEM_ERROR, badDelay(kind.badDelay));
  if (kind.isHalf && config.rejectTransactionMessage) {
    return new Refusal(
      ResponseCode.NO_PERMISSION,
      `the broker[${brokerAddr}] sending transaction message is forbidden: rejectTransactionMessage=true`,
    );
  }
  const isFlagged = (sysFlag & INNER_BATCH) !== 0;
  if (!isFlagged && !kind.isInnerBatch) return undefined;
  const why = isFlagged ? whyNoInnerBatch(kind, takesInnerBatches) : NOT_FLAGGED_TEXT;
  return why === undefined ? undefined : new Refusal(ResponseCode.MESSAGE_ILLEGAL, why);
}

/** Source: HookUtils#checkInnerBatch. Where Apache's broker stores what its queues of another kind can't count, this one does not. */
function whyNoInnerBatch(kind: MessageKind, takesInnerBatches: boolean): string | undefined {
  if (!takesInnerBatches)
    return 'it is an inner batch, and the queues of its topic are no batch queues (queue.type=BatchCQ)';
  if (kind.isHalf || kind.delayLevel > 0 || kind.isTimer)
    return 'an inner batch can not be delayed, nor be half of a transaction';
  const count = kind.isInnerBatch ? parseJavaInt(kind.properties.value(INNER_NUM)!) : 1;
  return count !== undefined && count >= 1 && count <= MOST_BATCH_MESSAGES
    ? undefined
    : `its INNER_NUM is no number from 1 to ${MOST_BATCH_MESSAGES}`;
}

/** What a batch as a whole must not be; undefined when it is none of it. `staysWhole`: it becomes an inner batch itself. */
export function whyNoBatch(kind: MessageKind, sysFlag: number, staysWhole: boolean): string | undefined {
  if (transactionType(sysFlag) !== 0 || (!staysWhole && (sysFlag & INNER_BATCH) !== 0)) {
    return 'its system flags say what no batch can be';
  }
  return staysWhole ? whyNotAtOnce(kind) : whyNoMember(kind);
}

/**
 * What a batch, or one of its messages, must not ask for: members are stored in the queue of the batch at once.
 * Source: MessageBatch#generateFromList.
 */
export function whyNoMember(kind: MessageKind): string | undefined {
  return whyNotAtOnce(kind) ?? (kind.isInnerBatch ? INNER_BATCH_TEXT : undefined);
}

function whyNotAtOnce(kind: MessageKind): string | undefined {
  if (kind.badDelay !== undefined) return badDelay(kind.badDelay);
  if (kind.delayLevel > 0 || kind.isTimer) return 'messages of a batch can not be delayed';
  return kind.isHalf ? 'messages of a batch can not be halves of transactions' : undefined;
}

function badDelay(text: string): string {
  return `${MessageProperty.DELAY_TIME_LEVEL} ${JSON.stringify(text.slice(0, 100))} is not a number; it takes a delay level, 1 and up`;
}

/** Bits that a client's message keeps of its system flags. Which part of a transaction a record is, the broker decides. */
export function sysFlagOfSend(sysFlag: number): number {
  return sysFlag & ~(HOST_BITS | TRANSACTION_MASK);
}

/** Bits that a record keeps when it is stored once more: a committed message stays one, halves and rolled back ones do not. */
export function sysFlagOfMove(sysFlag: number): number {
  return transactionType(sysFlag) === TRANSACTION_COMMIT ? sysFlag & ~HOST_BITS : sysFlagOfSend(sysFlag);
}
