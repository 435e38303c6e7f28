import { type ClusterEvent, type EventOf, eventsOf, type HistoryFacts } from './history.ts';

/** What a loss of power may have taken although it was acknowledged, since its broker does not wait for the disk. */
export class Losses {
  readonly #ends: readonly EventOf<'ended'>[];
  readonly #syncFlush: boolean;

  constructor(events: readonly ClusterEvent[], facts: HistoryFacts) {
    this.#ends = eventsOf(events, 'ended').filter(({ machine }) => facts.brokers.includes(machine));
    this.#syncFlush = facts.syncFlush;
  }

  /** Whether the end of the broker's log may have been lost once: its queue offsets have been given out again then. */
  hit(broker: string): boolean {
    return !this.#syncFlush && this.#ends.some(({ machine, how }) => machine === broker && how === 'power loss');
  }

  /** Whether a message may be gone: not flushed when it was acknowledged, and its broker lost its power before it stopped in order. */
  mayHaveTaken(acknowledged: EventOf<'acknowledged'>): boolean {
    if (acknowledged.flushed) return false;
    const next = this.#ends.find(
      ({ machine, atMs, how }) => machine === acknowledged.broker && atMs >= acknowledged.atMs && how !== 'kill',
    );
    return next?.how === 'power loss';
  }

  /** Whether a copy that a broker made after this time, on whichever, may be gone. */
  mayHaveTakenCopiesSince(ms: number): boolean {
    return !this.#syncFlush && this.#ends.some(({ atMs, how }) => atMs >= ms && how === 'power loss');
  }
}
