import type { Clock, Timer } from '@rocketmq-ts/kernel';
import { COUNTER_TICK_MS, Counter } from './counter.ts';

const SAMPLE_PERIOD_MS = 1_000;
const KEPT_SAMPLES = 601;
/** Windows that rates are told for. Source: StoreStatsService. */
const WINDOWS_S = [10, 60, 600] as const;

interface Totals {
  readonly put: number;
  readonly got: number;
}

const NOTHING: Totals = { put: 0, got: 0 };

interface Sample {
  readonly atMs: number;
  readonly put: number;
  readonly found: number;
  readonly missed: number;
  readonly transferred: number;
}

/** Counters of the broker: totals, rates over the last moments, per topic and per group. Source: StoreStatsService, BrokerStats. */
export class BrokerStats {
  readonly #clock: Clock;
  readonly startedMs: number;
  readonly #samples: Sample[] = [];
  readonly #puts = new Map<string, Counter>();
  readonly #gets = new Map<string, Counter>();
  #timer: Timer | undefined;
  #ticks = 0;
  #counterTimer: Timer | undefined;
  putMessages = 0;
  putBytes = 0;
  putFailed = 0;
  getFound = 0;
  getMissed = 0;
  getMessages = 0;
  /** Totals at the last midnight and at the one before, local time. */
  thisMorning: Totals = NOTHING;
  yesterdayMorning: Totals = NOTHING;
  #day: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.startedMs = clock.now();
    this.#day = new Date(this.startedMs).getDate();
  }

  start(): void {
    this.#sample();
    this.#timer = this.#clock.every(SAMPLE_PERIOD_MS, () => this.#sample());
    this.#counterTimer = this.#clock.every(COUNTER_TICK_MS, () => this.#tick());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#counterTimer?.cancel();
  }

  put(topic: string, messages: number, bytes: number): void {
    this.putMessages += messages;
    this.putBytes += bytes;
    count(this.#puts, topic, messages, bytes);
  }

  got(group: string, topic: string, messages: number, bytes: number): void {
    this.getFound += 1;
    this.getMessages += messages;
    count(this.#gets, `${topic}@${group}`, messages, bytes);
  }

  /** Messages a second that were stored in a topic, over the last minute. */
  topicPutTps(topic: string): number {
    return this.#puts.get(topic)?.growth('messages', 'minute').tps ?? 0;
  }

  /** Messages a second that a group got of a topic, over the last minute. */
  groupGetTps(group: string, topic: string): number {
    return this.#gets.get(`${topic}@${group}`)?.growth('messages', 'minute').tps ?? 0;
  }

  /** Undefined when nothing was ever sent there. */
  topicPuts(topic: string): Counter | undefined {
    return this.#puts.get(topic);
  }

  /** Keyed `topic@group`. */
  groupGets(key: string): Counter | undefined {
    return this.#gets.get(key);
  }

  forgetTopic(topic: string): void {
    this.#puts.delete(topic);
    for (const key of [...this.#gets.keys()]) if (key.startsWith(`${topic}@`)) this.#gets.delete(key);
  }

  /** Rates as Apache prints them: one number for each window that has passed, each followed by a blank. */
  rates(of: 'put' | 'found' | 'missed' | 'transferred' | 'total'): string {
    const last = this.#samples.at(-1);
    if (last === undefined) return '';
    let text = '';
    for (const seconds of WINDOWS_S) {
      const first = this.#samples[this.#samples.length - 1 - seconds];
      if (first === undefined) break;
      const value = (sample: Sample): number => (of === 'total' ? sample.found + sample.missed : sample[of]);
      text += `${((value(last) - value(first)) / ((last.atMs - first.atMs) / 1000)).toString()} `;
    }
    return text;
  }

  #tick(): void {
    this.#ticks += 1;
    const now = this.#clock.monotonicMs();
    for (const table of [this.#puts, this.#gets]) for (const counter of table.values()) counter.tick(this.#ticks, now);
  }

  #sample(): void {
    const day = new Date(this.#clock.now()).getDate();
    if (day !== this.#day) {
      this.#day = day;
      this.yesterdayMorning = this.thisMorning;
      this.thisMorning = { put: this.putMessages, got: this.getMessages };
    }
    this.#samples.push({
      atMs: this.#clock.monotonicMs(),
      put: this.putMessages,
      found: this.getFound,
      missed: this.getMissed,
      transferred: this.getMessages,
    });
    if (this.#samples.length > KEPT_SAMPLES) this.#samples.shift();
  }
}

function count(table: Map<string, Counter>, key: string, messages: number, bytes: number): void {
  let counter = table.get(key);
  if (counter === undefined) {
    counter = new Counter();
    table.set(key, counter);
  }
  counter.count(messages, bytes);
}
