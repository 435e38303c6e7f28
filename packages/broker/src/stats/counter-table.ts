import { type Counter, type Counters, type Growth, type Metric, Metrics } from '@rocketmq-ts/kernel';
import { STATS_SPANS, STATS_TICK_MS, type StatsSpan } from '@rocketmq-ts/protocol';
import { type IncomingByType, IncomingMessages, type MessageCounters } from './message-counters.ts';

const perTopic = { unit: 'messages', labels: ['topic'] } as const;
const perGroup = { unit: 'messages', labels: ['topic', 'group'] } as const;
const perQueue = { unit: 'messages', labels: ['topic', 'queueId'] } as const;
const perQueueAndGroup = { unit: 'messages', labels: ['topic', 'queueId', 'group'] } as const;
const ofBroker = { unit: 'messages', labels: ['cluster'] } as const;

/**
 * What a broker counts, by the names of Apache's; keys are the labels with `@` in between. Source: Stats, BrokerStatsManager.
 */
const DECLARED = {
  TOPIC_PUT_NUMS: { ...perTopic, bytesName: 'TOPIC_PUT_SIZE', meaning: 'stored in a topic' },
  TOPIC_PUT_LATENCY: { unit: 'milliseconds', labels: ['queueId', 'topic'], meaning: 'until sends were stored' },
  GROUP_GET_NUMS: { ...perGroup, bytesName: 'GROUP_GET_SIZE', meaning: 'that a group got of a topic' },
  GROUP_GET_LATENCY: { unit: 'milliseconds', labels: ['queueId', 'topic', 'group'], meaning: 'of pulls that got some' },
  QUEUE_PUT_NUMS: { ...perQueue, bytesName: 'QUEUE_PUT_SIZE', meaning: 'stored in the schedule topic' },
  QUEUE_GET_NUMS: { ...perQueueAndGroup, bytesName: 'QUEUE_GET_SIZE', meaning: 'delivered from the schedule topic' },
  SNDBCK_PUT_NUMS: { ...perGroup, meaning: 'that a group sent back' },
  SNDBCK2DLQ_TIMES: { unit: 'messages', labels: ['owner', 'topic', 'group', 'reason'], meaning: 'put to dead letters' },
  BROKER_PUT_NUMS: { ...ofBroker, meaning: 'stored' },
  BROKER_GET_NUMS: { ...ofBroker, meaning: 'that consumers got' },
  BROKER_PUT_NUMS_WITHOUT_SYSTEM_TOPIC: { ...ofBroker, meaning: 'stored, without those of system topics' },
  BROKER_GET_NUMS_WITHOUT_SYSTEM_TOPIC: { ...ofBroker, meaning: 'that consumers got, without those of system topics' },
  CONSUMER_REGISTER_TIME: { unit: 'milliseconds', labels: ['cluster'], meaning: 'of heartbeats that name consumers' },
  PRODUCER_REGISTER_TIME: { unit: 'milliseconds', labels: ['cluster'], meaning: 'of heartbeats that name producers' },
  CHANNEL_ACTIVITY: {
    unit: 'calls',
    labels: ['event'],
    meaning:
      'connections that were opened (CONNECT), closed (CLOSE), and of these those that were silent for too long (IDLE) or failed (EXCEPTION)',
  },
} as const satisfies Record<string, Metric>;

type StatsCounters = Counters<StatsSpan>;

/** Counters that count the same messages. */
interface Family {
  /** By topic, or by topic and group. */
  readonly messages: StatsCounters;
  /** The same by queue. */
  readonly latency: StatsCounters;
  /** Of the whole broker: with system topics, and without them. */
  readonly all: StatsCounters;
  readonly ofClients: StatsCounters;
}

/** Counters of one topic, or of one group on it, at hand. */
class QueueCounters {
  readonly messages: Counter<StatsSpan>;
  readonly #family: Family;
  readonly #key: string;
  readonly #ofBroker: () => readonly Counter<StatsSpan>[];
  #broker: readonly Counter<StatsSpan>[] | undefined;
  /** By queue id. */
  readonly #latencies: Counter<StatsSpan>[] = [];
  /** Undefined where metrics do not count these messages. */
  readonly #incoming: IncomingByType | undefined;

  constructor(
    family: Family,
    key: string,
    ofBroker: () => readonly Counter<StatsSpan>[],
    incoming: IncomingByType | undefined,
  ) {
    this.messages = family.messages.of(key);
    this.#family = family;
    this.#key = key;
    this.#ofBroker = ofBroker;
    this.#incoming = incoming;
  }

  /** For metrics: messages of a type of `MESSAGE_TYPES` came from outside. */
  cameIn(type: number, messages: number, bytes: number): void {
    const incoming = this.#incoming;
    if (incoming === undefined) return;
    incoming[type] ??= new IncomingMessages();
    incoming[type].count(messages, bytes);
  }

  /** Messages that count for the whole broker too; calls are not counted there: in Apache's answers their average is 0. */
  count(messages: number, bytes: number): void {
    this.messages.add(messages, 1, bytes);
    this.#broker ??= this.#ofBroker();
    for (const counter of this.#broker) counter.add(messages, 0, 0);
  }

  took(queueId: number, tookMs: number): void {
    this.#latencies[queueId] ??= this.#family.latency.of(`${queueId}@${this.#key}`);
    this.#latencies[queueId].add(tookMs, 1, 0);
  }
}

/** One counter as it is asked for; bytes are counted beside the messages that they belong to. */
export interface CounterView {
  growth(span: StatsSpan): Growth;
}

/** All counters of a broker. Source: BrokerStatsManager. */
export class CounterTable {
  readonly metrics = new Metrics(STATS_TICK_MS, STATS_SPANS);
  /** Each is made at its first use. */
  readonly counters = this.metrics.counters(DECLARED);
  /** By topic, and by topic and group: so that counting a message looks one name up. */
  readonly #known = new Map<string, QueueCounters>();
  readonly #put: Family;
  readonly #got: Family;
  readonly #clusterName: string;
  readonly #isSystemTopic: (name: string) => boolean;
  /** Undefined while nobody collects metrics. */
  readonly exposed: MessageCounters | undefined;

  constructor(clusterName: string, isSystemTopic: (name: string) => boolean, exposed?: MessageCounters) {
    const { counters } = this;
    this.exposed = exposed;
    this.#put = {
      messages: counters.TOPIC_PUT_NUMS,
      latency: counters.TOPIC_PUT_LATENCY,
      all: counters.BROKER_PUT_NUMS,
      ofClients: counters.BROKER_PUT_NUMS_WITHOUT_SYSTEM_TOPIC,
    };
    this.#got = {
      messages: counters.GROUP_GET_NUMS,
      latency: counters.GROUP_GET_LATENCY,
      all: counters.BROKER_GET_NUMS,
      ofClients: counters.BROKER_GET_NUMS_WITHOUT_SYSTEM_TOPIC,
    };
    this.#clusterName = clusterName;
    this.#isSystemTopic = isSystemTopic;
  }

  topic(topic: string): QueueCounters {
    return this.#known.get(topic) ?? this.#know(this.#put, topic, topic);
  }

  group(topic: string, group: string): QueueCounters {
    const key = `${topic}@${group}`;
    return this.#known.get(key) ?? this.#know(this.#got, key, topic);
  }

  #know(family: Family, key: string, topic: string): QueueCounters {
    const { all, ofClients } = family;
    const broker = this.#isSystemTopic(topic) ? [all] : [all, ofClients];
    const incoming = family === this.#put ? this.exposed?.incomingOf(topic) : undefined;
    const ofBroker = (): Counter<StatsSpan>[] => broker.map((counters) => counters.of(this.#clusterName));
    const made = new QueueCounters(family, key, ofBroker, incoming);
    this.#known.set(key, made);
    return made;
  }

  /** Undefined when nothing was ever counted there, or there is no such name. */
  find(name: string, key: string): CounterView | undefined {
    for (const [own, counters] of Object.entries(this.counters)) {
      const isBytes = counters.metric.bytesName === name;
      if (name !== own && !isBytes) continue;
      const counter = counters.find(key);
      return counter && { growth: (span) => counter.growth(span, isBytes ? 'bytes' : 'value') };
    }
    return undefined;
  }

  /** Source: BrokerStatsManager#onTopicDeleted, #onGroupDeleted. */
  drop(label: 'topic' | 'group', value: string): void {
    const { SNDBCK2DLQ_TIMES: kept, ...dropped } = this.counters;
    for (const counters of Object.values(dropped)) counters.dropLabel(label, value);
    if (label === 'topic') this.exposed?.drop(value);
    this.#known.clear();
  }

  /** Drops those of topics and groups that have not changed since a moment, and of returned messages. */
  dropIdle(sinceMs: number): void {
    const isIdle = (_key: string, counter: Counter<StatsSpan>): boolean => counter.isIdleSince(sinceMs);
    for (const { messages, latency } of [this.#put, this.#got]) {
      messages.drop(isIdle);
      latency.drop((key) => messages.find(key.slice(key.indexOf('@') + 1)) === undefined);
    }
    this.counters.SNDBCK_PUT_NUMS.drop(isIdle);
    this.#known.clear();
  }
}
