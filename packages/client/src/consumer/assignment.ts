import { compareText } from '@rocketmq-ts/kernel';
import {
  compareMessageQueues,
  decodeConsumerIdList,
  GET_CONSUMER_LIST_BY_GROUP,
  type MessageQueue,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import { ClientError } from '../errors.ts';
import { isThenable } from '../user-code.ts';
import type { GroupSettings } from './consumer-options.ts';
import type { GroupContext } from './group-context.ts';

/** The queues of a topic that belong to this member. */
export interface Assignment {
  readonly topic: string;
  readonly queues: readonly MessageQueue[];
  /** Other members may be using these queues right now. */
  readonly shared: boolean;
}

/**
 * The queues that this member is to consume, by the group's members and the strategy; all of them when broadcasting. Undefined
 * while the topic has no route or the group has no member. Source: RebalanceImpl#rebalanceByTopic.
 */
export async function assignQueues(
  context: GroupContext<GroupSettings>,
  topic: string,
): Promise<Assignment | undefined> {
  const { settings, instance, group, stopping } = context;
  let queues = instance.routes.subscribeQueues(topic);
  if (queues === undefined) {
    await instance.routes.refresh(topic);
    queues = instance.routes.subscribeQueues(topic);
  }
  if (queues === undefined || stopping.aborted) return undefined;
  if (settings.model === 'BROADCASTING') return { topic, queues, shared: false };
  const members = await membersOf(context, topic);
  if (members === undefined) return undefined;
  const sorted = queues.map((queue) => ({ ...queue })).sort(compareMessageQueues);
  // The strategy may be the user's: it gets lists of its own, and its answer is copied.
  const given = settings.allocateStrategy.allocate(group, instance.clientId, sorted, [...members]);
  if (isThenable(given) || !Array.isArray(given)) {
    const text = `The allocate strategy ${settings.allocateStrategy.name} gave no array of queues for topic ${topic}.`;
    throw new ClientError('OPTION_ILLEGAL', text, { facts: { option: 'allocateStrategy', topic } });
  }
  const own = given.map(({ topic: of, brokerName, queueId }) => ({ topic: of, brokerName, queueId }));
  return { topic, queues: own, shared: members.some((member) => member !== instance.clientId) };
}

/** Ids of the group's members, sorted, each once; undefined while the broker has none. */
async function membersOf(context: GroupContext<GroupSettings>, topic: string): Promise<readonly string[] | undefined> {
  const { instance, group, settings, logger } = context;
  const address = instance.routes.anyAddress(topic);
  if (address === undefined) return undefined;
  const response = await instance.remoting.request(
    instance.administrationAddress(address),
    GET_CONSUMER_LIST_BY_GROUP,
    { consumerGroup: group },
    { timeoutMs: settings.requestTimeoutMs },
  );
  if (response.code !== ResponseCode.SUCCESS) {
    logger.debug('the broker knows no member of the group yet', { topic, address, remark: response.remark });
    return undefined;
  }
  // A broker lists a client once for each of its connections, also for one that has just been replaced. Each member counts
  // once, or queues would be assigned to no member. Source: ConsumerGroupInfo#getAllClientId.
  const members = [...new Set(decodeConsumerIdList(response.body))];
  return members.length === 0 ? undefined : members.sort(compareText);
}
