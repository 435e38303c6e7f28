/** What is held against a history. The order is that of the page and of reports. */
export const promises = {
  kept: 'A message that was acknowledged is readable afterwards at the place that the answer named, with the bytes that were sent.',
  offsets: 'An offset has one message for ever, and a queue has no gaps.',
  visible: 'What a consumer was given stays readable at its place.',
  order: 'A message whose send began after the answer to another lies behind it in their queue.',
  copies: 'A message is stored no more often than requests were made for it, and nothing is stored that was not sent.',
  early:
    'A delayed message is given to nobody before its delay is over (a precision of the timer allowed for; not where clocks are moved).',
  transactions:
    'A message whose transaction was rolled back is given to nobody; of a committed one, `kept` and `delivered` hold.',
  delivered: 'Every stored message is handled at least once by each group.',
  orderly: 'An orderly group is given a message only when all before it in the queue were handled.',
  progress: "A group's offset at a broker is never ahead of what the group handled.",
  replicas: 'A slave has the same messages at the same offsets, and all of them once the faults are over.',
  available: 'Each broker name takes sends again within a bound once the faults are over.',
  alive: 'No server ends by itself.',
} as const;

export type PromiseName = keyof typeof promises;

export const promiseNames = Object.keys(promises) as PromiseName[];

export interface Violation {
  readonly promise: PromiseName;
  readonly text: string;
}

/** What a check found. A promise with nothing to check has the count 0. */
export interface Verdict {
  readonly checked: Readonly<Record<PromiseName, number>>;
  readonly violations: readonly Violation[];
}

/** What the set of servers and the clients of a run were. */
export interface Expectations {
  readonly brokers: readonly string[];
  readonly groups: readonly { readonly name: string; readonly orderly: boolean }[];
  /**
   * Whether another node takes the place of a master that fails (controller mode). Then only SEND_OK promises that a message stays, and
   * consumers are given only what the in-sync nodes have. Where a master comes back with its own log, each answer promises it, and a lost
   * disk may take what consumers have seen.
   */
  readonly failover: boolean;
  /** Whether another node takes sends in the place of a lost master: chosen by controllers, or made the master by an operator. */
  readonly replacesLost: boolean;
  /** Whether SEND_OK says that two machines have the message. If not, a lost disk may take it with it. */
  readonly survivesLostDisk: boolean;
  /** Whether clocks of servers were moved: then nothing is early. */
  readonly clocksMove: boolean;
  /** Longest time until each broker name takes sends again. */
  readonly availableWithinMs: number;
}
