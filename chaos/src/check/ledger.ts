import type { Handled, HistoryEvent, Place, Sending, Sent, Stored } from '../history/events.ts';
import type { Expectations, PromiseName, Verdict, Violation } from './promises.ts';
import { promiseNames } from './promises.ts';

/** All that is known of one queue of the surviving node. */
export interface QueueRecord {
  readonly key: string;
  readonly broker: string;
  /** By offset. */
  readonly stored: Map<number, Stored>;
  min: number;
  /** Undefined when the queue was not read. */
  max: number | undefined;
}

const MAX_TEXTS = 10;

/** A history, sorted so that each promise can be checked in one pass, and what was found so far. */
export class Ledger {
  readonly events: readonly HistoryEvent[];
  readonly expectations: Expectations;
  readonly sendings = new Map<string, Sending>();
  readonly sents: Sent[] = [];
  readonly handled: Handled[] = [];
  readonly queues = new Map<string, QueueRecord>();
  /** Ids that the survivors have, and how often. */
  readonly copies = new Map<string, number>();
  /** Broker names of which a machine was lost with its disk. */
  readonly lossy = new Set<string>();
  readonly survivors: ReadonlyMap<string, string>;
  readonly faultsOverAt: number | undefined;
  readonly #checked = Object.fromEntries(promiseNames.map((name) => [name, 0])) as Record<PromiseName, number>;
  readonly #texts = new Map<PromiseName, string[]>();
  readonly #dropped = new Map<PromiseName, number>();

  constructor(events: readonly HistoryEvent[], expectations: Expectations) {
    this.events = events;
    this.expectations = expectations;
    let survivors: Readonly<Record<string, string>> = {};
    let faultsOverAt: number | undefined;
    for (const event of events) {
      if (event.t === 'sending') this.sendings.set(event.id, event);
      else if (event.t === 'sent') this.sents.push(event);
      else if (event.t === 'handled') this.handled.push(event);
      else if (event.t === 'phase') {
        if (event.name === 'read') survivors = event.survivors ?? {};
        if (event.name === 'faults over') {
          faultsOverAt = event.at;
          for (const node of event.lost ?? []) this.lossy.add(node.replace(/\.\d+$/, ''));
        }
      }
    }
    this.handled.sort((a, b) => a.at - b.at);
    this.survivors = new Map(Object.entries(survivors));
    this.faultsOverAt = faultsOverAt;
    for (const event of events) this.#readSurvivor(event);
  }

  /** Whether this answer promises that the message stays. */
  isKept(sent: Sent): boolean {
    if (this.isOnLostDisk(sent)) return false;
    if (sent.status === 'SEND_OK') return true;
    return !this.expectations.failover && !this.lossy.has(sent.broker);
  }

  /** Whether a disk was lost that alone had what was there: then another message may get the place, and groups be ahead of the queue. */
  isOnLostDisk({ broker }: { readonly broker: string }): boolean {
    return !this.expectations.survivesLostDisk && this.lossy.has(broker);
  }

  check(promise: PromiseName): void {
    this.#checked[promise] += 1;
  }

  violation(promise: PromiseName, text: string): void {
    const texts = this.#texts.get(promise) ?? [];
    this.#texts.set(promise, texts);
    if (texts.length < MAX_TEXTS) texts.push(text);
    else this.#dropped.set(promise, (this.#dropped.get(promise) ?? 0) + 1);
  }

  verdict(): Verdict {
    const violations: Violation[] = [];
    for (const [promise, texts] of this.#texts) {
      for (const text of texts) violations.push({ promise, text });
      const dropped = this.#dropped.get(promise);
      if (dropped !== undefined) violations.push({ promise, text: `… and ${dropped} more` });
    }
    return { checked: this.#checked, violations };
  }

  queueOf(place: Omit<Place, 'offset'>): QueueRecord {
    const key = queueKey(place);
    let queue = this.queues.get(key);
    if (queue === undefined) {
      queue = { key, broker: place.broker, stored: new Map(), min: 0, max: undefined };
      this.queues.set(key, queue);
    }
    return queue;
  }

  #readSurvivor(event: HistoryEvent): void {
    if (event.t === 'ends' && this.survivors.get(event.broker) === event.node) {
      const queue = this.queueOf(event);
      queue.min = event.min;
      queue.max = event.max;
    }
    if (event.t !== 'stored' || this.survivors.get(event.broker) !== event.node) return;
    const queue = this.queueOf(event);
    const there = queue.stored.get(event.offset);
    if (there !== undefined && there.id !== event.id) {
      this.violation('offsets', `${placeText(event)} was read twice: ${there.id}, then ${event.id}`);
    }
    queue.stored.set(event.offset, event);
    this.copies.set(event.id, (this.copies.get(event.id) ?? 0) + 1);
  }
}

export function queueKey(place: Omit<Place, 'offset'>): string {
  return `${place.topic}/${place.broker}/${place.queue}`;
}

export function placeText(place: Place): string {
  return `${queueKey(place)} offset ${place.offset}`;
}
