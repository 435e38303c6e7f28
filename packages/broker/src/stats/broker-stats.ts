import { type Clock, type Logger, RepeatedLines, type Timer } from '@rocketmq-ts/kernel';
import { STATS_TICK_MS, SystemTopic } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { Feature } from '../feature.ts';
import { CounterTable } from './counter-table.ts';
import { MessageCounters, MessageType } from './message-counters.ts';
import { minuteLines } from './minute-lines.ts';

/** The group in whose name delayed messages are taken out of the schedule topic. Source: MixAll#SCHEDULE_CONSUMER_GROUP. */
const SCHEDULE_GROUP = 'SCHEDULE_CONSUMER';
const CLEAN_PERIOD_MS = 10 * 60_000;
const MINUTE_MS = 60_000;
const DAY_CHECK_PERIOD_MS = 1_000;
const LINES_A_SLICE = 200;
/** What a `maxStatsIdleTimeInMinutes` of 10 or less is taken as. Source: BrokerStatsManager#cleanAllResource. */
const LEAST_IDLE_MINUTES = 30;

export interface BrokerStatsOptions {
  readonly clock: Clock;
  /** May change while the broker runs. */
  readonly config: { readonly maxStatsIdleTimeInMinutes: number; readonly enableScheduleMessageStats: boolean };
  readonly clusterName: string;
  readonly isSystemTopic: (name: string) => boolean;
  /**
   * Counters that only metrics show, and how many names that clients invent they may have; undefined: nobody collects metrics.
   */
  readonly exposedLimit?: number | undefined;
  /** Gets a line a minute for each counter that moved. Default: nothing. */
  readonly logger?: Logger | undefined;
  /** Gets the sends that took long. */
  readonly slowLogger: Logger;
}

/** A send that took longer until it was stored is logged. Source: DefaultMessageStore#asyncPutMessage. */
const SLOW_PUT_MS = 500;

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
  /** A place in `MESSAGE_TYPES`. */
  readonly messageType: number;
}

/** Messages of clients, without those of system topics, at a midnight of the local day. */
interface Totals {
  readonly put: number;
  readonly got: number;
}

const NOTHING: Totals = { put: 0, got: 0 };

/**
 * Counts what dashboards and exporters ask for by name and key, as Apache's broker does.
 * Source: BrokerStatsManager, BrokerStats.
 */
export class BrokerStats implements Feature {
  /** Wall clock. */
  readonly startedMs: number;
  readonly #startedMonotonicMs: number;
  readonly table: CounterTable;
  readonly #options: BrokerStatsOptions;
  readonly #slow: RepeatedLines;
  #timers: Timer[] = [];
  #day: number;
  thisMorning: Totals = NOTHING;
  yesterdayMorning: Totals = NOTHING;

  constructor(options: BrokerStatsOptions) {
    this.#options = options;
    const { clock, exposedLimit } = options;
    this.#slow = new RepeatedLines(options.slowLogger);
    this.startedMs = clock.now();
    this.#startedMonotonicMs = clock.monotonicMs();
    this.#day = localDay(this.startedMs);
    const exposed = exposedLimit === undefined ? undefined : new MessageCounters(exposedLimit);
    this.table = new CounterTable(options.clusterName, options.isSystemTopic, exposed);
  }

  /** What only metrics show; undefined while nobody collects them. */
  get exposed(): MessageCounters | undefined {
    return this.table.exposed;
  }

  /** Connections are counted at every port. */
  serve(server: RemotingServer): void {
    server.onConnectionOpen(() => this.#connection('CONNECT'));
    server.onConnectionClose(({ endedBy }) => {
      if (endedBy !== undefined) this.#connection(endedBy === 'silence' ? 'IDLE' : 'EXCEPTION');
      this.#connection('CLOSE');
    });
  }

  start(): void {
    const { clock } = this.#options;
    this.table.metrics.takeSnapshots(clock.monotonicMs());
    this.#timers = [
      clock.every(DAY_CHECK_PERIOD_MS, () => this.#lookAtDay()),
      clock.every(STATS_TICK_MS, () => this.table.metrics.takeSnapshots(clock.monotonicMs())),
      clock.every(CLEAN_PERIOD_MS, () => this.#dropIdle()),
      clock.every(MINUTE_MS, () => {
        this.#logMinute();
        this.#slow.sweep(clock.monotonicMs());
      }),
    ];
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.#slow.flush(this.#options.clock.monotonicMs());
  }

  /** A send was stored. Source: SendMessageProcessor#handlePutMessageResult. */
  put(put: StoredPut, tookMs: number): void {
    const { storedTopic, storedMessages, storedBytes } = put;
    const counters = this.table.topic(storedTopic);
    counters.count(storedMessages, storedBytes);
    counters.took(put.queueId, tookMs);
    counters.cameIn(put.messageType, storedMessages, storedBytes);
    if (tookMs > SLOW_PUT_MS) this.#putWasSlow(put, tookMs);
    if (storedTopic === SystemTopic.SCHEDULE) this.#putInScheduleQueue(put, storedMessages);
  }

  #putWasSlow({ storedTopic: topic, storedQueueId: queueId, storedBytes: bytes }: StoredPut, tookMs: number): void {
    const sentence = `putMessage cost more than ${SLOW_PUT_MS} ms until the send was stored`;
    const fields = { costMs: Math.round(tookMs), topic, queueId, bytes };
    this.#slow.log('put', this.#options.clock.monotonicMs(), 'warn', sentence, fields);
  }

  /**
   * A message that was returned is stored: to wait, or among the dead letters. Source:
   * AbstractSendMessageProcessor#consumerSendMsgBack.
   */
  sentBack(group: string, originTopic: string, place: StoredPlace): void {
    if (place.storedTopic === SystemTopic.SCHEDULE) {
      this.table.topic(place.storedTopic).messages.add(1, 1, place.storedBytes);
      this.#putInScheduleQueue(place, 1);
    }
    this.table.counters.SNDBCK_PUT_NUMS.of(`${originTopic}@${group}`).add(1, 1, 0);
  }

  /** A message became a dead letter. Owner and topic are those of the request; null where it has none. */
  sentToDeadLetters(group: string, originTopic: string | undefined, owner: string | undefined): void {
    const key = `${owner ?? null}@${originTopic ?? null}@${group}@SEND_BACK_TO_DLQ`;
    this.table.counters.SNDBCK2DLQ_TIMES.of(key).add(1, 1, 0);
    this.exposed?.sentToDeadLetters(group, originTopic ?? '');
  }

  /** A delayed message is stored where it belongs. Source: ScheduleMessageService$PutResultProcess#onSuccess. */
  delivered(scheduleQueueId: number, topic: string, bytes: number): void {
    if (!this.#options.config.enableScheduleMessageStats) return;
    const { table } = this;
    table.counters.QUEUE_GET_NUMS.of(`${SystemTopic.SCHEDULE}@${scheduleQueueId}@${SCHEDULE_GROUP}`).add(1, 1, bytes);
    table.group(SystemTopic.SCHEDULE, SCHEDULE_GROUP).messages.add(1, 1, bytes);
    const counters = table.topic(topic);
    counters.count(1, bytes);
    counters.cameIn(MessageType.DELAY, 1, bytes);
  }

  /**
   * The broker itself put a message: of a committed transaction, or one of its own. Source:
   * EndTransactionProcessor#sendFinalMessage.
   */
  putByBroker(topic: string, bytes: number): void {
    this.table.topic(topic).count(1, bytes);
  }

  /** A timer message is stored where it belongs, or again where it waits. Source: TimerMessageStore#doPut. */
  timerDelivered(topic: string, bytes: number): void {
    this.table.topic(topic).count(1, bytes);
  }

  /** A pull got messages. Source: DefaultPullMessageResultHandler#handle. */
  got(group: string, topic: string, queueId: number, messages: number, bytes: number, tookMs: number): void {
    const counters = this.table.group(topic, group);
    counters.count(messages, bytes);
    counters.took(queueId, tookMs);
  }

  /** A heartbeat named a group. Source: ProducerManager#registerProducer, ConsumerManager#registerConsumer. */
  registered(kind: 'CONSUMER' | 'PRODUCER', tookMs: number): void {
    this.table.counters[`${kind}_REGISTER_TIME`].of(this.#options.clusterName).add(tookMs, 1, 0);
  }

  /** Whatever ended a connection, it counts as closed too. Source: ClientHousekeepingService. */
  #connection(event: 'CONNECT' | 'IDLE' | 'EXCEPTION' | 'CLOSE'): void {
    this.table.counters.CHANNEL_ACTIVITY.of(event).add(1, 1, 0);
  }

  /** Since the start, however the wall clock was set. */
  get upMs(): number {
    return this.#options.clock.monotonicMs() - this.#startedMonotonicMs;
  }

  /** Messages that clients put and got, without system topics, since the start. Source: BrokerStats#getMsgPutTotalTodayNow. */
  get totals(): Totals {
    const { BROKER_PUT_NUMS_WITHOUT_SYSTEM_TOPIC: put, BROKER_GET_NUMS_WITHOUT_SYSTEM_TOPIC: got } =
      this.table.counters;
    const { clusterName } = this.#options;
    return { put: put.find(clusterName)?.value ?? 0, got: got.find(clusterName)?.value ?? 0 };
  }

  /** Messages a second that were stored in a topic, over the last minute. */
  topicPutTps(topic: string): number {
    return this.table.find('TOPIC_PUT_NUMS', topic)?.growth('minute').tps ?? 0;
  }

  /** Messages a second that a group got of a topic, over the last minute. */
  groupGetTps(group: string, topic: string): number {
    return this.table.find('GROUP_GET_NUMS', `${topic}@${group}`)?.growth('minute').tps ?? 0;
  }

  #putInScheduleQueue({ storedTopic, storedQueueId, storedBytes }: StoredPlace, messages: number): void {
    this.table.counters.QUEUE_PUT_NUMS.of(`${storedTopic}@${storedQueueId}`).add(messages, 1, storedBytes);
  }

  /** In slices, since there may be many counters; a slice may end with the next minute. */
  #logMinute(): void {
    const { clock, logger } = this.#options;
    if (logger === undefined) return;
    const lines = minuteLines(this.table)[Symbol.iterator]();
    const slice = (): void => {
      for (let step = 0; step < LINES_A_SLICE; step++) {
        const { done, value } = lines.next();
        if (done === true) return;
        if (value !== undefined) logger.info(value);
      }
      clock.endOfTurn(slice);
    };
    slice();
  }

  #lookAtDay(): void {
    const day = localDay(this.#options.clock.now());
    const ahead = day - this.#day;
    // A clock that is put back over midnight is not a new day when it comes there again; one that was days ahead counts anew.
    if (ahead === 0 || ahead === -1) return;
    this.#day = day;
    if (ahead < 0) return;
    this.yesterdayMorning = this.thisMorning;
    this.thisMorning = this.totals;
  }

  #dropIdle(): void {
    const { clock, config } = this.#options;
    const { maxStatsIdleTimeInMinutes: minutes } = config;
    if (minutes < 0) return;
    this.table.dropIdle(clock.monotonicMs() - (minutes <= 10 ? LEAST_IDLE_MINUTES : minutes) * MINUTE_MS);
  }
}

/** Number of the local day that a moment lies in. */
function localDay(ms: number): number {
  const date = new Date(ms);
  return Math.floor(Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 86_400_000);
}
