import {
  type Command,
  GET_MAX_OFFSET,
  isRetryTopic,
  type MessageQueue,
  progressWithinLog,
  type RequestInput,
  ResponseCode,
  SEARCH_OFFSET_BY_TIMESTAMP,
} from '@rocketmq-ts/protocol';
import { BrokerError, ClientError } from '../errors.ts';
import type { GroupContext } from './group-context.ts';

const TIMEOUT_MS = 3000;

/**
 * Where to start in a queue: at the stored offset; without one, as `consumeFrom` says. Rejects when it can't be found out now.
 * Source: RebalancePushImpl#computePullFromWhereWithException.
 */
export async function startOffset(context: GroupContext, queue: MessageQueue): Promise<number> {
  const stored = await context.offsets.stored(queue);
  if (stored !== undefined) return context.offsets.isLocal ? withinLog(context, queue, stored) : stored;
  const { consumeFrom, consumeTimestampMs } = context.settings;
  // Retries are all for this group: none may be skipped. Apache's client starts at their end with a time stamp.
  if (consumeFrom === 'FIRST_OFFSET' || isRetryTopic(queue.topic)) return 0;
  if (consumeFrom === 'LAST_OFFSET') return maxOffset(context, queue);
  const { topic, queueId, brokerName } = queue;
  return askMaster(context, queue, SEARCH_OFFSET_BY_TIMESTAMP, {
    topic,
    queueId,
    timestamp: consumeTimestampMs,
    boundaryType: 'LOWER',
    targetBrokerName: brokerName,
  });
}

/** A broker that lost power may have fewer messages than this client has consumed: new ones must not be skipped. */
async function withinLog(context: GroupContext, queue: MessageQueue, offset: number): Promise<number> {
  const { offsets, group, logger } = context;
  const end = await maxOffset(context, queue);
  const within = progressWithinLog({ kind: 'local consumer offset', ...queue, offset, owner: group }, end, logger);
  if (within === offset) return offset;
  offsets.update(queue, within, false);
  await offsets.persist(queue);
  return within;
}

function maxOffset(context: GroupContext, queue: MessageQueue): Promise<number> {
  const { topic, queueId, brokerName } = queue;
  return askMaster(context, queue, GET_MAX_OFFSET, { topic, queueId, targetBrokerName: brokerName });
}

async function askMaster<C extends typeof GET_MAX_OFFSET | typeof SEARCH_OFFSET_BY_TIMESTAMP>(
  context: GroupContext,
  queue: MessageQueue,
  command: C & Command,
  header: RequestInput<C & Command>,
): Promise<number> {
  const { routes, remoting } = context.instance;
  const address = routes.masterOf(queue);
  if (address === undefined) {
    const text = `No master of broker ${queue.brokerName} is known.`;
    throw new ClientError('BROKER_UNKNOWN', text, { facts: { ...queue } });
  }
  const response = await remoting.request(context.instance.administrationAddress(address), command, header, {
    timeoutMs: TIMEOUT_MS,
  });
  if (response.code !== ResponseCode.SUCCESS)
    throw new BrokerError(`${command.name} of topic ${queue.topic}`, address, response);
  return (response.header as { readonly offset: number }).offset;
}
