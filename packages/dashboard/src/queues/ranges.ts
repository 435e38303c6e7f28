import type { Admin } from '@rocketmq-ts/admin';
import { compareText, inTurns } from '@rocketmq-ts/kernel';
import type { BrokerCalls } from '../targets/broker-calls.ts';
import type { BrokerTarget } from '../targets/broker-target.ts';

/** The messages of one queue that a search counts: offsets from `low` up to but without `high`. */
export interface QueueRange {
  readonly broker: BrokerTarget;
  readonly queueId: number;
  readonly low: number;
  readonly high: number;
  /** Store time of the first and of the last one. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Requests that are under way at one broker. */
const QUEUES_AT_A_TIME = 8;
/** Steps that an end is corrected by at most. */
const MAX_STEPS = 256;

/** What a range of time selects from each queue of a topic. */
export interface RangeQuery {
  readonly admin: Admin;
  readonly calls: BrokerCalls;
  readonly topic: string;
  readonly brokers: readonly BrokerTarget[];
  readonly beginMs: number;
  /** Included. */
  readonly endMs: number;
}

/** Ranges that have messages, in the order of broker names and queue ids. */
export async function findRanges(query: RangeQuery): Promise<QueueRange[]> {
  const { admin, calls, topic, brokers } = query;
  const answers = await calls.askEach(brokers, async (address, broker) => {
    const stats = await admin.examineTopicStatsInBroker(address, topic);
    const filled = stats.offsets.filter(({ minOffset, maxOffset }) => maxOffset > minOffset);
    return inTurns(filled, QUEUES_AT_A_TIME, async ({ queue, minOffset, maxOffset }) => {
      const ends = new QueueEnds(query, address, queue.queueId, minOffset, maxOffset);
      return { broker, queueId: queue.queueId, ...(await ends.range()) };
    });
  });
  return answers
    .flatMap(({ value }) => value)
    .filter(({ low, high }) => high > low)
    .sort((a, b) => compareText(a.broker.brokerName, b.broker.brokerName) || a.queueId - b.queueId);
}

/** Where a range of time begins and ends in one queue. */
class QueueEnds {
  readonly #query: RangeQuery;
  readonly #address: string;
  readonly #queueId: number;
  readonly #min: number;
  readonly #max: number;

  constructor(query: RangeQuery, address: string, queueId: number, min: number, max: number) {
    this.#query = query;
    this.#address = address;
    this.#queueId = queueId;
    this.#min = min;
    this.#max = max;
  }

  async range(): Promise<{ low: number; high: number; firstMs: number; lastMs: number }> {
    const { beginMs, endMs } = this.#query;
    const low = await this.#firstAtOrAfter(beginMs);
    const high = low === this.#max ? low : Math.max(low, await this.#firstAtOrAfter(endMs + 1));
    const firstMs = high > low ? ((await this.#timeAt(low)) ?? beginMs) : beginMs;
    const lastMs = high > low ? ((await this.#timeAt(high - 1)) ?? endMs) : endMs;
    return { low, high, firstMs, lastMs };
  }

  /**
   * Offset of the first message that was stored at this time or later. Brokers before 5.1 answer with any of several messages
   * of one time, and with the last message where all are older; so the neighbours are looked at.
   */
  async #firstAtOrAfter(timeMs: number): Promise<number> {
    const { admin, topic } = this.#query;
    const answered = await admin.searchOffset(this.#address, topic, this.#queueId, timeMs);
    let offset = Math.max(this.#min, Math.min(this.#max, answered));
    for (let steps = 0; steps < MAX_STEPS && offset > this.#min; steps++) {
      const before = await this.#timeAt(offset - 1);
      if (before === undefined || before < timeMs) break;
      offset -= 1;
    }
    if (offset < Math.min(this.#max, Math.max(this.#min, answered))) return offset;
    for (let steps = 0; steps < MAX_STEPS && offset < this.#max; steps++) {
      const time = await this.#timeAt(offset);
      if (time === undefined || time >= timeMs) break;
      offset += 1;
    }
    return offset;
  }

  /** Store time of the message at an offset; undefined when it was removed. */
  async #timeAt(offset: number): Promise<number | undefined> {
    const { admin, topic } = this.#query;
    const read = { address: this.#address, topic, queueId: this.#queueId, from: offset, count: 1 };
    return (await admin.readQueue(read)).messages[0]?.storeTimestamp;
  }
}
