import type { MessageFilter } from '@rocketmq-ts/filter';
import type { QueueView } from '@rocketmq-ts/store';

/** Units of one queue that are looked at for one page: what is beyond waits for the next one, since requests wait meanwhile. */
const MAX_UNITS_AT_ONCE = 256;

/** Of one queue, whatever the number of pages. Source: ConsumeQueue#estimateMessageCount. */
export interface CountLimits {
  /** Messages that are looked at. */
  readonly maxConsumeQueueScan: number;
  /** Messages that match. */
  readonly sampleCountThreshold: number;
}

/** Units that one page may still look at. */
export interface UnitBudget {
  units: number;
}

/**
 * How many messages of a part of a queue a filter takes by their tags: exactly where all have been looked at, else by the share
 * of those that were. A part that begins where it began is continued, so that pages do not look at the same units again.
 */
export class MatchingCount {
  #filter: MessageFilter | undefined;
  #from = -1;
  #next = 0;
  #looked = 0;
  #matched = 0;

  count(
    queue: Pick<QueueView, 'entryAt' | 'minOffset'>,
    filter: MessageFilter,
    from: number,
    to: number,
    limits: CountLimits,
    budget: UnitBudget,
  ): number {
    const begin = Math.max(from, queue.minOffset);
    if (begin >= to) return 0;
    if (begin !== this.#from || filter !== this.#filter || this.#next > to) this.#restart(filter, begin);
    this.#look(queue, filter, to, limits, budget);
    if (this.#next >= to) return this.#matched;
    return this.#looked === 0 ? to - begin : Math.trunc((this.#matched * (to - begin)) / this.#looked);
  }

  #restart(filter: MessageFilter, from: number): void {
    this.#filter = filter;
    this.#from = from;
    this.#next = from;
    this.#looked = 0;
    this.#matched = 0;
  }

  #look(
    queue: Pick<QueueView, 'entryAt'>,
    filter: MessageFilter,
    to: number,
    { maxConsumeQueueScan, sampleCountThreshold }: CountLimits,
    budget: UnitBudget,
  ): void {
    for (let units = 0; units < MAX_UNITS_AT_ONCE && budget.units > 0 && this.#next < to; units++) {
      if (this.#looked >= maxConsumeQueueScan || this.#matched > sampleCountThreshold) return;
      const entry = queue.entryAt(this.#next);
      if (entry === undefined) return;
      budget.units -= 1;
      // The first unit of a batch queue may begin before the part, and the last one end behind it.
      const end = Math.min(to, entry.queueOffset + entry.messageCount);
      const messages = end - this.#next;
      this.#looked += messages;
      // A unit whose tags are in an extension file is taken for a match: that file would be opened for each.
      if (entry.extensionOffset !== undefined || filter.matchesUnit(entry.tagsCode | 0)) this.#matched += messages;
      this.#next = end;
    }
  }
}
