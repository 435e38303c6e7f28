import { asError, type Logger } from '@rocketmq-ts/kernel';
import {
  type Command,
  GET_EARLIEST_MSG_STORETIME,
  GET_MAX_OFFSET,
  GET_MIN_OFFSET,
  LITE_PULL_MESSAGE,
  PULL_MESSAGE,
  QUERY_CONSUMER_OFFSET,
  ResponseCode,
  SEARCH_OFFSET_BY_TIMESTAMP,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE,
  SEND_MESSAGE_V2,
  UPDATE_CONSUMER_OFFSET,
} from '@rocketmq-ts/protocol';
import type { RemotingServer, WrappingHandler } from '@rocketmq-ts/remoting';
import type { MessageStore } from '@rocketmq-ts/store';
import type { Feature, PortRole } from '../feature.ts';
import type { OffsetTable } from '../offset/offset-table.ts';
import type { MappedHandler } from './mapped-handler.ts';
import { MappedOffsets } from './mapped-offsets.ts';
import { MappedPulls, type PullCommand } from './mapped-pull.ts';
import { mappedSend } from './mapped-send.ts';
import type { OtherBrokers } from './other-brokers.ts';
import type { QueueMappings } from './queue-mappings.ts';

export interface StaticTopicParts {
  readonly logger: Logger;
  readonly identity: { readonly brokerName: string };
  readonly mappings: QueueMappings;
  readonly store: MessageStore;
  readonly offsets: Pick<OffsetTable, 'query'>;
  readonly others: OtherBrokers;
}

/**
 * Static topics: their queues have numbers of their own, whichever brokers hold the messages, and may move from one broker to
 * another one. Requests that name such a queue are given to the handlers of physical queues, or to the broker that holds them, and
 * their answers are for the logical queue again. Requests for other topics pass. Source: TopicQueueMappingManager.
 */
export class StaticTopics implements Feature {
  readonly #parts: StaticTopicParts;
  readonly #pulls: MappedPulls;
  readonly #offsets: MappedOffsets;

  constructor(parts: StaticTopicParts) {
    this.#parts = parts;
    this.#pulls = new MappedPulls(parts.others);
    this.#offsets = new MappedOffsets(parts);
  }

  /** Behind the features whose requests it wraps. */
  serve(server: RemotingServer, role: PortRole): void {
    for (const command of [SEND_MESSAGE, SEND_MESSAGE_V2, SEND_BATCH_MESSAGE])
      server.wrap(command, this.#mapped(mappedSend));
    if (role === 'listenPort') {
      const pull = this.#mapped<PullCommand>((call, queue, next) => this.#pulls.serve(call, queue, next));
      server.wrap(PULL_MESSAGE, pull);
      server.wrap(LITE_PULL_MESSAGE, pull);
    }
    const offsets = this.#offsets;
    server.wrap(
      QUERY_CONSUMER_OFFSET,
      this.#mapped((call, queue, next) => offsets.query(call, queue, next)),
    );
    server.wrap(
      UPDATE_CONSUMER_OFFSET,
      this.#mapped((call, queue, next) => offsets.update(call, queue, next)),
    );
    server.wrap(
      SEARCH_OFFSET_BY_TIMESTAMP,
      this.#mapped((call, queue) => offsets.search(call, queue)),
    );
    server.wrap(
      GET_MAX_OFFSET,
      this.#mapped((call, queue, next) => offsets.max(call, queue, next)),
    );
    server.wrap(
      GET_MIN_OFFSET,
      this.#mapped((call, queue, next) => offsets.min(call, queue, next)),
    );
    server.wrap(
      GET_EARLIEST_MSG_STORETIME,
      this.#mapped((call, queue, next) => offsets.earliest(call, queue, next)),
    );
  }

  /** Lets through what is about no logical queue, also what another broker has mapped, and refuses what this one does not lead. */
  #mapped<C extends Command>(serve: MappedHandler<C>): WrappingHandler<C> {
    const { mappings, identity, logger } = this.#parts;
    return (call, next) => {
      if (mappings.size === 0) return next(call);
      const { topic, queueId, logical } = call.header as unknown as QueueHeader;
      const queue = logical === false ? undefined : mappings.queue(topic, queueId);
      if (queue === undefined) return next(call);
      const { leader } = queue;
      if (leader === undefined) {
        const remark = `${topic}-${queueId} does not exit in request process of current broker ${identity.brokerName}`;
        return call.fail(ResponseCode.NOT_LEADER_FOR_QUEUE, remark);
      }
      const served = serve(call, { ...queue, leader }, next);
      return served?.catch((error: unknown) => {
        const { message } = asError(error);
        logger.warn('a request for a static topic could not be forwarded', { topic, queueId, error: message });
        call.fail(ResponseCode.SYSTEM_ERROR, `${topic}-${queueId} could not be read on another broker: ${message}`);
      });
    };
  }
}

/** The fields of every request about one queue. */
interface QueueHeader {
  readonly topic: string;
  readonly queueId: number;
  /** False: another broker has mapped the queue already. */
  readonly logical?: boolean | undefined;
}
