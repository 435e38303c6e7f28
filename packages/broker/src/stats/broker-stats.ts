import type { Clock, Timer } from '@rocketmq-ts/kernel';
import { SystemTopic } from '@rocketmq-ts/protocol';
import { SAMPLE_PERIOD_MS, type StoreStats } from '@rocketmq-ts/store';
import { type StatsItem, TICK_MS } from './stats-item.ts';
import { type StatsName, StatsTable } from './stats-table.ts';

/** The group in whose name delayed messages are taken out of the schedule topic. Source: MixAll#SCHEDULE_CONSUMER_GROUP. */
const SCHEDULE_GROUP = 'SCHEDULE_CONSUMER';
const CLEAN_PERIOD_MS = 10 * 60_000;
const MINUTE_MS = 60_000;
/** What a `maxStatsIdleTimeInMinutes` of 10 or less is taken as. Source: BrokerStatsManager#cleanAllResource. */
const LEAST_IDLE_MINUTES = 30;

export interface BrokerStatsOptions {
  readonly clock: Clock;
  /** May change while the broker runs. */
  readonly config: { readonly maxStatsIdleTimeInMinutes: number; readonly enableScheduleMessageStats: boolean };
  readonly clusterName: string;
  readonly store: StoreStats;
  readonly isSystemTopic: (name: string) => boolean;
}

/** Where messages were stored. */
export interface StoredPlace {
  readonly storedTopic: string;
  readonly storedQueueId: number;
  /** As in the log; of all members of a batch. */
  readonly storedBytes: number;
}

/** A send that was stored. */
export interface StoredPut extends StoredPlace {
  /** The queue that was sent to, which differs for delayed messages and dead letters. */
  readonly queueId: number;
  readonly storedMessages: number;
}

/** Counters of one topic, or of one group on it, looked up once. */
interface Counters {
  readonly nums: StatsItem;
  readonly size: StatsItem;
  readonly isSystem: boolean;
  /** By queue id. */
  readonly latency: StatsItem[];
}

/** Messages of clients, without those of system topics, at a midnight of the local day. */
interface Totals {
  readonly put: number;
  readonly got: number;
}

const NOTHING: Totals = { put: 0, got: 0 };

/**
 * Counts what dashboards and exporters ask for by name and key, as Apache's broker does: it says what is counted where.
 * Source: BrokerStatsManager, BrokerStats.
 */
export class BrokerStats {
  readonly startedMs: number;
  readonly table: StatsTable;
  readonly #options: BrokerStatsOptions;
  readonly #topics = new Map<string, Counters>();
  readonly #groups = new Map<string, Counters>();
  #put: StatsItem | undefined;
  #putByClients: StatsItem | undefined;
  #got: StatsItem | undefined;
  #gotByClients: StatsItem | undefined;
  #timers: Timer[] = [];
  #day: number;
  thisMorning: Totals = NOTHING;
  yesterdayMorning: Totals = NOTHING;

  constructor(options: BrokerStatsOptions) {
    this.#options = options;
    const { clock } = options;
    this.startedMs = clock.now();
    this.#day = new Date(this.startedMs).getDate();
    this.table = new StatsTable(() => clock.monotonicMs());
    this.table.onDropped = () => {
      this.#topics.clear();
      this.#groups.clear();
    };
  }

  start(): void {
    const { clock, store } = this.#options;
    this.table.spans.tick(clock.monotonicMs());
    this.#timers = [
      clock.every(SAMPLE_PERIOD_MS, () => {
        store.sample();
        this.#lookAtDay();
      }),
      clock.every(TICK_MS, () => this.table.spans.tick(clock.monotonicMs())),
      clock.every(CLEAN_PERIOD_MS, () => this.#dropIdle()),
    ];
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
  }

  /** A send was stored. Source: SendMessageProcessor#handlePutMessageResult. */
  put(put: StoredPut, tookMs: number): void {
    const { storedTopic: topic, storedMessages, storedBytes, queueId } = put;
    const counters = this.#ofTopic(topic);
    counters.nums.add(storedMessages, 1);
    counters.size.add(storedBytes, 1);
    let latency = counters.latency[queueId];
    if (latency === undefined) {
      latency = this.table.item('TOPIC_PUT_LATENCY', `${queueId}@${topic}`);
      counters.latency[queueId] = latency;
    }
    latency.add(tookMs, 1);
    this.#putInBroker(counters.isSystem, storedMessages);
    if (topic === SystemTopic.SCHEDULE) this.#putInScheduleQueue(put, storedMessages);
  }

  /** A message that was returned is stored: to wait, or among the dead letters. Source: AbstractSendMessageProcessor#consumerSendMsgBack. */
  sentBack(group: string, originTopic: string, place: StoredPlace): void {
    if (place.storedTopic === SystemTopic.SCHEDULE) {
      const counters = this.#ofTopic(place.storedTopic);
      counters.nums.add(1, 1);
      counters.size.add(place.storedBytes, 1);
      this.#putInScheduleQueue(place, 1);
    }
    this.#count('SNDBCK_PUT_NUMS', `${originTopic}@${group}`, 1);
  }

  /** It went to the dead letters. Owner and topic are what the request names, for want of one: null. */
  sentToDeadLetters(group: string, originTopic: string | undefined, owner: string | undefined): void {
    this.#count('SNDBCK2DLQ_TIMES', `${owner ?? null}@${originTopic ?? null}@${group}@SEND_BACK_TO_DLQ`, 1);
  }

  /** A delayed message is stored where it belongs. Source: ScheduleMessageService$PutResultProcess#onSuccess. */
  delivered(scheduleQueueId: number, topic: string, bytes: number): void {
    if (!this.#options.config.enableScheduleMessageStats) return;
    const queue = `${SystemTopic.SCHEDULE}@${scheduleQueueId}@${SCHEDULE_GROUP}`;
    this.#count('QUEUE_GET_NUMS', queue, 1);
    this.#count('QUEUE_GET_SIZE', queue, bytes);
    const taken = this.#ofGroup(SystemTopic.SCHEDULE, SCHEDULE_GROUP);
    taken.nums.add(1, 1);
    taken.size.add(bytes, 1);
    const counters = this.#ofTopic(topic);
    counters.nums.add(1, 1);
    counters.size.add(bytes, 1);
    this.#putInBroker(counters.isSystem, 1);
  }

  /** A pull got messages. Source: DefaultPullMessageResultHandler#handle. */
  got(group: string, topic: string, queueId: number, messages: number, bytes: number, tookMs: number): void {
    const counters = this.#ofGroup(topic, group);
    counters.nums.add(messages, 1);
    counters.size.add(bytes, 1);
    let latency = counters.latency[queueId];
    if (latency === undefined) {
      latency = this.table.item('GROUP_GET_LATENCY', `${queueId}@${topic}@${group}`);
      counters.latency[queueId] = latency;
    }
    latency.add(tookMs, 1);
    this.#got ??= this.#ofBroker('BROKER_GET_NUMS');
    // Calls are not counted here: in Apache's answers the average of these is 0.
    this.#got.add(messages, 0);
    if (counters.isSystem) return;
    this.#gotByClients ??= this.#ofBroker('BROKER_GET_NUMS_WITHOUT_SYSTEM_TOPIC');
    this.#gotByClients.add(messages, 0);
  }

  /** A heartbeat named a group. Source: ProducerManager#registerProducer, ConsumerManager#registerConsumer. */
  registered(kind: 'CONSUMER' | 'PRODUCER', tookMs: number): void {
    this.#ofBroker(`${kind}_REGISTER_TIME`).add(tookMs, 1);
  }

  /** Source: ClientHousekeepingService. */
  connection(event: 'CONNECT' | 'CLOSE'): void {
    this.#count('CHANNEL_ACTIVITY', event, 1);
  }

  /** Messages that clients put and got, without system topics, since the start. Source: BrokerStats#getMsgPutTotalTodayNow. */
  get totals(): Totals {
    return { put: this.#putByClients?.value ?? 0, got: this.#gotByClients?.value ?? 0 };
  }

  /** Messages a second that were stored in a topic, over the last minute. */
  topicPutTps(topic: string): number {
    return this.table.find('TOPIC_PUT_NUMS', topic)?.growth('minute').tps ?? 0;
  }

  /** Messages a second that a group got of a topic, over the last minute. */
  groupGetTps(group: string, topic: string): number {
    return this.table.find('GROUP_GET_NUMS', `${topic}@${group}`)?.growth('minute').tps ?? 0;
  }

  #count(name: StatsName, key: string, value: number): void {
    this.table.item(name, key).add(value, 1);
  }

  #putInScheduleQueue(place: StoredPlace, messages: number): void {
    const queue = `${place.storedTopic}@${place.storedQueueId}`;
    this.#count('QUEUE_PUT_NUMS', queue, messages);
    this.#count('QUEUE_PUT_SIZE', queue, place.storedBytes);
  }

  #putInBroker(isSystem: boolean, messages: number): void {
    this.#put ??= this.#ofBroker('BROKER_PUT_NUMS');
    this.#put.add(messages, 0);
    if (isSystem) return;
    this.#putByClients ??= this.#ofBroker('BROKER_PUT_NUMS_WITHOUT_SYSTEM_TOPIC');
    this.#putByClients.add(messages, 0);
  }

  #ofBroker(name: StatsName): StatsItem {
    return this.table.item(name, this.#options.clusterName);
  }

  #ofTopic(topic: string): Counters {
    let counters = this.#topics.get(topic);
    if (counters === undefined) {
      counters = {
        nums: this.table.item('TOPIC_PUT_NUMS', topic),
        size: this.table.item('TOPIC_PUT_SIZE', topic),
        isSystem: this.#options.isSystemTopic(topic),
        latency: [],
      };
      this.#topics.set(topic, counters);
    }
    return counters;
  }

  #ofGroup(topic: string, group: string): Counters {
    const key = `${topic}@${group}`;
    let counters = this.#groups.get(key);
    if (counters === undefined) {
      counters = {
        nums: this.table.item('GROUP_GET_NUMS', key),
        size: this.table.item('GROUP_GET_SIZE', key),
        isSystem: this.#options.isSystemTopic(topic),
        latency: [],
      };
      this.#groups.set(key, counters);
    }
    return counters;
  }

  #lookAtDay(): void {
    const day = new Date(this.#options.clock.now()).getDate();
    if (day === this.#day) return;
    this.#day = day;
    this.yesterdayMorning = this.thisMorning;
    this.thisMorning = this.totals;
  }

  #dropIdle(): void {
    const { maxStatsIdleTimeInMinutes: minutes } = this.#options.config;
    if (minutes < 0) return;
    this.table.dropIdle((minutes <= 10 ? LEAST_IDLE_MINUTES : minutes) * MINUTE_MS);
  }
}
