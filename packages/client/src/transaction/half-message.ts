import { MessageProperty, MessageSysFlag } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import { type OutgoingMessage, prepareMessage } from '../message/outgoing.ts';
import { checkLength, withProperty } from '../message/property-text.ts';

/**
 * Checks a user's message, copies it and marks it as the half message of a transaction. Its delay level does not count; a time
 * of delivery counts from the commit. Throws ClientError `MESSAGE_ILLEGAL` or `NAME_ILLEGAL`.
 * Source: DefaultMQProducerImpl#sendMessageInTransaction, #sendKernelImpl.
 */
export function prepareHalf(message: Message, group: string, maxMessageBytes: number): OutgoingMessage {
  if (Array.isArray(message)) {
    throw new ClientError('MESSAGE_ILLEGAL', 'A transaction has one message, not a batch.');
  }
  const withoutLevel =
    message === null || typeof message !== 'object' ? message : { ...message, delayLevel: undefined };
  const plain = prepareMessage(withoutLevel, maxMessageBytes);
  const marked = withProperty(plain.propertyText, MessageProperty.TRANSACTION_PREPARED, 'true');
  const propertyText = withProperty(marked, MessageProperty.PRODUCER_GROUP, group);
  const { topic } = message;
  checkLength(
    propertyText,
    (fault) =>
      new ClientError('MESSAGE_ILLEGAL', `The message to topic ${topic} ${fault}.`, {
        facts: { topic, responseCode: 13 },
      }),
  );
  return { ...plain, propertyText, sysFlag: plain.sysFlag | MessageSysFlag.TRANSACTION_PREPARED };
}
