import {
  END_TRANSACTION,
  KEY_SEPARATOR,
  MessageProperty,
  MessageSysFlag,
  parseOffsetMessageId,
  type RequestInput,
} from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { ClientInstance } from '../instance/client-instance.ts';
import type { TransactionQuestion } from '../instance/members.ts';
import type { SendResult } from '../producer/send-result.ts';
import type { SendTrace } from '../trace/send-trace.ts';
import { type Decision, textOf } from './decide.ts';

const commitOrRollback = {
  COMMIT: MessageSysFlag.TRANSACTION_COMMIT,
  ROLLBACK: MessageSysFlag.TRANSACTION_ROLLBACK,
  UNKNOWN: MessageSysFlag.TRANSACTION_NOT_TYPE,
} as const;

const traceStates = { COMMIT: 'COMMIT_MESSAGE', ROLLBACK: 'ROLLBACK_MESSAGE', UNKNOWN: 'UNKNOW' } as const;

/** What a report about an outcome needs of the message. */
export interface TracedOutcome {
  readonly trace: SendTrace;
  readonly tags: string | undefined;
  /** Separated by blanks. */
  readonly keys: string | undefined;
}

/**
 * Sends the outcome of a local transaction to the broker that stored the half message; nothing confirms it. Rejects with
 * ClientError `BROKER_UNKNOWN` or RemotingError when it was not sent. Source: DefaultMQProducerImpl#endTransaction.
 */
export async function endTransaction(
  instance: ClientInstance,
  { group, topic }: { readonly group: string; readonly topic: string },
  half: SendResult,
  { state, error }: Decision,
  traced: TracedOutcome | undefined,
): Promise<void> {
  // Queues of static topics name no broker.
  const brokerName = instance.routes.brokerOf({ ...half.messageQueue, topic });
  const address = brokerName === undefined ? undefined : instance.routes.masterAddress(brokerName);
  if (address === undefined) {
    const text = `No master of broker ${half.messageQueue.brokerName} is known, which keeps the half message ${half.msgId}.`;
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
  if (half.traceOn) {
    const { msgId, regionId } = half;
    const ended = {
      topic,
      msgId,
      transactionId: half.transactionId ?? msgId,
      state: traceStates[state],
      address,
      regionId,
    };
    traced?.trace.ended({ ...ended, tags: traced.tags, keys: traced.keys, fromTransactionCheck: false });
  }
  const remark = error === undefined ? undefined : `executeLocalTransactionBranch exception: ${textOf(error)}`;
  await instance.remoting.notify(address, END_TRANSACTION, header, { remark });
}

/** Answers the question of a broker, at the address that it came from. Source: DefaultMQProducerImpl#checkTransactionState. */
export async function answerCheck(
  instance: ClientInstance,
  group: string,
  { message, address, header }: TransactionQuestion,
  { state, error }: Decision,
  trace: SendTrace | undefined,
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
  const { topic, msgId, tags, keys, transactionId, properties } = message;
  if (properties.get(MessageProperty.TRACE_SWITCH) !== 'false') {
    trace?.ended({
      topic,
      msgId,
      tags,
      keys: keys.length === 0 ? undefined : keys.join(KEY_SEPARATOR),
      transactionId,
      state: traceStates[state],
      fromTransactionCheck: true,
      address,
      regionId: properties.get(MessageProperty.MSG_REGION),
    });
  }
  const remark = error === undefined ? undefined : `checkLocalTransactionState Exception: ${textOf(error)}`;
  await instance.remoting.notify(address, END_TRANSACTION, answer, { remark });
}
