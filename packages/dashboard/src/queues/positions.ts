import type { Admin } from '@rocketmq-ts/admin';
import { inTurns } from '@rocketmq-ts/kernel';
import type { BrokerCalls } from '../targets/broker-calls.ts';
import type { QueueRange } from './ranges.ts';

/** An offset for each range, in the same order: what lies before them, and what behind. */
export type Positions = readonly number[];

interface Mark {
  /** Everything before the positions was stored before this time. */
  readonly timeMs: number;
  readonly at: Positions;
  readonly count: number;
}

/** Requests that are under way. */
const SEARCHES_AT_A_TIME = 32;

/**
 * Splits the queues of a search by rank: the rank-th message in the order of store times, then of queues, lies behind the
 * positions, and all before it lie before them. They follow from the ranges and the rank alone and never go back as the rank
 * grows, also where the store times of a queue do. So pages that are cut at them have each message exactly once, in whatever
 * order they are asked for.
 *
 * The times are looked for between two marks, by turns where an even distribution would have them and in the middle. A queue is
 * asked only while its positions at the two marks differ.
 */
export class RankedQueues {
  readonly total: number;
  readonly #admin: Admin;
  readonly #calls: BrokerCalls;
  readonly #topic: string;
  readonly #ranges: readonly QueueRange[];
  readonly #signal: AbortSignal | undefined;
  /** Everything before the first mark and after the last one. */
  readonly #first: Mark;
  readonly #last: Mark;

  constructor(admin: Admin, calls: BrokerCalls, topic: string, ranges: readonly QueueRange[], signal?: AbortSignal) {
    this.#admin = admin;
    this.#signal = signal;
    this.#calls = calls;
    this.#topic = topic;
    this.#ranges = ranges;
    this.total = ranges.reduce((sum, { low, high }) => sum + high - low, 0);
    const lows = ranges.map(({ low }) => low);
    const highs = ranges.map(({ high }) => high);
    this.#first = { timeMs: Math.min(...ranges.map(({ firstMs }) => firstMs)), at: lows, count: 0 };
    this.#last = { timeMs: Math.max(...ranges.map(({ lastMs }) => lastMs)) + 1, at: highs, count: this.total };
  }

  /** Undefined when a broker fails, which `calls` has then, and when nobody waits any more. */
  async positionsOf(rank: number): Promise<Positions | undefined> {
    if (rank <= 0) return this.#first.at;
    if (rank >= this.total) return this.#last.at;
    let before = this.#first;
    let after = this.#last;
    for (let turn = 0; after.timeMs - before.timeMs > 1 && before.count !== rank; turn++) {
      if (this.#signal?.aborted === true) return undefined;
      const timeMs = turn % 2 === 0 ? evenly(before, after, rank) : Math.floor((before.timeMs + after.timeMs) / 2);
      const mark = await this.#markAt(timeMs, before.at, after.at);
      if (mark === undefined) return undefined;
      if (mark.count <= rank) before = mark;
      else after = mark;
    }
    // What is left was stored in one millisecond.
    let rest = rank - before.count;
    return before.at.map((position, index) => {
      const step = Math.min(rest, after.at[index]! - position);
      rest -= step;
      return position + step;
    });
  }

  async #markAt(timeMs: number, lows: Positions, highs: Positions): Promise<Mark | undefined> {
    const indexes = this.#ranges.map((_, index) => index);
    const at = await inTurns(indexes, SEARCHES_AT_A_TIME, async (index) => {
      const low = lows[index]!;
      const high = highs[index]!;
      if (low === high) return low;
      const { broker, queueId } = this.#ranges[index]!;
      const offset = await this.#calls.ask(broker, (address) =>
        this.#admin.searchOffset(address, this.#topic, queueId, timeMs),
      );
      return offset === undefined ? undefined : Math.max(low, Math.min(high, offset));
    });
    if (!at.every((position) => position !== undefined)) return undefined;
    const count = at.reduce((sum, position, index) => sum + position - this.#ranges[index]!.low, 0);
    return { timeMs, at, count };
  }
}

/** Where the rank would be if messages came evenly; always between the marks. */
function evenly(before: Mark, after: Mark, rank: number): number {
  const share = (rank - before.count + 0.5) / (after.count - before.count + 1);
  const timeMs = before.timeMs + Math.round(share * (after.timeMs - before.timeMs));
  return Math.max(before.timeMs + 1, Math.min(after.timeMs - 1, timeMs));
}
