import type { Logger } from '@rocketmq-ts/kernel';
import {
  CHECK_TRANSACTION_STATE,
  CONSUME_MESSAGE_DIRECTLY,
  decodeMessage,
  decodeResetOffsetBody,
  encodeConsumeMessageDirectlyResult,
  encodeConsumerRunningInfo,
  encodeGetConsumerStatusBody,
  GET_CONSUMER_RUNNING_INFO,
  GET_CONSUMER_STATUS_FROM_CLIENT,
  MessageProperty,
  NOTIFY_CONSUMER_IDS_CHANGED,
  RESET_CONSUMER_CLIENT_OFFSET,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { Call, RemotingClient } from '@rocketmq-ts/remoting';
import { HeldMessage } from '../consumer/held-message.ts';
import type { ConsumerMember, Members } from './members.ts';

/** Answers what brokers ask of a client. Source: ClientRemotingProcessor. */
export function handleServerRequests(
  remoting: RemotingClient,
  clientId: string,
  { consumers, producers }: Pick<Members, 'consumers' | 'producers'>,
  logger: Logger,
): void {
  // One-way: the answer is a request of ours.
  remoting.handle(CHECK_TRANSACTION_STATE, (call) => {
    const view = decodeMessage(call.body);
    const broker = call.connection.peer;
    const group = view.property(MessageProperty.PRODUCER_GROUP);
    const check = group === undefined ? undefined : producers.get(group)?.checkTransaction;
    if (check === undefined) {
      // Another member of the group is asked later.
      logger.warn('a broker asks for the state of a transaction whose group does not run here', { group, broker });
      return;
    }
    const brokerName = call.header.targetBrokerName ?? '';
    check({ message: view, brokerName, address: broker, header: call.header });
  });

  remoting.handle(NOTIFY_CONSUMER_IDS_CHANGED, (call) => {
    logger.info('members of a group changed', { group: call.header.consumerGroup, broker: call.connection.peer });
    // Apache wakes all consumers of the process; only those of the group need it.
    consumers.get(call.header.consumerGroup)?.rebalanceSoon();
  });

  remoting.handle(RESET_CONSUMER_CLIENT_OFFSET, async (call) => {
    const { topic, group } = call.header;
    const offsets = decodeResetOffsetBody(call.body);
    logger.info('an admin resets offsets', { topic, group, queues: offsets.length, broker: call.connection.peer });
    await consumers.get(group)?.resetOffsets(topic, offsets);
  });

  remoting.handle(GET_CONSUMER_STATUS_FROM_CLIENT, (call) => {
    const messageQueueTable = consumers.get(call.header.group)?.offsets(call.header.topic) ?? [];
    call.answer({}, { body: encodeGetConsumerStatusBody({ messageQueueTable, consumerTable: new Map() }) });
  });

  remoting.handle(GET_CONSUMER_RUNNING_INFO, (call) => {
    const consumer = consumers.get(call.header.consumerGroup);
    if (consumer === undefined) return refuse(call, call.header.consumerGroup, clientId);
    const info = consumer.runningInfo();
    call.answer({}, { body: encodeConsumerRunningInfo(call.header.jstackEnable ? withStack(info) : info) });
  });

  remoting.handle(CONSUME_MESSAGE_DIRECTLY, async (call) => {
    const consumer = consumers.get(call.header.consumerGroup);
    if (consumer?.consumeDirectly === undefined) return refuse(call, call.header.consumerGroup, clientId);
    const view = decodeMessage(call.body);
    const queue = { topic: view.topic, brokerName: call.header.brokerName ?? '', queueId: view.queueId };
    const message = new HeldMessage(view, queue, undefined);
    call.answer({}, { body: encodeConsumeMessageDirectlyResult(await consumer.consumeDirectly(message)) });
  });
}

function refuse(call: Pick<Call, 'fail'>, group: string, clientId: string): void {
  call.fail(ResponseCode.SYSTEM_ERROR, `The consumer group <${group}> does not run in client <${clientId}>.`);
}

/** An event loop has no threads to list; this text shows at least that the client answers. */
function withStack(info: ReturnType<ConsumerMember['runningInfo']>): ReturnType<ConsumerMember['runningInfo']> {
  return { ...info, jstack: 'This consumer runs on one event loop and has no threads.' };
}
