import { type Endpoint, formatEndpoint } from '@rocketmq-ts/kernel';
import {
  MessageProperty,
  type MessageQueue,
  MessageSysFlag,
  type MessageView,
  printMessageProperties,
} from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import { isThenable, reasonOf } from '../user-code.ts';

/** Where a queue began and ended when a message was pulled from it. */
export interface PulledRange {
  readonly minOffset: number;
  readonly maxOffset: number;
  /** What to add to the offset that the record carries. */
  readonly offsetDelta?: number | undefined;
}

/** The half of a serializer that consumers use. */
export interface Deserializer<T> {
  /**
   * The value of a body; called at the first use of `message.value`. What it throws is the `cause` of ClientError
   * `BODY_UNDECODABLE`. The bytes are lent: a value that keeps them copies them.
   */
  deserialize(body: Buffer, message: MessageExt<unknown>): T;
}

/** How a message comes to the user, where that differs from how it is stored. */
interface Delivery {
  /** The topic as the user knows it. */
  readonly topic?: string;
  readonly reconsumeTimes?: number;
  /** When a listener gets it, ms since the epoch. */
  readonly consumeStartMs?: number;
  readonly range?: PulledRange | undefined;
  /** Makes its value; without one the value is the body. */
  readonly serializer?: Deserializer<unknown> | undefined;
}

const AS_STORED: Delivery = {};

/**
 * A message as a listener gets it; `T` is what the consumer's `serializer` makes of its body. Made for each delivery, so that nothing
 * depends on what a listener does to it against its types; only the bytes of the body are shared. Properties are parsed at first use.
 * Source: MessageExt.
 */
export class MessageExt<T = Buffer> {
  /** The topic it was sent to, also when it is redelivered by a retry topic. */
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly queueOffset: number;
  /** Position in the broker's commit log. */
  readonly commitLogOffset: number;
  /**
   * Shares memory with the other messages of its pull: copy it to keep it for long, or to change its bytes. A body that could
   * not be inflated is here as it is stored, and `sysFlag` has its compressed bit (1), which no other message has.
   */
  readonly body: Buffer;
  /** The sender's own 32 bits. */
  readonly flag: number;
  /** Bits of `MessageSysFlag`. */
  readonly sysFlag: number;
  /** When and where it was sent from; ms since the epoch by the sender's clock. */
  readonly bornTimestamp: number;
  readonly bornHost: Endpoint;
  /** When and where it was stored; ms since the epoch by the broker's clock. */
  readonly storeTimestamp: number;
  readonly storeHost: Endpoint;
  /** Bytes in the commit log. */
  readonly storeSize: number;
  readonly bodyCrc: number;
  /** How often it was delivered before; 0 the first time. */
  readonly reconsumeTimes: number;
  readonly preparedTransactionOffset: number;
  /** When a listener got it, ms since the epoch; undefined before. */
  readonly consumeStartMs: number | undefined;
  readonly #view: MessageView;
  /** First and last offset of the queue when it was pulled. */
  readonly #range: PulledRange | undefined;
  readonly #serializer: Deserializer<unknown> | undefined;
  #properties: Map<string, string> | undefined;
  /** Undefined before its first use. */
  #decoded: { readonly value: T } | undefined;

  constructor(view: MessageView, queue: Pick<MessageQueue, 'brokerName' | 'queueId'>, delivery: Delivery = AS_STORED) {
    const { range, serializer } = delivery;
    this.topic = delivery.topic ?? view.topic;
    this.brokerName = queue.brokerName;
    this.queueId = queue.queueId;
    this.queueOffset = view.queueOffset + (range?.offsetDelta ?? 0);
    this.commitLogOffset = view.physicalOffset;
    this.body = view.body;
    this.flag = view.flag;
    this.sysFlag = view.sysFlag;
    this.bornTimestamp = view.bornTimestamp;
    this.bornHost = view.bornHost;
    this.storeTimestamp = view.storeTimestamp;
    this.storeHost = view.storeHost;
    this.storeSize = view.storeSize;
    this.bodyCrc = view.bodyCrc;
    this.reconsumeTimes = delivery.reconsumeTimes ?? view.reconsumeTimes;
    this.preparedTransactionOffset = view.preparedTransactionOffset;
    this.consumeStartMs = delivery.consumeStartMs;
    this.#view = view;
    this.#range = range;
    this.#serializer = serializer;
  }

  /**
   * What the `serializer` of the consumer makes of the body, decoded at the first use; without one the body itself. Throws ClientError
   * `BODY_UNDECODABLE`: a listener that lets it pass gets the message again later, and in the end it is a dead letter.
   */
  get value(): T {
    if (this.#serializer === undefined) return this.body as T;
    this.#decoded ??= { value: decodeBody(this.#serializer, this) as T };
    return this.#decoded.value;
  }

  /** The sender's properties and RocketMQ's own, by name. */
  get properties(): ReadonlyMap<string, string> {
    const properties = this.#properties ?? new Map(this.#view.properties);
    if (this.#properties === undefined && this.#range !== undefined) {
      properties.set(MessageProperty.MIN_OFFSET, String(this.#range.minOffset));
      properties.set(MessageProperty.MAX_OFFSET, String(this.#range.maxOffset));
    }
    if (this.consumeStartMs !== undefined) {
      properties.set(MessageProperty.CONSUME_START_TIMESTAMP, String(this.consumeStartMs));
    }
    this.#properties = properties;
    return properties;
  }

  get tags(): string | undefined {
    return this.#view.tags;
  }

  get keys(): readonly string[] {
    return this.#view.keys;
  }

  /** The sender's unique key, or the offset id of a message without one. */
  get msgId(): string {
    return this.#view.msgId;
  }

  /** Address and position in the broker's commit log. */
  get offsetMsgId(): string {
    return this.#view.offsetMsgId;
  }

  /** Of a message that was sent in a transaction: its unique key. */
  get transactionId(): string | undefined {
    const { properties } = this.#view;
    return properties.get(MessageProperty.TRANSACTION_PREPARED) === 'true' ? this.#view.uniqueKey : undefined;
  }

  /** Body as UTF-8 text. */
  text(): string {
    return this.body.toString();
  }

  /** Apache's text form. Source: MessageExt#toString. */
  toString(): string {
    return (
      `MessageExt [brokerName=${this.brokerName}, queueId=${this.queueId}, storeSize=${this.storeSize}, ` +
      `queueOffset=${this.queueOffset}, sysFlag=${this.sysFlag}, bornTimestamp=${this.bornTimestamp}, ` +
      `bornHost=/${formatEndpoint(this.bornHost)}, storeTimestamp=${this.storeTimestamp}, ` +
      `storeHost=/${formatEndpoint(this.storeHost)}, msgId=${this.msgId}, commitLogOffset=${this.commitLogOffset}, ` +
      `bodyCRC=${this.bodyCrc}, reconsumeTimes=${this.reconsumeTimes}, ` +
      `preparedTransactionOffset=${this.preparedTransactionOffset}, toString()=Message{topic='${this.topic}', ` +
      `flag=${this.flag}, properties=${printMessageProperties(this.properties)}, ` +
      `body=[${Array.from(new Int8Array(this.body.buffer, this.body.byteOffset, this.body.length)).join(', ')}], ` +
      `transactionId='${this.transactionId ?? 'null'}'}]`
    );
  }
}

/** The value of a received body. Throws ClientError `BODY_UNDECODABLE`. */
function decodeBody(serializer: Deserializer<unknown>, message: MessageExt<unknown>): unknown {
  const { topic, brokerName, queueId, queueOffset, msgId } = message;
  const refuse = (reason: string, cause?: unknown): ClientError =>
    new ClientError('BODY_UNDECODABLE', `The body of message ${msgId} of topic ${topic} cannot be decoded: ${reason}`, {
      cause,
      facts: { topic, brokerName, queueId, queueOffset, msgId },
    });
  if ((message.sysFlag & MessageSysFlag.COMPRESSED) !== 0) throw refuse('it could not be inflated.');
  let value: unknown;
  try {
    value = serializer.deserialize(message.body, message);
  } catch (cause) {
    throw refuse(reasonOf(cause), cause);
  }
  if (isThenable(value)) throw refuse('the serializer gave a promise.');
  return value;
}
