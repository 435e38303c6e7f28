import {
  END_TRANSACTION,
  KEY_SEPARATOR,
  MessageProperty,
  type MessageQueue,
  MessageSysFlag,
  parseOffsetMessageId,
  type RequestInput,
  readProperty,
} from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import type { ClientInstance } from '../instance/client-instance.ts';
import type { SendResult } from '../producer/send-result.ts';
import type { SendTrace } from '../trace/send-trace.ts';
import { type Decision, textOf } from './decide.ts';
import type { TransactionCheckCall } from './transaction-checks.ts';

const commitOrRollback = {
  COMMIT: MessageSysFlag.TRANSACTION_COMMIT,
  ROLLBACK: MessageSysFlag.TRANSACTION_ROLLBACK,
  UNKNOWN: MessageSysFlag.TRANSACTION_NOT_TYPE,
} as const;

const traceStates = { COMMIT: 'COMMIT_MESSAGE', ROLLBACK: 'ROLLBACK_MESSAGE', UNKNOWN: 'UNKNOW' } as const;

/** A half message that a broker stored. */
export interface SentHalf {
  readonly result: SendResult;
  /** Where it is, by the topic's name at brokers. */
  readonly queue: MessageQueue;
  readonly propertyText: string;
}

/**
 * Sends the outcome of a local transaction to the broker that stored the half message; nothing confirms it. Rejects with
 * ClientError `BROKER_UNKNOWN` or RemotingError when it was not sent. Source: DefaultMQProducerImpl#endTransaction.
 */
export async function endTransaction(
  instance: ClientInstance,
  group: string,
  { result, queue, propertyText }: SentHalf,
  decision: Decision,
  trace: SendTrace | undefined,
): Promise<void> {
  const { msgId, transactionId, regionId } = result;
  const { topic } = queue;
  // Queues of static topics name no broker.
  const brokerName = instance.routes.brokerOf(queue);
  const address = brokerName === undefined ? undefined : instance.routes.masterAddress(brokerName);
  if (address === undefined) {
    const text = `No master of broker ${queue.brokerName} is known, which keeps the half message ${msgId}.`;
    throw new ClientError('BROKER_UNKNOWN', text, { facts: { topic, brokerName } });
  }
  const half = {
    topic,
    tranStateTableOffset: result.queueOffset,
    commitLogOffset: parseOffsetMessageId(result.offsetMsgId ?? msgId).physicalOffset,
    fromTransactionCheck: false,
    msgId,
    transactionId,
    targetBrokerName: brokerName,
  };
  if (trace !== undefined && result.traceOn) {
    const tags = readProperty(propertyText, MessageProperty.TAGS);
    const keys = readProperty(propertyText, MessageProperty.KEYS);
    const message = { topic, msgId, tags, keys, transactionId: transactionId ?? msgId, regionId };
    trace.ended({ ...message, address, state: traceStates[decision.state], fromTransactionCheck: false });
  }
  await sendOutcome(instance, group, address, half, decision);
}

/** Answers the question of a broker, at the address that it came from. Source: DefaultMQProducerImpl#checkTransactionState. */
export async function answerCheck(
  instance: ClientInstance,
  group: string,
  { message, address, header }: TransactionCheckCall,
  decision: Decision,
  trace: SendTrace | undefined,
): Promise<void> {
  const { topic, msgId, tags, keys, transactionId, properties } = message;
  if (properties.get(MessageProperty.TRACE_SWITCH) !== 'false') {
    trace?.ended({
      topic,
      msgId,
      tags,
      keys: keys.length === 0 ? undefined : keys.join(KEY_SEPARATOR),
      transactionId,
      state: traceStates[decision.state],
      fromTransactionCheck: true,
      address,
      regionId: properties.get(MessageProperty.MSG_REGION),
    });
  }
  const half = {
    topic: header.topic,
    tranStateTableOffset: header.tranStateTableOffset,
    commitLogOffset: header.commitLogOffset,
    fromTransactionCheck: true,
    msgId,
    transactionId: header.transactionId,
    targetBrokerName: header.targetBrokerName,
  };
  await sendOutcome(instance, group, address, half, decision);
}

async function sendOutcome(
  instance: ClientInstance,
  producerGroup: string,
  address: string,
  half: Omit<RequestInput<typeof END_TRANSACTION>, 'producerGroup' | 'commitOrRollback'>,
  { state, error }: Decision,
): Promise<void> {
  const header = { ...half, producerGroup, commitOrRollback: commitOrRollback[state] };
  const where = half.fromTransactionCheck
    ? 'checkLocalTransactionState Exception'
    : 'executeLocalTransactionBranch exception';
  const remark = error === undefined ? undefined : `${where}: ${textOf(error)}`;
  await instance.remoting.notify(address, END_TRANSACTION, header, { remark });
}
