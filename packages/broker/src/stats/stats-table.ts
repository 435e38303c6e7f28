import { StatsItem, StatsSpans } from './stats-item.ts';

/** Families of counters by their names on the wire. Source: Stats, BrokerStatsManager. */
export const STATS_NAMES = [
  'QUEUE_PUT_NUMS',
  'QUEUE_PUT_SIZE',
  'QUEUE_GET_NUMS',
  'QUEUE_GET_SIZE',
  'TOPIC_PUT_NUMS',
  'TOPIC_PUT_SIZE',
  'TOPIC_PUT_LATENCY',
  'GROUP_GET_NUMS',
  'GROUP_GET_SIZE',
  'GROUP_GET_LATENCY',
  'SNDBCK_PUT_NUMS',
  'SNDBCK2DLQ_TIMES',
  'BROKER_PUT_NUMS',
  'BROKER_GET_NUMS',
  'BROKER_PUT_NUMS_WITHOUT_SYSTEM_TOPIC',
  'BROKER_GET_NUMS_WITHOUT_SYSTEM_TOPIC',
  'CONSUMER_REGISTER_TIME',
  'PRODUCER_REGISTER_TIME',
  'CHANNEL_ACTIVITY',
] as const;
export type StatsName = (typeof STATS_NAMES)[number];

/** How the keys of a family are made; decides what is dropped with a topic or a group. */
type KeyForm = 'topic' | 'topic@…' | '…@topic' | '…@topic@group' | 'topic@group' | 'topic@…@group' | 'other';
const KEY_FORMS: Readonly<Record<StatsName, KeyForm>> = {
  QUEUE_PUT_NUMS: 'topic@…',
  QUEUE_PUT_SIZE: 'topic@…',
  QUEUE_GET_NUMS: 'topic@…@group',
  QUEUE_GET_SIZE: 'topic@…@group',
  TOPIC_PUT_NUMS: 'topic',
  TOPIC_PUT_SIZE: 'topic',
  TOPIC_PUT_LATENCY: '…@topic',
  GROUP_GET_NUMS: 'topic@group',
  GROUP_GET_SIZE: 'topic@group',
  GROUP_GET_LATENCY: '…@topic@group',
  SNDBCK_PUT_NUMS: 'topic@group',
  SNDBCK2DLQ_TIMES: 'other',
  BROKER_PUT_NUMS: 'other',
  BROKER_GET_NUMS: 'other',
  BROKER_PUT_NUMS_WITHOUT_SYSTEM_TOPIC: 'other',
  BROKER_GET_NUMS_WITHOUT_SYSTEM_TOPIC: 'other',
  CONSUMER_REGISTER_TIME: 'other',
  PRODUCER_REGISTER_TIME: 'other',
  CHANNEL_ACTIVITY: 'other',
};

/** Dropped when they rest for `maxStatsIdleTimeInMinutes`. Source: BrokerStatsManager, NEED_CLEAN_STATS_SET. */
const DROPPED_WHEN_IDLE: readonly StatsName[] = [
  'TOPIC_PUT_NUMS',
  'TOPIC_PUT_SIZE',
  'GROUP_GET_NUMS',
  'GROUP_GET_SIZE',
  'SNDBCK_PUT_NUMS',
  'GROUP_GET_LATENCY',
];

/** All counters, by family and key. Source: BrokerStatsManager. */
export class StatsTable {
  readonly spans = new StatsSpans();
  readonly #sets = new Map<StatsName, Map<string, StatsItem>>(STATS_NAMES.map((name) => [name, new Map()]));
  readonly #nowMs: () => number;
  /** Called when counters were dropped: who holds some looks them up again. */
  onDropped: () => void = () => {};

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Undefined when nothing was ever counted there. */
  find(name: string, key: string): StatsItem | undefined {
    return this.#sets.get(name as StatsName)?.get(key);
  }

  /** Made at its first use. */
  item(name: StatsName, key: string): StatsItem {
    const set = this.#sets.get(name)!;
    let item = set.get(key);
    if (item === undefined) {
      item = new StatsItem(name, key, this.spans, this.#nowMs());
      set.set(key, item);
    }
    return item;
  }

  /** Source: BrokerStatsManager#onTopicDeleted. */
  dropTopic(topic: string): void {
    this.#drop((form, key) => {
      if (form === 'topic') return key === topic;
      if (form === 'other') return false;
      if (form.startsWith('topic@')) return key.startsWith(`${topic}@`);
      return form === '…@topic' ? key.endsWith(`@${topic}`) : key.includes(`@${topic}@`);
    });
  }

  /** Source: BrokerStatsManager#onGroupDeleted. */
  dropGroup(group: string): void {
    this.#drop((form, key) => form.endsWith('@group') && key.endsWith(`@${group}`));
  }

  dropIdle(idleMs: number): void {
    const oldest = this.#nowMs() - idleMs;
    for (const name of DROPPED_WHEN_IDLE) {
      const set = this.#sets.get(name)!;
      for (const item of set.values()) if (!item.changedLately && item.changedMs < oldest) set.delete(item.key);
    }
    this.onDropped();
  }

  #drop(goes: (form: KeyForm, key: string) => boolean): void {
    for (const [name, set] of this.#sets) {
      const form = KEY_FORMS[name];
      if (form === 'other') continue;
      for (const key of set.keys()) if (goes(form, key)) set.delete(key);
    }
    this.onDropped();
  }
}
