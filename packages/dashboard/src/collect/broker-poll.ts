import {
  type Admin,
  AdminError,
  deadLetterTopic,
  isDeadLetterTopic,
  isRetryTopic,
  isSystemGroup,
  isSystemTopic,
} from '@rocketmq-ts/admin';
import type { Clock, RepeatedLines } from '@rocketmq-ts/kernel';
import { connectionIn } from '../groups/members.ts';
import { reasonOf } from '../http/failure.ts';
import { LetterCounts } from './letter-counts.ts';
import type { BrokerState, ClusterModel, GroupFigures, GroupMembers, TopicFigures } from './model.ts';

/** How old the tables of topics and groups may become. */
const TABLES_PERIOD_MS = 60_000;
/** In this time every topic and group is asked for once, unless there are more than fit. */
const ROUND_MS = 60_000;
/** Topics and groups of one broker in a batch, of which there is one a second. */
const MAX_BATCH = 40;
/** Requests of a batch that are under way at a time. */
const AT_A_TIME = 4;
/** A batch is given up after so long; the rest of it comes in the next round. */
const BATCH_LIMIT_MS = 10_000;

interface PollOptions {
  readonly admin: Admin;
  readonly model: ClusterModel;
  readonly clock: Clock;
  readonly broker: BrokerState;
  readonly lines: RepeatedLines;
}

/** Asks one broker. Of each kind of request one is under way at most; what fails is in the broker's state, nothing throws. */
export class BrokerPoll {
  /** Topics and groups are asked from this broker. */
  isPrimary = false;
  readonly #options: PollOptions;
  #figures: Promise<void> | undefined;
  #isInBatch = false;
  /** Topics, then groups, that are still to be asked in this round. */
  #open: (() => Promise<void>)[] = [];
  #perBatch = MAX_BATCH;

  constructor(options: PollOptions) {
    this.#options = options;
  }

  /** Asks for counters and states, unless that is under way. */
  askFigures(): Promise<void> {
    this.#figures ??= this.#askFigures().finally(() => {
      this.#figures = undefined;
    });
    return this.#figures;
  }

  /** Reads the tables of topics and groups now, whatever their age. What fails is logged, and they stay old. */
  async refreshTables(): Promise<void> {
    if (!this.isPrimary) return;
    try {
      await this.#askTables(true);
    } catch (error) {
      this.#report('topics and groups', error);
    }
  }

  /** Asks for the next topics and groups, and for the tables of them when those are old. Does nothing while a batch is under way. */
  async askBatch(): Promise<void> {
    if (!this.isPrimary || this.#isInBatch || this.#options.broker.outage !== undefined) return;
    this.#isInBatch = true;
    try {
      await this.#askTables();
      await this.#askNext();
    } catch (error) {
      this.#report('topics and groups', error);
    } finally {
      this.#isInBatch = false;
    }
  }

  async #askFigures(): Promise<void> {
    const { admin, broker, clock } = this.#options;
    const beganMs = clock.monotonicMs();
    try {
      broker.runtime = await admin.brokerRuntimeInfo(broker.address);
      broker.answeredAtMs = clock.now();
      broker.latencyMs = clock.monotonicMs() - beganMs;
      broker.outage = undefined;
    } catch (error) {
      const isRefusal = error instanceof AdminError && error.code === 'REFUSED';
      broker.outage = { message: reasonOf(error), sinceMs: broker.outage?.sinceMs ?? clock.now(), isRefusal };
      this.#report('figures', error);
    }
  }

  async #askTables(isWanted = false): Promise<void> {
    const { admin, broker, model, clock } = this.#options;
    const nowMs = clock.now();
    // A clock that went back makes them old too.
    const isYoung = broker.tablesAtMs !== undefined && Math.abs(nowMs - broker.tablesAtMs) < TABLES_PERIOD_MS;
    if (isYoung && !isWanted) return;
    broker.config = await admin.brokerConfig(broker.address);
    model.setTopics(broker.brokerName, await admin.allTopicConfigs(broker.address));
    model.setGroups(broker.brokerName, await admin.subscriptionGroups(broker.address));
    broker.tablesAtMs = nowMs;
  }

  async #askNext(): Promise<void> {
    if (this.#open.length === 0) this.#beginRound();
    const { clock } = this.#options;
    const batch = this.#open.splice(0, this.#perBatch);
    const endMs = clock.monotonicMs() + BATCH_LIMIT_MS;
    const work = async (): Promise<void> => {
      for (let ask = batch.shift(); ask !== undefined; ask = batch.shift()) {
        if (clock.monotonicMs() > endMs) return;
        await ask();
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  }

  #beginRound(): void {
    const { broker, model } = this.#options;
    const { brokerName } = broker;
    /** Brokers have topics of their own name and of their cluster's. */
    const own = new Set([brokerName, broker.clusterName, `${broker.clusterName}_REPLY_TOPIC`]);
    const topics = [...model.topics.values()].filter(
      ({ topic, configs }) => configs.has(brokerName) && isCounted(topic) && !own.has(topic),
    );
    const groups = [...model.groups.values()].filter(
      ({ group, configs }) => configs.has(brokerName) && !isSystemGroup(group),
    );
    this.#open = [
      ...groups.map((state) => async () => {
        const figures = await this.#groupFigures(state.group, state.figures.get(brokerName));
        if (!state.configs.has(brokerName)) return;
        if (figures === undefined) state.figures.delete(brokerName);
        else state.figures.set(brokerName, figures);
        const members = await this.#groupMembers(state.group);
        const letters = await this.#letterEnd(state.group);
        if (!state.configs.has(brokerName)) return;
        state.members.set(brokerName, members);
        if (letters === undefined) return;
        const counts = state.letters.get(brokerName) ?? new LetterCounts();
        counts.see(letters, this.#options.clock.now());
        state.letters.set(brokerName, counts);
      }),
      ...topics.map((state) => async () => {
        const figures = await this.#topicFigures(state.topic);
        if (state.configs.has(brokerName)) state.figures.set(brokerName, figures);
      }),
    ];
    // Spread over the round, so that few are asked slowly and many never in a burst.
    this.#perBatch = Math.min(MAX_BATCH, Math.max(1, Math.ceil((this.#open.length * 1000) / ROUND_MS)));
  }

  /** Lag of a group; undefined when it never consumed here. */
  async #groupFigures(group: string, before: GroupFigures | undefined): Promise<GroupFigures | undefined> {
    const { admin, broker, clock } = this.#options;
    const stats = await admin.consumeStatsInBroker(broker.address, group);
    if (stats === undefined) return undefined;
    const nowMs = clock.now();
    const lagByTopic = new Map<string, number>();
    const waitingSinceMs = new Map<string, number>();
    let lag = 0;
    let lastConsumedMs = 0;
    for (const { queue, brokerOffset, consumerOffset, lastTimestamp } of stats.offsets) {
      const behind = Math.max(0, brokerOffset - consumerOffset);
      lag += behind;
      lagByTopic.set(queue.topic, (lagByTopic.get(queue.topic) ?? 0) + behind);
      if (behind > 0) {
        const name = `${queue.topic} ${queue.queueId}`;
        const emptyMs = before === undefined ? 0 : (before.waitingSinceMs.get(name) ?? before.atMs);
        waitingSinceMs.set(name, Math.max(emptyMs, lastTimestamp) || nowMs);
      }
      lastConsumedMs = Math.max(lastConsumedMs, lastTimestamp);
    }
    return { lag, lagByTopic, lastConsumedMs, waitingSinceMs, consumeTps: stats.consumeTps, atMs: nowMs };
  }

  async #groupMembers(group: string): Promise<GroupMembers> {
    const { admin, broker } = this.#options;
    const connection = await connectionIn(admin, broker.address, group);
    return {
      versions: new Map(connection?.connectionSet.map(({ clientId, version }) => [clientId, version]) ?? []),
      consumeType: connection?.consumeType,
      messageModel: connection?.messageModel,
    };
  }

  /** The ends of the queues of its dead letters together; 0 where it has none, undefined where their topic was deleted just now. */
  async #letterEnd(group: string): Promise<number | undefined> {
    const { admin, broker, model } = this.#options;
    const topic = deadLetterTopic(group);
    if (model.topics.get(topic)?.configs.has(broker.brokerName) !== true) return 0;
    try {
      const { offsets } = await admin.examineTopicStatsInBroker(broker.address, topic);
      return offsets.reduce((sum, { maxOffset }) => sum + maxOffset, 0);
    } catch (error) {
      if (error instanceof AdminError && error.code === 'REFUSED') return undefined;
      throw error;
    }
  }

  async #topicFigures(topic: string): Promise<TopicFigures> {
    const { admin, broker, model, clock } = this.#options;
    const put = await admin.brokerStats(broker.address, 'TOPIC_PUT_NUMS', topic);
    let outTps = 0;
    let outCount24h = 0;
    // Groups that consume it are known by their lag; those of other brokers are asked there.
    for (const { group, figures } of model.groups.values()) {
      if (figures.get(broker.brokerName)?.lagByTopic.has(topic) !== true) continue;
      const got = await admin.brokerStats(broker.address, 'GROUP_GET_NUMS', `${topic}@${group}`);
      outTps += got.tps;
      outCount24h += got.count24h;
    }
    return { inTps: put.tps, inCount24h: put.count24h, outTps, outCount24h, atMs: clock.now() };
  }

  #report(what: string, error: unknown): void {
    const { broker, lines, clock } = this.#options;
    const fields = { broker: broker.brokerName, address: broker.address, what, reason: reasonOf(error) };
    lines.sweep(clock.monotonicMs());
    lines.log(`${broker.address} ${what}`, clock.monotonicMs(), 'warn', 'A broker could not be asked', fields);
  }
}

/** Retry and dead letter topics are counted with their groups. */
function isCounted(topic: string): boolean {
  return !isRetryTopic(topic) && !isDeadLetterTopic(topic) && !isSystemTopic(topic);
}
