import { formatEndpoint } from '@rocketmq-ts/kernel';
import { type ConsumerConnection, MASTER_ID, type MessageView, ResponseCode } from '@rocketmq-ts/protocol';
import type { ClusterOperations } from './cluster.ts';
import { AdminError } from './errors.ts';
import type { GroupOperations } from './group.ts';
import type { OffsetOperations } from './offset.ts';
import type { TopicOperations } from './topic.ts';

/** What became of a message in a group. Source: TrackType. */
type TrackType =
  | 'CONSUMED'
  | 'CONSUMED_BUT_FILTERED'
  | 'PULL'
  | 'NOT_CONSUME_YET'
  | 'NOT_ONLINE'
  | 'CONSUME_BROADCASTING'
  | 'UNKNOWN';

/** What became of a message in one group. */
export interface MessageTrack {
  readonly consumerGroup: string;
  readonly trackType: TrackType;
  /** Why the type is NOT_ONLINE or UNKNOWN. */
  readonly exceptionDesc: string | undefined;
}

/** Following a message to its consumers. */
export interface TrackOperations {
  /** What became of a message in every group that consumes its topic. Source: DefaultMQAdminExtImpl#messageTrackDetail. */
  messageTrack(message: MessageView): Promise<MessageTrack[]>;
}

type Sources = ClusterOperations & TopicOperations & GroupOperations & OffsetOperations;

/** `TrackOperations`, made of other operations. */
export function trackOperations(sources: Sources): TrackOperations {
  /** A broadcasting group without offsets in the brokers shows in the answer about its progress. */
  async function typeOf(message: MessageView, group: string): Promise<TrackType> {
    const connection = await sources.examineConsumerConnection(group);
    if (connection.consumeType === 'CONSUME_ACTIVELY') return 'PULL';
    if (connection.consumeType !== 'CONSUME_PASSIVELY') return 'UNKNOWN';
    if (!(await isPast(message, group))) return 'NOT_CONSUME_YET';
    return isFiltered(message, connection) ? 'CONSUMED_BUT_FILTERED' : 'CONSUMED';
  }

  /** Only a queue of the broker that stored the message counts. */
  async function isPast(message: MessageView, group: string): Promise<boolean> {
    const stats = await sources.examineConsumeStats(group);
    const info = await sources.examineClusterInfo();
    const storeHost = formatEndpoint(message.storeHost);
    return stats.offsets.some(
      ({ queue, consumerOffset }) =>
        queue.topic === message.topic &&
        queue.queueId === message.queueId &&
        info.brokerAddrTable.get(queue.brokerName)?.brokerAddrs.get(MASTER_ID) === storeHost &&
        consumerOffset > message.queueOffset,
    );
  }

  return {
    async messageTrack(message) {
      const tracks: MessageTrack[] = [];
      for (const consumerGroup of await sources.queryTopicConsumeByWho(message.topic)) {
        try {
          const trackType = await typeOf(message, consumerGroup);
          tracks.push({ consumerGroup, trackType, exceptionDesc: undefined });
        } catch (error) {
          if (!(error instanceof AdminError)) throw error;
          const trackType = typeOfFailure(error);
          tracks.push({
            consumerGroup,
            trackType,
            exceptionDesc: trackType === 'CONSUME_BROADCASTING' ? undefined : descriptionOf(error),
          });
        }
      }
      return tracks;
    },
  };
}

function descriptionOf({ responseCode, message, remark }: AdminError): string {
  return responseCode === undefined ? message : `CODE:${responseCode} DESC:${remark}`;
}

function typeOfFailure(error: AdminError): TrackType {
  if (error.responseCode === ResponseCode.CONSUMER_NOT_ONLINE) return 'NOT_ONLINE';
  return error.responseCode === ResponseCode.BROADCAST_CONSUMPTION ? 'CONSUME_BROADCASTING' : 'UNKNOWN';
}

function isFiltered(message: MessageView, connection: ConsumerConnection): boolean {
  const tags = connection.subscriptionTable.get(message.topic)?.tagsSet ?? [];
  const wanted = new Set<string>(tags);
  return wanted.size > 0 && !wanted.has('*') && !wanted.has(message.tags ?? '');
}
