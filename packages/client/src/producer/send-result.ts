import type { MessageQueue, SendStatus } from '@rocketmq-ts/protocol';
import { formatMessageQueue } from '../message-queue.ts';

/** The outcome of a send. As text it reads like Apache's. */
export interface SendResult {
  readonly sendStatus: SendStatus;
  /** Unique key made by this client; of a batch all keys, joined by commas. */
  readonly msgId: string;
  /** Address and position in the broker's commit log; of a batch all of them, joined by commas. */
  readonly offsetMsgId: string | undefined;
  readonly messageQueue: MessageQueue;
  /** Of a batch: that of its first message. */
  readonly queueOffset: number;
  readonly transactionId: string | undefined;
  /** Of a message with `delayMs` or `deliverAt`: what `Producer.recall` takes. Undefined from brokers before 5.4. */
  readonly recallHandle: string | undefined;
  readonly regionId: string;
  readonly traceOn: boolean;
  toString(): string;
}

/** A result whose text form is Apache's. */
export function sendResult<Facts extends Omit<SendResult, 'toString'>>(facts: Facts): SendResult & Facts {
  return Object.assign(Object.create(resultPrototype) as SendResult, facts);
}

/** Source: SendResult#toString of 5.4.0. */
const resultPrototype = {
  toString(this: SendResult): string {
    return (
      `SendResult [sendStatus=${this.sendStatus}, msgId=${this.msgId}, offsetMsgId=${this.offsetMsgId ?? 'null'}, ` +
      `messageQueue=${formatMessageQueue(this.messageQueue)}, queueOffset=${this.queueOffset}, ` +
      `recallHandle=${this.recallHandle ?? 'null'}]`
    );
  },
};
