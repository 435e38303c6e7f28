import { MessageProperty, MessageSysFlag } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import { type OutgoingMessage, prepareMessage, withProperties } from '../message/outgoing.ts';

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
  const marked = withProperties(prepareMessage(withoutLevel, maxMessageBytes), [
    [MessageProperty.TRANSACTION_PREPARED, 'true'],
    [MessageProperty.PRODUCER_GROUP, group],
  ]);
  return { ...marked, sysFlag: marked.sysFlag | MessageSysFlag.TRANSACTION_PREPARED };
}
