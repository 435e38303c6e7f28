import {
  type Command,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  type MessageQueue,
  type RequestInput,
  ResponseCode,
  SEARCH_OFFSET_BY_TIMESTAMP,
} from '@rocketmq-ts/protocol';
import { BrokerError, ClientError } from '../errors.ts';
import type { GroupSettings } from './consumer-options.ts';
import type { GroupContext } from './group-context.ts';

const TIMEOUT_MS = 3000;

type Context = Pick<GroupContext<GroupSettings>, 'instance'>;

/** The lowest offset that the queue still has. Rejects as `maxOffset`. */
export function minOffset(context: Context, queue: MessageQueue): Promise<number> {
  const { topic, queueId, brokerName } = queue;
  return askMaster(context, queue, GET_MIN_OFFSET, { topic, queueId, targetBrokerName: brokerName });
}

/** The offset that the next message of the queue gets. Rejects with ClientError `BROKER_UNKNOWN`, BrokerError or RemotingError. */
export function maxOffset(context: Context, queue: MessageQueue): Promise<number> {
  const { topic, queueId, brokerName } = queue;
  return askMaster(context, queue, GET_MAX_OFFSET, { topic, queueId, targetBrokerName: brokerName });
}

/** The offset of the first message that was stored at `timestampMs` or later. Rejects as `maxOffset`. */
export function offsetForTimestamp(context: Context, queue: MessageQueue, timestampMs: number): Promise<number> {
  const { topic, queueId, brokerName } = queue;
  return askMaster(context, queue, SEARCH_OFFSET_BY_TIMESTAMP, {
    topic,
    queueId,
    timestamp: timestampMs,
    boundaryType: 'LOWER',
    targetBrokerName: brokerName,
  });
}

type Asked = typeof GET_MIN_OFFSET | typeof GET_MAX_OFFSET | typeof SEARCH_OFFSET_BY_TIMESTAMP;

async function askMaster<C extends Asked>(
  context: Context,
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
    throw new BrokerError(`${command.name} of topic ${queue.topic}`, address, response, queue);
  return (response.header as { readonly offset: number }).offset;
}
