import {
  appendProperty,
  decodeReadableMessages,
  logicalQueues,
  MessageProperty,
  type MessageQueue,
  type MessageView,
  Perm,
  PULL_MESSAGE,
  PullSysFlag,
  ResponseCode,
  SEARCH_OFFSET_BY_TIMESTAMP,
  SystemGroup,
  staticQueuesOf,
  type TopicRouteData,
  unwrapInnerBatch,
} from '@rocketmq-ts/protocol';
import { brokerAddress, type ClusterOperations, leaderOf } from './cluster.ts';
import { AdminError } from './errors.ts';
import type { OffsetOperations } from './offset.ts';
import type { Wire } from './wire.ts';

/** What a pull found. Source: PullStatus. */
type PullStatus = 'FOUND' | 'NO_NEW_MSG' | 'NO_MATCHED_MSG' | 'OFFSET_ILLEGAL';

/** Answer to one pull of `TopicReader`. */
export interface PulledMessages {
  readonly status: PullStatus;
  /** Where the next pull continues. */
  readonly nextBeginOffset: number;
  readonly minOffset: number;
  readonly maxOffset: number;
  /** Each has the range of its queue among its properties, as consumers see it. */
  readonly messages: readonly MessageView[];
  /** Records that do not hold together and are left out, or whose body stays as it is stored. */
  readonly faults: readonly unknown[];
}

/** Reads queues of one topic as an operator: nothing is committed, and no group is joined. */
export interface TopicReader {
  /** Those that may be read, in the order of the route; of a static topic its logical queues. */
  readonly queues: readonly MessageQueue[];
  /** The lowest offset that the queue still has. */
  minOffset(queue: MessageQueue): Promise<number>;
  /** The offset that the next message of the queue gets. */
  maxOffset(queue: MessageQueue): Promise<number>;
  /** The offset of the first message that was stored at this time or later. */
  searchOffset(queue: MessageQueue, timestampMs: number): Promise<number>;
  /** At the most `maxNum` messages from an offset on; brokers answer less when these are large. Does not wait for new ones. */
  pull(queue: MessageQueue, queueOffset: number, maxNum: number, tags?: string): Promise<PulledMessages>;
}

/** How a topic is read. */
interface TopicReaderOptions {
  /** Named in the pulls; brokers that do not create groups must know it. Default: the one of Apache's tools. */
  readonly group?: string | undefined;
  /** Topic that finds the brokers: the parent of a light queue. Default: the topic itself. */
  readonly routeTopic?: string | undefined;
}

/** Reading topics. */
export interface ReadOperations {
  /** Fails with response code 17 when no broker has the topic. */
  readTopic(topic: string, options?: TopicReaderOptions): Promise<TopicReader>;
  /** The message at a queue offset; undefined when there is none. */
  messageAt(queue: MessageQueue, queueOffset: number): Promise<MessageView | undefined>;
}

/** Of a pull. Source: DefaultMQPullConsumer#consumerPullTimeoutMillis. */
const PULL_TIMEOUT_MS = 10_000;
/** Sent along, though brokers hold no pull without the bit for it. Source: DefaultMQPullConsumer#brokerSuspendMaxTimeMillis. */
const SUSPEND_TIMEOUT_MS = 20_000;
const EVERYTHING = '*';

const STATUS_BY_CODE: ReadonlyMap<number, PullStatus> = new Map([
  [ResponseCode.SUCCESS, 'FOUND'],
  [ResponseCode.PULL_NOT_FOUND, 'NO_NEW_MSG'],
  [ResponseCode.PULL_RETRY_IMMEDIATELY, 'NO_MATCHED_MSG'],
  [ResponseCode.PULL_OFFSET_MOVED, 'OFFSET_ILLEGAL'],
]);

/** `ReadOperations` over the wire. */
export function readOperations(wire: Wire, cluster: ClusterOperations, offsets: OffsetOperations): ReadOperations {
  async function readTopic(topic: string, options: TopicReaderOptions = {}): Promise<TopicReader> {
    const route = await cluster.examineTopicRoute(options.routeTopic ?? topic);
    return new WireTopicReader(topic, route, options, { wire, cluster, offsets });
  }

  return {
    readTopic,
    async messageAt(queue, queueOffset) {
      const { messages, faults } = await (await readTopic(queue.topic)).pull(queue, queueOffset, 1);
      if (messages.length === 0 && faults.length > 0) throw faults[0];
      return messages[0];
    },
  };
}

interface Reach {
  readonly wire: Wire;
  readonly cluster: ClusterOperations;
  readonly offsets: OffsetOperations;
}

class WireTopicReader implements TopicReader {
  readonly queues: readonly MessageQueue[];
  readonly #topic: string;
  readonly #options: TopicReaderOptions;
  readonly #reach: Reach;
  #route: TopicRouteData;

  constructor(topic: string, route: TopicRouteData, options: TopicReaderOptions, reach: Reach) {
    this.#topic = topic;
    this.#route = route;
    this.#options = options;
    this.#reach = reach;
    this.queues = readableQueues(topic, route);
  }

  minOffset(queue: MessageQueue): Promise<number> {
    return this.#ask(queue, (address) => this.#reach.offsets.minOffset(address, queue.topic, queue.queueId));
  }

  maxOffset(queue: MessageQueue): Promise<number> {
    return this.#ask(queue, (address) => this.#reach.offsets.maxOffset(address, queue.topic, queue.queueId));
  }

  searchOffset(queue: MessageQueue, timestampMs: number): Promise<number> {
    const header = { topic: queue.topic, queueId: queue.queueId, timestamp: timestampMs };
    return this.#ask(queue, async (address) => {
      return (await this.#reach.wire.broker(address, SEARCH_OFFSET_BY_TIMESTAMP, header)).header.offset;
    });
  }

  async pull(queue: MessageQueue, queueOffset: number, maxNum: number, tags = EVERYTHING): Promise<PulledMessages> {
    const header = {
      ...{ consumerGroup: this.#options.group ?? SystemGroup.TOOLS_CONSUMER, topic: queue.topic },
      ...{ queueId: queue.queueId, queueOffset, maxMsgNums: maxNum },
      ...{ sysFlag: PullSysFlag.SUBSCRIPTION, commitOffset: 0, suspendTimeoutMillis: SUSPEND_TIMEOUT_MS },
      ...{ subscription: tags, subVersion: 0, expressionType: 'TAG' },
    };
    const options = { accept: [...STATUS_BY_CODE.keys()], timeoutMs: PULL_TIMEOUT_MS };
    const response = await this.#ask(queue, (address) =>
      this.#reach.wire.broker(address, PULL_MESSAGE, header, options),
    );
    const { nextBeginOffset, minOffset, maxOffset, offsetDelta = 0 } = response.header;
    const status = STATUS_BY_CODE.get(response.code)!;
    const range = { status, nextBeginOffset, minOffset, maxOffset };
    if (status !== 'FOUND') return { ...range, messages: [], faults: [] };
    const faults: unknown[] = [];
    const stored = decodeReadableMessages(response.body, (fault) => void faults.push(fault));
    const wanted = tagsOf(tags);
    const members = (message: MessageView): MessageView[] => {
      try {
        return unwrapInnerBatch(message);
      } catch (fault) {
        faults.push(fault);
        return [];
      }
    };
    const messages = stored
      .flatMap(members)
      // Brokers compare hashes only.
      .filter(({ tags: tag }) => wanted.size === 0 || (tag !== undefined && wanted.has(tag)))
      .map((message) =>
        message.with({
          queueId: queue.queueId,
          queueOffset: message.queueOffset + offsetDelta,
          propertiesText: withQueueRange(message.propertiesText, minOffset, maxOffset),
        }),
      );
    return { ...range, messages, faults };
  }

  /** A broker that can't be reached may have left its place to another one since the route was asked for. */
  async #ask<Answer>(queue: MessageQueue, ask: (address: string) => Promise<Answer>): Promise<Answer> {
    const address = brokerAddress(this.#route, leaderOf(this.#route, queue));
    try {
      return await ask(address);
    } catch (failure) {
      if (!(failure instanceof AdminError) || failure.code !== 'UNREACHABLE') throw failure;
      const route = await this.#reach.cluster.examineTopicRoute(this.#options.routeTopic ?? this.#topic);
      const next = brokerAddress(route, leaderOf(route, queue));
      if (next === address) throw failure;
      this.#route = route;
      return ask(next);
    }
  }
}

/** Source: MQClientInstance#topicRouteData2TopicSubscribeInfo. */
function readableQueues(topic: string, route: TopicRouteData): MessageQueue[] {
  const logical = staticQueuesOf(topic, route);
  if (logical !== undefined && logical.size > 0) return logicalQueues(topic, logical);
  return route.queueDatas
    .filter((data) => Perm.isReadable(data.perm))
    .flatMap(({ brokerName, readQueueNums }) =>
      Array.from({ length: readQueueNums }, (_, queueId): MessageQueue => ({ topic, brokerName, queueId })),
    );
}

/** Tags of `TagA || TagB`; none for an expression that takes all. Source: FilterAPI#buildSubscriptionData. */
function tagsOf(expression: string): ReadonlySet<string> {
  if (expression.trim() === '' || expression === EVERYTHING) return new Set();
  const tags = expression.split('||').map((tag) => tag.trim());
  return new Set(tags.filter((tag) => tag !== ''));
}

/** A pulled message has the range of its queue among its properties. Source: PullAPIWrapper#processPullResult. */
function withQueueRange(propertiesText: string, minOffset: number, maxOffset: number): string {
  const withMin = appendProperty(propertiesText, MessageProperty.MIN_OFFSET, String(minOffset));
  return appendProperty(withMin, MessageProperty.MAX_OFFSET, String(maxOffset));
}
