import { type Growth, StatsItem, type StatsSpan, StatsSpans } from '@rocketmq-ts/protocol';

/** Counters of one topic, or of one group on it: messages and their bytes, and the milliseconds by queue. */
export class QueueCounters {
  readonly messages: StatsItem;
  readonly isSystem: boolean;
  /** By queue id, made when they are first used. */
  readonly #latencies: (StatsItem | undefined)[] = [];
  readonly #make: () => StatsItem;

  constructor(make: () => StatsItem, isSystem: boolean) {
    this.#make = make;
    this.messages = make();
    this.isSystem = isSystem;
  }

  took(queueId: number, tookMs: number): void {
    let latency = this.#latencies[queueId];
    if (latency === undefined) {
      latency = this.#make();
      this.#latencies[queueId] = latency;
    }
    latency.add(tookMs, 1, 0);
  }

  /** Undefined when nothing was counted for the queue. */
  latency(queueId: number): StatsItem | undefined {
    return this.#latencies[queueId];
  }
}

/** Counters that are not by topic and queue: by name and key. */
export type NamedCounter =
  | 'QUEUE_PUT'
  | 'QUEUE_GET'
  | 'SNDBCK_PUT_NUMS'
  | 'SNDBCK2DLQ_TIMES'
  | 'BROKER_PUT_NUMS'
  | 'BROKER_GET_NUMS'
  | 'BROKER_PUT_NUMS_WITHOUT_SYSTEM_TOPIC'
  | 'BROKER_GET_NUMS_WITHOUT_SYSTEM_TOPIC'
  | 'CONSUMER_REGISTER_TIME'
  | 'PRODUCER_REGISTER_TIME'
  | 'CHANNEL_ACTIVITY';

/** One counter as it is asked for; bytes are counted beside the messages that they belong to. */
export interface CounterView {
  growth(span: StatsSpan): Growth;
}

/** All counters, found by the names and keys of Apache's. Source: BrokerStatsManager. */
export class CounterTable {
  readonly spans = new StatsSpans();
  readonly #topics = new Map<string, QueueCounters>();
  /** Keyed `topic@group`. */
  readonly #groups = new Map<string, QueueCounters>();
  /** Keyed by name and key with a blank in between. */
  readonly #named = new Map<string, StatsItem>();
  readonly #nowMs: () => number;
  readonly #isSystemTopic: (name: string) => boolean;
  readonly #make = (): StatsItem => new StatsItem(this.spans, this.#nowMs());

  constructor(nowMs: () => number, isSystemTopic: (name: string) => boolean) {
    this.#nowMs = nowMs;
    this.#isSystemTopic = isSystemTopic;
  }

  /** Made at its first use, as all of them. */
  topic(topic: string): QueueCounters {
    let counters = this.#topics.get(topic);
    if (counters === undefined) {
      counters = new QueueCounters(this.#make, this.#isSystemTopic(topic));
      this.#topics.set(topic, counters);
    }
    return counters;
  }

  group(topic: string, group: string): QueueCounters {
    const key = `${topic}@${group}`;
    let counters = this.#groups.get(key);
    if (counters === undefined) {
      counters = new QueueCounters(this.#make, this.#isSystemTopic(topic));
      this.#groups.set(key, counters);
    }
    return counters;
  }

  named(name: NamedCounter, key: string): StatsItem {
    const id = `${name} ${key}`;
    let item = this.#named.get(id);
    if (item === undefined) {
      item = this.#make();
      this.#named.set(id, item);
    }
    return item;
  }

  /** Undefined when nothing was ever counted there, or there is no such name. */
  find(name: string, key: string): CounterView | undefined {
    switch (name) {
      case 'TOPIC_PUT_NUMS':
        return this.#topics.get(key)?.messages;
      case 'TOPIC_PUT_SIZE':
        return bytesOf(this.#topics.get(key)?.messages);
      case 'TOPIC_PUT_LATENCY':
        return latencyOf(this.#topics, key);
      case 'GROUP_GET_NUMS':
        return this.#groups.get(key)?.messages;
      case 'GROUP_GET_SIZE':
        return bytesOf(this.#groups.get(key)?.messages);
      case 'GROUP_GET_LATENCY':
        return latencyOf(this.#groups, key);
      case 'QUEUE_PUT_NUMS':
      case 'QUEUE_GET_NUMS':
        return this.#named.get(`${name.slice(0, 'QUEUE_PUT'.length)} ${key}`);
      case 'QUEUE_PUT_SIZE':
      case 'QUEUE_GET_SIZE':
        return bytesOf(this.#named.get(`${name.slice(0, 'QUEUE_PUT'.length)} ${key}`));
      default:
        return this.#named.get(`${name} ${key}`);
    }
  }

  /** Source: BrokerStatsManager#onTopicDeleted. */
  dropTopic(topic: string): void {
    const prefix = `${topic}@`;
    this.#topics.delete(topic);
    dropKeys(this.#groups, (key) => key.startsWith(prefix));
    dropKeys(this.#named, (id) => isOfTopic(id, prefix));
  }

  /** Source: BrokerStatsManager#onGroupDeleted. */
  dropGroup(group: string): void {
    const suffix = `@${group}`;
    dropKeys(this.#groups, (key) => key.endsWith(suffix));
    dropKeys(this.#named, (id) => /^(SNDBCK_PUT_NUMS|QUEUE_GET) /.test(id) && id.endsWith(suffix));
  }

  /** Drops those of topics and groups that did not change for so long, and of returned messages. */
  dropIdle(idleMs: number): void {
    const oldest = this.#nowMs() - idleMs;
    const isIdle = (item: StatsItem): boolean => !item.hasChanged && item.changedMs < oldest;
    for (const table of [this.#topics, this.#groups]) {
      for (const [key, { messages }] of table) if (isIdle(messages)) table.delete(key);
    }
    for (const [id, item] of this.#named) if (id.startsWith('SNDBCK_PUT_NUMS ') && isIdle(item)) this.#named.delete(id);
  }
}

function bytesOf(item: StatsItem | undefined): CounterView | undefined {
  return item && { growth: (span) => item.growth(span, 'bytes') };
}

/** The key is `<queue id>@<key of the table>`. */
function latencyOf(table: ReadonlyMap<string, QueueCounters>, key: string): StatsItem | undefined {
  const at = key.indexOf('@');
  return /^\d+@/.test(key) ? table.get(key.slice(at + 1))?.latency(Number(key.slice(0, at))) : undefined;
}

function isOfTopic(id: string, prefix: string): boolean {
  return /^(SNDBCK_PUT_NUMS|QUEUE_PUT|QUEUE_GET) /.test(id) && id.startsWith(prefix, id.indexOf(' ') + 1);
}

function dropKeys(table: Map<string, unknown>, goes: (key: string) => boolean): void {
  for (const key of table.keys()) if (goes(key)) table.delete(key);
}
