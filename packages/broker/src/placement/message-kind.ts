import {
  type PropertiesCharset,
  PropertySlot,
  PropertyTable,
  parseJavaBoolean,
  parseJavaInt,
  storableText,
} from '@rocketmq-ts/protocol';

const { UNIQ_KEY, TAGS, KEYS, WAIT, DELAY, TRAN_MSG, INNER_NUM } = PropertySlot;
const { TIMER_DELIVER_MS, TIMER_DELAY_MS, TIMER_DELAY_SEC, TIMER_OUT_MS } = PropertySlot;

/**
 * What a message asks for by its properties: whether and how it is delayed, half of a transaction, found later. Sends,
 * batches and returned messages are all read here. One object is reused for all messages of a handler.
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
    if (!text.isWellFormed()) this.#takeAsStored();
    this.wait = !properties.has(WAIT) || parseJavaBoolean(properties.value(WAIT));
    this.delayLevel = 0;
    this.badDelay = undefined;
    if (properties.has(DELAY)) this.#readDelay(properties.value(DELAY)!);
    // A committed message that a consumer gave back keeps the mark.
    this.isHalf =
      properties.has(TRAN_MSG) &&
      parseJavaBoolean(properties.value(TRAN_MSG)) &&
      !(reconsumeTimes > 0 && this.delayLevel > 0);
    this.isTimer =
      this.delayLevel <= 0 &&
      (properties.has(TIMER_DELIVER_MS) || properties.has(TIMER_DELAY_MS) || properties.has(TIMER_DELAY_SEC)) &&
      !properties.has(TIMER_OUT_MS);
    this.isInnerBatch = properties.has(INNER_NUM);
    return this;
  }

  /** The index and the tags code follow from what is in the record. */
  #takeAsStored(): void {
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
