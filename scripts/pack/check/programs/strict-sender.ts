import type { DatabaseSync } from 'node:sqlite';
import { type Admin, type AdminError, createAdmin } from '@rocketmq-ts/admin';
import { CodedError, type MessageExt, PushConsumer, silentLogger } from '@rocketmq-ts/client';
import {
  idempotent,
  MessageLostError,
  MessageSavedError,
  MqMessageSender,
  type MqMessageSenderOptions,
  type Outbox,
  type SavedMessage,
} from '@rocketmq-ts/sender';

const options: MqMessageSenderOptions = {
  namesrvAddr: ['127.0.0.1:9876'],
  producerGroup: 'orders',
  database: { kind: 'sqlite', file: 'outbox.db' },
  logger: silentLogger,
};

export async function send(): Promise<number | undefined> {
  const sender = await MqMessageSender.start(options);
  try {
    await sender.sendMsg('Orders', 'created', 'order-1', 'order 1');
    return undefined;
  } catch (error) {
    if (error instanceof MessageSavedError) return error.outboxId;
    if (error instanceof MessageLostError) console.log(error.unsent.body.toString());
    if (error instanceof CodedError) console.log(error.code, error.retryable);
    throw error;
  } finally {
    await sender.stop();
  }
}

export async function look(outbox: Outbox): Promise<readonly SavedMessage[]> {
  return await outbox.list({ topic: 'Orders', state: 'FAILED' }, { limit: 10 });
}

const bill = idempotent(
  (message: MessageExt, transaction: DatabaseSync) => {
    transaction.prepare('insert into bills values (?)').run(message.text());
  },
  'sqlite:billing.db',
  { consumerGroup: 'billing' },
);
export const consumer = new PushConsumer({ namesrvAddr: '127.0.0.1:9876', consumerGroup: 'billing' });
export const started: Promise<void> = consumer.start(bill);

export const admin: Admin = createAdmin({ namesrvAddresses: ['127.0.0.1:9876'] });
export const refusal = (error: AdminError): number | undefined => error.responseCode;
