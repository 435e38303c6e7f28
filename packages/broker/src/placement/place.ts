import type { PropertyTable } from '@rocketmq-ts/protocol';
import type { RecordInput } from '@rocketmq-ts/store';
import type { Refusal } from '../refusal.ts';
import type { MessageKind } from './classify.ts';

/** The queues in which messages wait for their time: `DelayLevels`. */
export interface DelayQueues {
  park(input: RecordInput, properties: PropertyTable, delayLevel: number): void;
  parked(level: number, queueOffset: number, storeTimestamp: number): void;
}

/** The queue in which messages wait that are for a time of their own: `TimerPlaces`. */
export interface TimerQueues {
  /** Places a message that its timer properties delay; one whose time has come stays where it is. */
  park(input: RecordInput, properties: PropertyTable): Refusal | undefined;
  /** Why `park` would refuse it now. */
  whyNot(input: RecordInput, properties: PropertyTable): Refusal | undefined;
}

/** The queue in which half messages wait for the end of their transaction: `HalfMessages`. */
export interface HalfQueues {
  park(input: RecordInput, properties: PropertyTable): void;
  /** A half message for a topic was put. */
  parked(topic: string): void;
}

/** Who stores messages elsewhere first. */
export interface PlacementQueues {
  readonly halves: HalfQueues;
  readonly levels: DelayQueues;
  readonly timers: TimerQueues;
}

/** What of a message's kind decides whether it is stored elsewhere first. A move of the broker itself says only what applies. */
export type PlacedKind = Pick<MessageKind, 'delayLevel'> & Partial<Pick<MessageKind, 'isTimer' | 'isHalf'>>;

/**
 * Where a message is stored: in the queue that it is for, or first in a topic of the broker that a service of it takes
 * messages out of (transactions, delay levels, timers). Whether a failed message is for the retry topic or for the dead letters is decided
 * before, in `retry.ts`.
 */
export class Placement {
  readonly #queues: PlacementQueues;

  constructor(queues: PlacementQueues) {
    this.#queues = queues;
  }

  /**
   * `input` names the queue that the message is for, and afterwards the one where it is stored; `properties` are its own. After
   * a refusal nothing may be stored. A half message keeps the delay that it asks for until its commit: Apache's broker loses
   * one with a delay. A delay level wins over timer properties. Source: HookUtils#handleScheduleMessage.
   */
  place(input: RecordInput, properties: PropertyTable, kind: PlacedKind): Refusal | undefined {
    input.delayMs = undefined;
    if (kind.isHalf) {
      // Later no producer waits for an answer.
      const refusal = kind.isTimer ? this.#queues.timers.whyNot(input, properties) : undefined;
      if (refusal !== undefined) return refusal;
      this.#queues.halves.park(input, properties);
    } else if (kind.delayLevel > 0) this.#queues.levels.park(input, properties, kind.delayLevel);
    else if (kind.isTimer) return this.#queues.timers.park(input, properties);
    return undefined;
  }
}
