import { type ClusterEvent, type EventOf, eventsOf, type HistoryFacts } from './history.ts';

/** What a loss of power may have taken although it was acknowledged, since its broker does not wait for the disk. */
export class Losses {
  readonly #ends: readonly EventOf<'ended'>[];
  readonly #syncFlush: boolean;
  /** Places in queues that a reader has had. */
  readonly #reached: readonly EventOf<'handled'>[];

  constructor(events: readonly ClusterEvent[], facts: HistoryFacts) {
    this.#ends = eventsOf(events, 'ended').filter(({ machine }) => facts.brokers.includes(machine));
    this.#syncFlush = facts.syncFlush;
    this.#reached = eventsOf(events, 'handled').filter(({ retried }) => !retried);
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

  /**
   * Whether a message that was acknowledged after a loss may be passed over: it has a place in its queue that was given out
   * before, and a reader that outlived the loss continues behind it. Nothing in the protocol lets the reader notice.
   */
  mayBePassedOver({ broker, queueId, queueOffset, atMs }: EventOf<'acknowledged'>, topic: string): boolean {
    if (!this.hit(broker)) return false;
    return this.#reached.some(
      (each) =>
        each.topic === topic &&
        each.broker === broker &&
        each.queueId === queueId &&
        each.queueOffset >= queueOffset &&
        each.atMs < atMs,
    );
  }

  /** Whether a copy that a broker made, to deliver the message later, may be gone or passed over. */
  get mayHaveTakenCopies(): boolean {
    return !this.#syncFlush && this.#ends.some(({ how }) => how === 'power loss');
  }
}
