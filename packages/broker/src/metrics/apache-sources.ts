import type { ExposedSource, Samples } from '@rocketmq-ts/kernel';
import { showAll } from '@rocketmq-ts/kernel';
import { isSystemGroup, versionDescription } from '@rocketmq-ts/protocol';
import type { ClientTable, GroupMember } from '../group/client-table.ts';
import { type IncomingMessages, MESSAGE_TYPES } from '../stats/message-counters.ts';
import { type ApacheMetricName, apacheBrokerMetrics } from './apache-metrics.ts';
import type { ConsumerLag } from './consumer-lag.ts';
import { type ExposedBrokerParts, isCreated } from './parts.ts';

/** Queues of Apache's thread pools. Source: BrokerMetricsManager#initStatsMetrics. */
const PROCESSORS = [
  ...['send', 'async_put', 'pull', 'ack', 'query_message', 'client_manager', 'heartbeat', 'lite_pull'],
  ...['transaction', 'consumer_manager', 'admin', 'reply'],
];
/** Values of storage_medium and storage_type. */
const STORAGE = ['disk', 'local'] as const;
/** Seconds. Source: TimerMetrics#timerDist. */
const TIMER_BOUNDS_S = [5, 60, 300, 900, 3600, 14_400, 28_800, 86_400];
/** Names of consume types. Source: ConsumeType#getTypeCN. */
const CONSUME_MODES = { CONSUME_ACTIVELY: 'pull', CONSUME_PASSIVELY: 'push', CONSUME_POP: 'pop' } as const;

/** Kinds of members of a group whose labels are kept. */
const MAX_KINDS = 64;

type Shows = Readonly<Record<ApacheMetricName, ExposedSource['show']>>;

/** Apache's metrics as this broker has them now, without those that are switched off. */
export function apacheSources(parts: ExposedBrokerParts): ExposedSource[] {
  const shows: Shows = {
    ...statsShows(parts),
    ...requestShows(parts),
    ...connectionShows(parts),
    ...lagShows(parts),
    ...transactionShows(parts),
    ...storeShows(parts),
    ...timerShows(parts),
    rocketmq_rpc_latency_milliseconds: (samples) => parts.rpcLatency.show(samples),
  };
  return (Object.keys(apacheBrokerMetrics) as ApacheMetricName[])
    .filter((name) => parts.config[apacheBrokerMetrics[name].switch])
    .map((name) => ({ name, metric: apacheBrokerMetrics[name], show: shows[name] }));
}

function statsShows({ config, topics, groups }: ExposedBrokerParts) {
  return {
    rocketmq_processor_watermark: showAll(PROCESSORS.map((name) => [[name], 0] as const)),
    rocketmq_broker_permission: showAll([[[], config.brokerPermission]]),
    rocketmq_topic_number: showAll([[[], countOf(topics.all())]]),
    rocketmq_consumer_group_number: showAll([[[], countOf(groups.all())]]),
  };
}

function requestShows({ exposed, stats, topics, creations }: ExposedBrokerParts) {
  const incoming = (show: (samples: Samples, labels: readonly string[], of: IncomingMessages) => void) =>
    function* (samples: Samples): Iterable<void> {
      for (const [topic, byType] of exposed.incoming) {
        for (const [type, messages] of byType.entries()) {
          if (messages === undefined) continue;
          messages.labels ??= [topic, MESSAGE_TYPES[type]!, String(topics.isSystemTopic(topic))];
          show(samples, messages.labels, messages);
        }
        yield;
      }
    };
  const outgoing = (field: 'value' | 'bytes') =>
    function* (samples: Samples): Iterable<void> {
      for (const [key, counter] of stats.table.counters.GROUP_GET_NUMS.entries()) {
        const labels = outgoingLabels(key, counter, topics);
        if (labels !== undefined) samples.value(labels, counter[field]);
        yield;
      }
    };
  return {
    rocketmq_messages_in_total: incoming((samples, labels, { messages }) => samples.value(labels, messages)),
    rocketmq_throughput_in_total: incoming((samples, labels, { bytes }) => samples.value(labels, bytes)),
    rocketmq_message_size: incoming((samples, labels, { sizes }) => samples.histogram(labels, sizes)),
    rocketmq_messages_out_total: outgoing('value'),
    rocketmq_throughput_out_total: outgoing('bytes'),
    rocketmq_topic_create_execution_time_milliseconds: (samples: Samples) => creations.showTopics(samples),
    rocketmq_consumer_group_create_execution_time_milliseconds: (samples: Samples) => creations.showGroups(samples),
  };
}

/** By counter; none for topics whose messages come again. */
const labelsOfCounter = new WeakMap<object, readonly string[]>();

function outgoingLabels(key: string, counter: object, topics: ExposedBrokerParts['topics']) {
  const known = labelsOfCounter.get(counter);
  if (known !== undefined) return known;
  const [topic, group] = key.split('@') as [string, string];
  if (isCreated(topic)) return undefined;
  const labels = [topic, group, String(topics.isSystemTopic(topic) || isSystemGroup(group))];
  labelsOfCounter.set(counter, labels);
  return labels;
}

function connectionShows({ clients, topics }: ExposedBrokerParts) {
  return {
    rocketmq_producer_connections: function* (samples: Samples): Iterable<void> {
      const counts = new Map<string, number>();
      for (const group of clients.producerGroups()) {
        for (const member of clients.producers(group)) count(counts, clientKey(member));
        yield;
      }
      for (const [key, number] of counts) samples.value([...key.split('@'), 'remoting'], number);
    },
    rocketmq_consumer_connections: function* (samples: Samples): Iterable<void> {
      for (const group of clients.consumerGroups()) {
        // Most groups of a broker with many have one kind of members: nothing is made for those.
        let kind: string | undefined;
        let members = 0;
        let counts: Map<string, number> | undefined;
        for (const member of group.members.values()) {
          const key = clientKey(member);
          kind ??= key;
          if (key === kind) members += 1;
          else {
            counts ??= new Map();
            count(counts, key);
          }
        }
        if (kind !== undefined) samples.value(labelsOfMembers(group, kind, topics), members);
        if (counts !== undefined)
          for (const [key, number] of counts) samples.value(labelsOfMembers(group, key, topics), number);
        yield;
      }
    },
  };
}

/** By group, and then by what differs among its members. */
const labelsOfGroup = new WeakMap<object, KindLabels>();

interface KindLabels {
  readonly consumeType: string;
  readonly byKind: Map<string, readonly string[]>;
}

type ConsumerGroup = NonNullable<ReturnType<ClientTable['consumerGroup']>>;

function labelsOfMembers(group: ConsumerGroup, key: string, topics: ExposedBrokerParts['topics']): readonly string[] {
  const { name, consumeType } = group;
  let known = labelsOfGroup.get(group);
  if (known?.consumeType !== consumeType) {
    known = { consumeType, byKind: new Map() };
    labelsOfGroup.set(group, known);
  }
  const { byKind } = known;
  let labels = byKind.get(key);
  if (labels === undefined) {
    const isSystem = String(topics.isSystemTopic(name) || isSystemGroup(name));
    labels = [name, ...key.split('@'), CONSUME_MODES[consumeType], 'remoting', isSystem];
    // Clients name their versions themselves.
    if (byKind.size >= MAX_KINDS) byKind.clear();
    byKind.set(key, labels);
  }
  return labels;
}

/** What differs among clients, by language and version: the same text for all members that are alike. */
const clientKeys = new Map<string, Map<number, string>>();

function clientKey({ language, version }: GroupMember): string {
  const known = clientKeys.get(language)?.get(version);
  if (known !== undefined) return known;
  const key = `${language.toLowerCase()}@${versionDescription(version).toLowerCase()}`;
  if (clientKeys.size >= MAX_KINDS) clientKeys.clear();
  const versions = clientKeys.get(language) ?? new Map<number, string>();
  if (versions.size >= MAX_KINDS) versions.clear();
  clientKeys.set(language, versions.set(version, key));
  return key;
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The first one that is shown looks at all groups; the others show what that has found. */
function lagShows({ lags, exposed, topics }: ExposedBrokerParts) {
  let found: ConsumerLag[] | undefined;
  const lag = (read: (lag: ConsumerLag) => number) =>
    function* (samples: Samples): Iterable<void> {
      if (found === undefined) {
        const collected: ConsumerLag[] = [];
        yield* lags.collect(collected);
        found = collected;
      }
      for (const each of found) {
        samples.value(each.labels, read(each));
        yield;
      }
    };
  return {
    rocketmq_consumer_lag_messages: lag(({ lagMessages }) => lagMessages),
    rocketmq_consumer_lag_latency_milliseconds: lag(({ lagMs }) => lagMs),
    rocketmq_consumer_inflight_messages: lag(({ inflightMessages }) => inflightMessages),
    rocketmq_consumer_queueing_latency_milliseconds: lag(({ queueingMs }) => queueingMs),
    rocketmq_consumer_ready_messages: lag(({ readyMessages }) => readyMessages),
    rocketmq_send_to_dlq_messages_total: function* (samples: Samples): Iterable<void> {
      for (const { group, topic, count: letters } of exposed.deadLetters.values()) {
        const isSystem = topics.isSystemTopic(topic) || isSystemGroup(group);
        samples.value([group, topic, String(isSystem)], letters);
        yield;
      }
      if (exposed.otherDeadLetters > 0) samples.value(['', '', 'false'], exposed.otherDeadLetters);
    },
  };
}

function transactionShows({ exposed, halfMessages }: ExposedBrokerParts) {
  return {
    rocketmq_commit_messages_total: function* (samples: Samples): Iterable<void> {
      for (const [topic, { commits }] of exposed.transactions) {
        if (commits > 0) samples.value([topic], commits);
        yield;
      }
    },
    rocketmq_rollback_messages_total: function* (samples: Samples): Iterable<void> {
      for (const [topic, { rollbacks }] of exposed.transactions) {
        if (rollbacks > 0) samples.value([topic], rollbacks);
        yield;
      }
    },
    rocketmq_finish_message_latency_milliseconds: function* (samples: Samples): Iterable<void> {
      for (const [topic, { commits, finishSeconds }] of exposed.transactions) {
        if (commits > 0) samples.histogram([topic], finishSeconds);
        yield;
      }
    },
    rocketmq_half_messages: function* (samples: Samples): Iterable<void> {
      for (const [topic, waiting] of halfMessages.counts()) {
        samples.value([topic], waiting);
        yield;
      }
    },
  };
}

function storeShows({ store, disk, root, clock }: ExposedBrokerParts) {
  const { facts } = store;
  return {
    rocketmq_storage_size_bytes: (samples: Samples) => {
      const { totalBytes, usedBytes } = disk.space(root);
      return totalBytes > 0 ? showAll([[STORAGE, usedBytes]])(samples) : [];
    },
    rocketmq_storage_flush_behind_bytes: showAll([[STORAGE, facts.appendOffset - facts.flushedOffset]]),
    rocketmq_storage_dispatch_behind_bytes: showAll([[STORAGE, facts.unconfirmedBytes]]),
    rocketmq_storage_message_reserve_time_milliseconds: (samples: Samples) => {
      const { earliestStoreTimestamp: earliestMs } = facts;
      return earliestMs > 0 ? showAll([[STORAGE, clock.now() - earliestMs]])(samples) : [];
    },
  };
}

function timerShows({ exposed, timers, config }: ExposedBrokerParts) {
  const ifUsed = (show: ExposedSource['show']): ExposedSource['show'] => (config.timerWheelEnable ? show : () => []);
  const { figures } = timers;
  return {
    rocketmq_timer_enqueue_lag: ifUsed(showAll([[STORAGE, figures.offsetBehind]])),
    rocketmq_timer_enqueue_latency_milliseconds: ifUsed(showAll([[STORAGE, figures.enqueueBehindMs]])),
    rocketmq_timer_dequeue_lag: ifUsed(showAll([[STORAGE, figures.congestion]])),
    rocketmq_timer_dequeue_latency_milliseconds: ifUsed(showAll([[STORAGE, figures.readBehindMs]])),
    rocketmq_timing_messages: ifUsed(function* (samples): Iterable<void> {
      for (const [topic, waiting] of timers.metrics.counts()) {
        samples.value([topic, ...STORAGE], waiting);
        yield;
      }
    }),
    rocketmq_timer_enqueue_total: ifUsed(function* (samples): Iterable<void> {
      for (const [topic, { enqueued }] of exposed.timers) {
        if (enqueued > 0) samples.value([topic, ...STORAGE], enqueued);
        yield;
      }
    }),
    rocketmq_timer_dequeue_total: ifUsed(function* (samples): Iterable<void> {
      for (const [topic, { dequeued }] of exposed.timers) {
        if (dequeued > 0) samples.value([topic, ...STORAGE], dequeued);
        yield;
      }
    }),
    rocketmq_timer_message_snapshot: ifUsed(function* (samples): Iterable<unknown> {
      const counts = TIMER_BOUNDS_S.map(() => 0);
      for (const { inMs, count: messages } of timers.waiting(TIMER_BOUNDS_S.at(-1)! * 1000)) {
        const at = TIMER_BOUNDS_S.findIndex((bound) => inMs < bound * 1000);
        if (at >= 0) counts[at]! += messages;
        yield;
      }
      for (const [at, bound] of TIMER_BOUNDS_S.entries()) samples.value([String(bound), ...STORAGE], counts[at]!);
    }),
    rocketmq_delay_message_latency_seconds: ifUsed(function* (samples): Iterable<void> {
      for (const [topic, { enqueued, delaySeconds }] of exposed.timers) {
        if (enqueued > 0) samples.histogram([topic, ...STORAGE], delaySeconds);
        yield;
      }
    }),
  };
}

function countOf(items: Iterable<unknown>): number {
  let number = 0;
  for (const _ of items) number += 1;
  return number;
}
