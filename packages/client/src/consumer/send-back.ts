import {
  CLIENT_INNER_PRODUCER_GROUP,
  CONSUMER_SEND_MSG_BACK,
  formatMessageProperties,
  isStaticQueue,
  MessageProperty,
  MessageSysFlag,
  ResponseCode,
  retryTopic,
  withoutNamespace,
} from '@rocketmq-ts/protocol';
import { BrokerError, ClientError } from '../errors.ts';
import type { OutgoingMessage } from '../message/outgoing.ts';
import { seenQueue } from '../message-queue.ts';
import { MessageSender } from '../producer/message-sender.ts';
import { resolveSendOptions } from '../producer/producer-options.ts';
import type { GroupContext } from './group-context.ts';
import type { HeldMessage } from './held-message.ts';

const TIMEOUT_MS = 5000;
/** Redeliveries before a message is moved to the dead letter queue, unless set. Source: DefaultMQPushConsumerImpl#getMaxReconsumeTimes. */
export const DEFAULT_MAX_RECONSUME_TIMES = 16;

/** Gives messages that could not be handled back to brokers, which deliver them again later. Source: DefaultMQPushConsumerImpl#sendMessageBack. */
export class SendBack {
  readonly #context: GroupContext;
  readonly #sender: MessageSender;

  constructor(context: GroupContext) {
    this.#context = context;
    const { unitMode } = context.settings;
    const settings = resolveSendOptions({}, { namespace: undefined, unitMode });
    this.#sender = new MessageSender(context.instance, CLIENT_INNER_PRODUCER_GROUP, settings);
  }

  /**
   * Resolves when a broker has the message: the broker puts it back by its position or, when that fails, it is sent anew
   * to the group's retry topic. `delayLevel` as in `ConsumeContext`. Rejects when neither works, also when the copy
   * is stored but not flushed or copied in time.
   */
  async giveBack(message: HeldMessage, delayLevel: number): Promise<void> {
    // A broker knows no single message of a batch that it keeps as one record, and the queue of a static topic names no
    // broker. Source: DefaultMQPushConsumerImpl#sendMessageBack.
    const isMember = (message.view.sysFlag & MessageSysFlag.INNER_BATCH) !== 0;
    if (isMember || isStaticQueue(message)) return this.sendToRetryTopic(message, DEFAULT_MAX_RECONSUME_TIMES);
    try {
      await this.#putBack(message, delayLevel);
    } catch (error) {
      this.#context.logger.warn('a message could not be put back by its position; it is sent to the retry topic', {
        topic: message.topic,
        msgId: message.msgId,
        error,
      });
      await this.sendToRetryTopic(message, DEFAULT_MAX_RECONSUME_TIMES);
    }
  }

  /** Sends a copy to `%RETRY%group`; the broker moves it to the dead letter queue once it was tried more than `fallbackMaximum` times. */
  async sendToRetryTopic(message: HeldMessage, fallbackMaximum: number): Promise<void> {
    const { group, settings } = this.#context;
    const maximum = this.#maximum(fallbackMaximum);
    const copy = retryCopy(message, group, maximum);
    const { sendStatus, messageQueue } = await this.#sender.send(copy, {
      choose: undefined,
      timeoutMs: settings.requestTimeoutMs,
      signal: undefined,
    });
    // As brokers judge it when they put a message back themselves: one machine alone may have the copy, and the group is about to
    // count the message as handled.
    if (sendStatus !== 'SEND_OK') {
      throw new ClientError('SEND_FAILED', `The copy of message ${message.msgId} was answered ${sendStatus}.`, {
        facts: { ...messageQueue },
      });
    }
    if (copy.reconsumeTimes > maximum) this.#reportDead(message);
  }

  async #putBack(message: HeldMessage, delayLevel: number): Promise<void> {
    const { instance, group, settings } = this.#context;
    const address = instance.routes.masterAddress(message.brokerName);
    if (address === undefined) {
      throw new ClientError('BROKER_UNKNOWN', `No master of broker ${message.brokerName} is known.`, {
        facts: { ...message.queue },
      });
    }
    const maximum = this.#maximum(DEFAULT_MAX_RECONSUME_TIMES);
    const response = await instance.remoting.request(
      instance.administrationAddress(address),
      CONSUMER_SEND_MSG_BACK,
      {
        offset: message.view.physicalOffset,
        group,
        delayLevel,
        originMsgId: message.msgId,
        originTopic: message.topic,
        unitMode: settings.unitMode,
        maxReconsumeTimes: maximum,
        targetBrokerName: message.brokerName,
      },
      { timeoutMs: TIMEOUT_MS },
    );
    if (response.code !== ResponseCode.SUCCESS) {
      throw new BrokerError(
        `CONSUMER_SEND_MSG_BACK of message ${message.msgId} by group ${group}`,
        address,
        response,
        message.queue,
      );
    }
    // The broker counts those tries that it knows of. Source: AbstractSendMessageProcessor#consumerSendMsgBack.
    if (delayLevel < 0 || message.view.reconsumeTimes >= maximum) this.#reportDead(message);
  }

  #reportDead(message: HeldMessage): void {
    const { status, settings } = this.#context;
    if (!status.active) return;
    const { topic, queue, queueOffset, msgId, reconsumeTimes } = message;
    status.emit({
      type: 'deadLettered',
      topic: withoutNamespace(topic, settings.namespace),
      messageQueue: seenQueue(queue, settings.namespace),
      ...{ queueOffset, msgId, reconsumeTimes },
    });
  }

  #maximum(fallback: number): number {
    const { maxReconsumeTimes } = this.#context.settings;
    return maxReconsumeTimes === -1 ? fallback : maxReconsumeTimes;
  }
}

/** The same message addressed to the retry topic, with what is needed to restore it. */
function retryCopy(message: HeldMessage, group: string, maximum: number): OutgoingMessage {
  const { view } = message;
  const properties = new Map(view.properties);
  if (!properties.has(MessageProperty.ORIGIN_MESSAGE_ID)) {
    properties.set(MessageProperty.ORIGIN_MESSAGE_ID, message.msgId);
  }
  properties.set(MessageProperty.RETRY_TOPIC, message.topic);
  properties.set(MessageProperty.RECONSUME_TIME, String(message.reconsumeTimes + 1));
  properties.set(MessageProperty.MAX_RECONSUME_TIMES, String(maximum));
  properties.delete(MessageProperty.TRANSACTION_PREPARED);
  // Brokers put `false` into what they move to a retry topic; with it they would answer before the copy is flushed and copied.
  properties.set(MessageProperty.WAIT_STORE_MSG_OK, 'true');
  properties.set(MessageProperty.DELAY_TIME_LEVEL, String(3 + message.reconsumeTimes));
  return {
    topic: retryTopic(group),
    body: view.body,
    bodyBytes: message.bodyBytes,
    flag: view.flag,
    propertyText: formatMessageProperties(properties),
    uniqueKey: properties.get(MessageProperty.UNIQ_CLIENT_MESSAGE_ID),
    waitStoreOk: true,
    sysFlag: 0,
    delayed: true,
    tags: undefined,
    isReply: false,
    reconsumeTimes: message.reconsumeTimes + 1,
    maxReconsumeTimes: maximum,
  };
}
