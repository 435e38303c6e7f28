import { compileSubscription, isTagType, type MessageFilter } from '@rocketmq-ts/filter';
import type { Clock } from '@rocketmq-ts/kernel';
import { isRetryTopic, isSystemGroup, Perm, type SubscriptionData, type TopicConfig } from '@rocketmq-ts/protocol';
import type { MessageStore, QueueView } from '@rocketmq-ts/store';
import type { BrokerConfig } from '../config-table.ts';
import type { ClientTable } from '../group/client-table.ts';
import type { GroupTable } from '../group/group-table.ts';
import { type OffsetTable, offsetKey } from '../offset/offset-table.ts';
import type { TopicTable } from '../topic/topic-table.ts';
import { MatchingCount, type UnitBudget } from './matching-count.ts';

/** How far a group with members is on a topic. */
export interface ConsumerLag {
  /** Values of the labels consumer_group, topic, is_retry, is_system. */
  readonly labels: readonly string[];
  readonly lagMessages: number;
  readonly lagMs: number;
  readonly inflightMessages: number;
  readonly queueingMs: number;
  readonly readyMessages: number;
}

export interface ConsumerLagParts {
  readonly clock: Clock;
  readonly config: Pick<
    BrokerConfig,
    'brokerPermission' | 'estimateAccumulation' | 'maxConsumeQueueScan' | 'sampleCountThreshold'
  >;
  readonly store: Pick<MessageStore, 'findQueue'>;
  readonly topics: TopicTable;
  readonly groups: Pick<GroupTable, 'all'>;
  readonly clients: Pick<ClientTable, 'consumerGroup'>;
  readonly offsets: Pick<OffsetTable, 'queuesAt' | 'pulledQueuesAt'>;
}

/** Units of consume queues that are looked at in one round for groups that want messages of some tags. */
const MAX_UNITS = 10_000;

/** Reads of store times in one round; beyond them a queue shows the time that it showed last, or none. */
const MAX_READS = 10_000;

/** Labels of a group on a topic, and store times of two offsets of each queue as they were read last. */
interface KnownTimes {
  /** As the table of offsets has it. */
  readonly key: string;
  readonly labels: readonly string[];
  readonly offsets: number[];
  readonly times: number[];
  /** Of groups that want messages of some tags: three parts of each queue. */
  readonly counts: MatchingCount[];
}

/** What is summed over the queues of a topic. */
interface Sums {
  lag: number;
  inflight: number;
  ready: number;
  oldestMs: number;
  oldestReadyMs: number;
}

/**
 * How far consumer groups are behind. Like Apache's it looks at groups with members alone, and at what they subscribe. A store
 * time is read again only when the place of the group has moved. Messages of tags that the group does not want are not counted,
 * as far as they were looked at. Source: ConsumerLagCalculator.
 */
export class ConsumerLags {
  readonly #parts: ConsumerLagParts;
  /** By group and then by topic; those of a group that left go with it. */
  readonly #known = new WeakMap<object, Map<string, KnownTimes>>();
  #reads = 0;
  readonly #budget: UnitBudget = { units: 0 };

  constructor(parts: ConsumerLagParts) {
    this.#parts = parts;
  }

  /** Fills `into`; each step of the iteration is one group on one topic. */
  *collect(into: ConsumerLag[]): Iterable<void> {
    const { groups, clients } = this.#parts;
    this.#reads = 0;
    this.#budget.units = MAX_UNITS;
    for (const { groupName } of groups.all()) {
      const group = clients.consumerGroup(groupName);
      if (group === undefined) continue;
      const known = this.#knownOf(group);
      for (const [topic, subscription] of group.subscriptions) {
        if (isRetryTopic(topic)) continue;
        const config = this.#parts.topics.get(topic);
        if (config !== undefined && this.#isShown(config))
          into.push(this.#lagOf(groupName, config, known, this.#filterOf(subscription)));
        else known.delete(topic);
        yield;
      }
      // Topics that it no longer subscribes.
      if (known.size > group.subscriptions.size) known.clear();
    }
  }

  #knownOf(group: object): Map<string, KnownTimes> {
    let known = this.#known.get(group);
    if (known === undefined) {
      known = new Map();
      this.#known.set(group, known);
    }
    return known;
  }

  #isShown(topic: Pick<TopicConfig, 'perm'>): boolean {
    const perm = topic.perm & this.#parts.config.brokerPermission;
    return Perm.isReadable(perm) || Perm.isWriteable(perm);
  }

  /** Undefined: all messages count. By SQL expressions too, of which the units say nothing. */
  #filterOf(subscription: SubscriptionData): MessageFilter | undefined {
    if (!this.#parts.config.estimateAccumulation || !isTagType(subscription.expressionType)) return undefined;
    return compileSubscription(subscription);
  }

  #lagOf(
    group: string,
    config: TopicConfig,
    known: Map<string, KnownTimes>,
    filter: MessageFilter | undefined,
  ): ConsumerLag {
    const { clock, store, offsets } = this.#parts;
    const { topicName: topic, writeQueueNums: queueNums } = config;
    const times = known.get(topic) ?? this.#begin(group, topic, known);
    const committed = offsets.queuesAt(times.key);
    const pulled = offsets.pulledQueuesAt(times.key);
    const sums: Sums = { lag: 0, inflight: 0, ready: 0, oldestMs: Infinity, oldestReadyMs: Infinity };
    for (let queueId = 0; queueId < queueNums; queueId++) {
      const queue = store.findQueue(topic, queueId);
      const end = queue?.maxOffset ?? 0;
      const commit = committed.get(queueId) ?? end;
      const pull = pulled.get(queueId);
      const reached = pull ?? 0;
      sums.lag += this.#count(times, 3 * queueId, queue, filter, commit, end);
      sums.ready += this.#count(times, 3 * queueId + 1, queue, filter, pull ?? end, end);
      sums.inflight += this.#count(times, 3 * queueId + 2, queue, filter, committed.get(queueId) ?? reached, reached);
      if (queue === undefined) continue;
      if (commit < end) sums.oldestMs = Math.min(sums.oldestMs, this.#timeAt(times, 2 * queueId, queue, commit));
      if (reached < end)
        sums.oldestReadyMs = Math.min(sums.oldestReadyMs, this.#timeAt(times, 2 * queueId + 1, queue, reached));
    }
    const nowMs = clock.now();
    return {
      labels: times.labels,
      lagMessages: sums.lag,
      lagMs: sums.oldestMs === Infinity ? 0 : nowMs - sums.oldestMs,
      inflightMessages: sums.inflight,
      queueingMs: sums.oldestReadyMs === Infinity ? 0 : nowMs - sums.oldestReadyMs,
      readyMessages: sums.ready,
    };
  }

  #begin(group: string, topic: string, known: Map<string, KnownTimes>): KnownTimes {
    const isSystem = this.#parts.topics.isSystemTopic(topic) || isSystemGroup(group);
    const labels = [group, topic, 'false', String(isSystem)];
    const times: KnownTimes = { key: offsetKey(group, topic), labels, offsets: [], times: [], counts: [] };
    known.set(topic, times);
    return times;
  }

  #count(
    { counts }: KnownTimes,
    slot: number,
    queue: QueueView | undefined,
    filter: MessageFilter | undefined,
    from: number,
    to: number,
  ): number {
    if (from >= to) return 0;
    if (filter === undefined || queue === undefined) return to - from;
    counts[slot] ??= new MatchingCount();
    return counts[slot].count(queue, filter, from, to, this.#parts.config, this.#budget);
  }

  /** Infinity where none is known. */
  #timeAt(
    known: KnownTimes,
    slot: number,
    queue: { readonly minOffset: number; storeTimestampAt(queueOffset: number): number },
    wanted: number,
  ): number {
    const offset = Math.max(wanted, queue.minOffset);
    if (known.offsets[slot] === offset) return known.times[slot]!;
    if (this.#reads >= MAX_READS) return known.times[slot] ?? Infinity;
    this.#reads += 1;
    const timeMs = queue.storeTimestampAt(offset);
    known.offsets[slot] = offset;
    known.times[slot] = timeMs > 0 ? timeMs : Infinity;
    return known.times[slot]!;
  }
}
