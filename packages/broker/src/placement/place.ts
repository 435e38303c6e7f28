import type { PropertyTable } from '@rocketmq-ts/protocol';
import type { RecordInput } from '@rocketmq-ts/store';
import type { MessageKind } from './classify.ts';

/** The queues in which messages wait for their time: `DelayLevels`. */
export interface DelayQueues {
  park(input: RecordInput, properties: PropertyTable, delayLevel: number): void;
  parked(level: number, queueOffset: number, storeTimestamp: number): void;
}

/** What of a message's kind decides whether it is stored elsewhere first. */
export type PlacedKind = Pick<MessageKind, 'delayLevel'>;

/**
 * Where a message is stored: in the queue that it is for, or first in a topic of the broker that a service of it takes
 * messages out of (delay levels). Whether a failed message is for the retry topic or for the dead letters is decided
 * before, in `retry.ts`.
 */
export class Placement {
  readonly #levels: DelayQueues;

  constructor(levels: DelayQueues) {
    this.#levels = levels;
  }

  /** `input` names the queue that the message is for, and afterwards the one where it is stored; `properties` are its own. */
  place(input: RecordInput, properties: PropertyTable, { delayLevel }: PlacedKind): void {
    input.delayMs = undefined;
    if (delayLevel > 0) this.#levels.park(input, properties, delayLevel);
  }
}
