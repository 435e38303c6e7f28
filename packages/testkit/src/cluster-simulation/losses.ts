import { type ClusterEvent, type EventOf, eventsOf, type HistoryFacts } from './history.ts';

/**
 * What may be gone although it was acknowledged: what a broker did not wait to have on its disk, by a loss of power; what it did
 * not wait to have on its slave, with its machine.
 */
export class Losses {
  readonly #ends: readonly EventOf<'ended'>[];
  readonly #lost: readonly EventOf<'lost'>[];
  /** Losses of power of machines that were slaves then. A slave reports what it has before that is on its disk. */
  readonly #slavePowerLosses: readonly EventOf<'ended'>[];
  readonly #syncFlush: boolean;
  readonly #controlled: boolean;
  /** Places in queues that a reader has had. */
  readonly #reached: readonly EventOf<'handled'>[];
  /** By id, when a message was acknowledged. */
  readonly #acknowledgedMs: ReadonlyMap<string, number>;

  constructor(events: readonly ClusterEvent[], facts: HistoryFacts) {
    this.#ends = eventsOf(events, 'ended').filter(({ machine }) => facts.brokers.includes(machine));
    this.#lost = eventsOf(events, 'lost');
    this.#slavePowerLosses = eventsOf(events, 'ended').filter(({ how }) => how === 'power loss');
    this.#syncFlush = facts.syncFlush;
    this.#controlled = facts.controlled === true;
    this.#reached = eventsOf(events, 'handled').filter(({ retried }) => !retried);
    this.#acknowledgedMs = new Map(eventsOf(events, 'acknowledged').map(({ id, atMs }) => [id, atMs]));
  }

  /** Whether the end of the broker's log may have been lost once: its queue offsets have been given out again then. */
  hit(broker: string): boolean {
    if (this.#controlled) return this.#tookMoreThanOne(broker, 0);
    return !this.#syncFlush && this.#ends.some(({ machine, how }) => machine === broker && how === 'power loss');
  }

  /** Whether readers may have seen what is gone: with a loss, or since the broker stopped waiting for its slave. */
  hitReaders(broker: string): boolean {
    return this.hit(broker) || this.#lost.some((each) => each.broker === broker);
  }

  /** Whether a group may continue with the progress that another of its machines had of it. */
  mayForgetProgress(broker: string): boolean {
    return this.hitReaders(broker) || (this.#controlled && this.#ends.some(({ machine }) => machine === broker));
  }

  /** Where masters are chosen another machine has what one has acknowledged; only two losses of power may take it. */
  #tookMoreThanOne(broker: string, sinceMs: number): boolean {
    return (
      this.#ends.filter(({ machine, how, atMs }) => machine === broker && how === 'power loss' && atMs >= sinceMs)
        .length > 1
    );
  }

  /** Whether the machine that holds all copies of a message has been lost. */
  #wentWithMachine({ broker, atMs, replicated = false }: EventOf<'acknowledged'>): boolean {
    return this.#lost.some(
      (lost) => lost.broker === broker && lost.atMs >= atMs && (!replicated || this.#heirLostPower(lost, atMs)),
    );
  }

  #heirLostPower({ heir, atMs }: EventOf<'lost'>, sinceMs: number): boolean {
    return this.#slavePowerLosses.some((each) => each.machine === heir && each.atMs >= sinceMs && each.atMs <= atMs);
  }

  /** Whether a message may be gone: not flushed when it was acknowledged, and its broker lost its power before it stopped in order. */
  mayHaveTaken(acknowledged: EventOf<'acknowledged'>): boolean {
    if (this.#controlled) return this.#tookMoreThanOne(acknowledged.broker, acknowledged.atMs);
    if (this.#wentWithMachine(acknowledged)) return true;
    if (acknowledged.flushed) return false;
    const next = this.#ends.find(
      ({ machine, atMs, how }) => machine === acknowledged.broker && atMs >= acknowledged.atMs && how !== 'kill',
    );
    return next?.how === 'power loss';
  }

  /**
   * Whether a message that was acknowledged after a loss may be passed over: it has a place in its queue that was given out
   * before, and a reader that outlived the loss continues behind it. Nothing in the protocol lets the reader notice. What the reader
   * has pulled before the loss it may handle long after it.
   */
  mayBePassedOver({ broker, queueId, queueOffset, atMs }: EventOf<'acknowledged'>, topic: string): boolean {
    if (!this.hitReaders(broker)) return false;
    return this.#reached.some(
      (each) =>
        each.topic === topic &&
        each.broker === broker &&
        each.queueId === queueId &&
        each.queueOffset >= queueOffset &&
        (each.atMs < atMs || this.#isFromBeforeLoss(broker, each.id, atMs)),
    );
  }

  /** Whether the broker's end was lost between the acknowledgement of this message and a time. */
  #isFromBeforeLoss(broker: string, id: string, beforeMs: number): boolean {
    const acknowledgedMs = this.#acknowledgedMs.get(id);
    if (acknowledgedMs === undefined) return false;
    const lossesMs = [
      ...this.#lost.filter((each) => each.broker === broker),
      ...this.#ends.filter(({ machine, how }) => machine === broker && how === 'power loss'),
    ].map(({ atMs }) => atMs);
    return lossesMs.some((lossMs) => acknowledgedMs <= lossMs && lossMs <= beforeMs);
  }

  /** Whether a copy that a broker made, to deliver the message later, may be gone or passed over. */
  get mayHaveTakenCopies(): boolean {
    if (this.#controlled) return this.#ends.some(({ machine }) => this.#tookMoreThanOne(machine, 0));
    if (this.#lost.some((lost) => this.#heirLostPower(lost, 0))) return true;
    return !this.#syncFlush && this.#ends.some(({ how }) => how === 'power loss');
  }
}
