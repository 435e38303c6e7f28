import type { MessageQueue } from '@rocketmq-ts/protocol';

/** Shares the queues of a topic among the members of a group. Every member computes the same and takes its own part. */
export interface AllocateStrategy {
  /** Its name in requests, e.g. `AVG`. */
  readonly name: string;
  /**
   * Both lists are sorted and not empty. Returns the queues of `clientId`; none when it is not among `clientIds`, which
   * happens while the broker has not seen its heartbeat yet.
   */
  allocate(
    consumerGroup: string,
    clientId: string,
    queues: readonly MessageQueue[],
    clientIds: readonly string[],
  ): readonly MessageQueue[];
}

/** Neighbouring queues, at most one more for the first members. Source: AllocateMessageQueueAveragely. */
export const averagely: AllocateStrategy = {
  name: 'AVG',
  allocate(_group, clientId, queues, clientIds) {
    const index = clientIds.indexOf(clientId);
    if (index < 0) return [];
    const rest = queues.length % clientIds.length;
    const share = Math.floor(queues.length / clientIds.length);
    const start = index < rest ? index * (share + 1) : index * share + rest;
    return queues.slice(start, start + (index < rest ? share + 1 : share));
  },
};

/** The first queue to the first member, the second to the second, and so on. Source: AllocateMessageQueueAveragelyByCircle. */
export const averagelyByCircle: AllocateStrategy = {
  name: 'AVG_BY_CIRCLE',
  allocate(_group, clientId, queues, clientIds) {
    const index = clientIds.indexOf(clientId);
    if (index < 0) return [];
    return queues.filter((_queue, at) => at % clientIds.length === index);
  },
};

/** The caller's own list, whatever the group looks like. Source: AllocateMessageQueueByConfig. */
export function byConfig(queues: readonly MessageQueue[]): AllocateStrategy {
  return { name: 'CONFIG', allocate: () => queues };
}
