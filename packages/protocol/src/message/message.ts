import type { Endpoint } from '@rocketmq-ts/kernel';
import { KEY_SEPARATOR, MessageProperty } from '../model/message-property.ts';
import { createOffsetMessageId } from './message-id.ts';
import { parseMessageProperties } from './properties.ts';

/** Everything that a stored record says. Source: MessageExt. */
export interface MessageFields {
  readonly topic: string;
  readonly queueId: number;
  /** Of the producer. */
  readonly flag: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  /** Bits of `MessageSysFlag`. Without the compressed bit once the body is inflated. */
  readonly sysFlag: number;
  readonly bornTimestamp: number;
  readonly bornHost: Endpoint;
  readonly storeTimestamp: number;
  readonly storeHost: Endpoint;
  readonly reconsumeTimes: number;
  readonly preparedTransactionOffset: number;
  /** Of the body as it is stored. */
  readonly bodyCrc: number;
  readonly body: Buffer;
  /** See `properties.ts`. */
  readonly propertiesText: string;
  /** Bytes of the whole record; 0 when it was never stored. */
  readonly storeSize: number;
}

/** A decoded record. All fields are set in one order, so that code that reads many of them stays fast. */
export class MessageView implements MessageFields {
  readonly topic: string;
  readonly queueId: number;
  readonly flag: number;
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly sysFlag: number;
  readonly bornTimestamp: number;
  readonly bornHost: Endpoint;
  readonly storeTimestamp: number;
  readonly storeHost: Endpoint;
  readonly reconsumeTimes: number;
  readonly preparedTransactionOffset: number;
  readonly bodyCrc: number;
  /** Shares memory with the bytes it was decoded from, unless it was compressed. */
  readonly body: Buffer;
  readonly propertiesText: string;
  readonly storeSize: number;
  #properties: ReadonlyMap<string, string> | undefined;

  constructor(fields: MessageFields) {
    this.topic = fields.topic;
    this.queueId = fields.queueId;
    this.flag = fields.flag;
    this.queueOffset = fields.queueOffset;
    this.physicalOffset = fields.physicalOffset;
    this.sysFlag = fields.sysFlag;
    this.bornTimestamp = fields.bornTimestamp;
    this.bornHost = fields.bornHost;
    this.storeTimestamp = fields.storeTimestamp;
    this.storeHost = fields.storeHost;
    this.reconsumeTimes = fields.reconsumeTimes;
    this.preparedTransactionOffset = fields.preparedTransactionOffset;
    this.bodyCrc = fields.bodyCrc;
    this.body = fields.body;
    this.propertiesText = fields.propertiesText;
    this.storeSize = fields.storeSize;
    this.#properties = undefined;
  }

  /** Parsed at the first call. */
  get properties(): ReadonlyMap<string, string> {
    this.#properties ??= parseMessageProperties(this.propertiesText);
    return this.#properties;
  }

  property(name: string): string | undefined {
    return this.properties.get(name);
  }

  get tags(): string | undefined {
    return this.property(MessageProperty.TAGS);
  }

  /** The index keys; none is an empty list. */
  get keys(): string[] {
    return (this.property(MessageProperty.KEYS) ?? '').split(KEY_SEPARATOR).filter((key) => key !== '');
  }

  /** Made by the producer's client. */
  get uniqueKey(): string | undefined {
    return this.property(MessageProperty.UNIQ_CLIENT_MESSAGE_ID);
  }

  /** Where it lies: the id that VIEW_MESSAGE_BY_ID understands. */
  get offsetMsgId(): string {
    return createOffsetMessageId(this.storeHost, this.physicalOffset);
  }

  /** What users see as the message's id: the unique key, or the offset id of messages without one. */
  get msgId(): string {
    return this.uniqueKey ?? this.offsetMsgId;
  }

  /** A copy in which some fields differ. */
  with(changes: Partial<MessageFields>): MessageView {
    return new MessageView({ ...this.fields(), ...changes });
  }

  fields(): MessageFields {
    return {
      topic: this.topic,
      queueId: this.queueId,
      flag: this.flag,
      queueOffset: this.queueOffset,
      physicalOffset: this.physicalOffset,
      sysFlag: this.sysFlag,
      bornTimestamp: this.bornTimestamp,
      bornHost: this.bornHost,
      storeTimestamp: this.storeTimestamp,
      storeHost: this.storeHost,
      reconsumeTimes: this.reconsumeTimes,
      preparedTransactionOffset: this.preparedTransactionOffset,
      bodyCrc: this.bodyCrc,
      body: this.body,
      propertiesText: this.propertiesText,
      storeSize: this.storeSize,
    };
  }
}
