import { END_TRANSACTION, MessageSysFlag, parseOffsetMessageId, type RequestInput } from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { ClientInstance } from '../instance/client-instance.ts';
import type { TransactionQuestion } from '../instance/members.ts';
import type { SendResult } from '../producer/send-result.ts';
import { type Decision, textOf } from './decide.ts';

const commitOrRollback = {
  COMMIT: MessageSysFlag.TRANSACTION_COMMIT,
  ROLLBACK: MessageSysFlag.TRANSACTION_ROLLBACK,
  UNKNOWN: MessageSysFlag.TRANSACTION_NOT_TYPE,
} as const;

/**
 * Sends the outcome of a local transaction to the broker that stored the half message; nothing confirms it. Rejects with
 * ClientError `BROKER_UNKNOWN` or RemotingError when it was not sent. Source: DefaultMQProducerImpl#endTransaction.
 */
export async function endTransaction(
  instance: ClientInstance,
  group: string,
  half: SendResult,
  { state, error }: Decision,
): Promise<void> {
  const { topic, brokerName } = half.messageQueue;
  const address = instance.routes.masterAddress(brokerName);
  if (address === undefined) {
    const text = `No master of broker ${brokerName} is known, which keeps the half message ${half.msgId}.`;
    throw new ClientError('BROKER_UNKNOWN', text, { facts: { topic, brokerName } });
  }
  const header: RequestInput<typeof END_TRANSACTION> = {
    topic,
    producerGroup: group,
    tranStateTableOffset: half.queueOffset,
    commitLogOffset: parseOffsetMessageId(half.offsetMsgId ?? half.msgId).physicalOffset,
    commitOrRollback: commitOrRollback[state],
    fromTransactionCheck: false,
    msgId: half.msgId,
    transactionId: half.transactionId,
    targetBrokerName: brokerName,
  };
  const remark = error === undefined ? undefined : `executeLocalTransactionBranch exception: ${textOf(error)}`;
  await instance.remoting.notify(address, END_TRANSACTION, header, { remark });
}

/** Answers the question of a broker, at the address that it came from. Source: DefaultMQProducerImpl#checkTransactionState. */
export async function answerCheck(
  instance: ClientInstance,
  group: string,
  { message, address, header }: TransactionQuestion,
  { state, error }: Decision,
): Promise<void> {
  const answer: RequestInput<typeof END_TRANSACTION> = {
    topic: header.topic,
    producerGroup: group,
    tranStateTableOffset: header.tranStateTableOffset,
    commitLogOffset: header.commitLogOffset,
    commitOrRollback: commitOrRollback[state],
    fromTransactionCheck: true,
    msgId: message.msgId,
    transactionId: header.transactionId,
    targetBrokerName: header.targetBrokerName,
  };
  const remark = error === undefined ? undefined : `checkLocalTransactionState Exception: ${textOf(error)}`;
  await instance.remoting.notify(address, END_TRANSACTION, answer, { remark });
}
