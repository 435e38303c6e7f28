import { text } from './field.ts';
import type { BrokerFailure } from './page.ts';
import { answer, route } from './route.ts';

/** A delay level of a broker. */
export interface DelayLevelRow {
  readonly level: number;
  readonly delayMs: number;
  /** In SCHEDULE_TOPIC_XXXX. */
  readonly queueId: number;
  /** Queue offset of the next message that is delivered. */
  readonly deliveredOffset: number;
  readonly maxOffset: number;
  readonly waiting: number;
  /** When the next one is due; undefined when none waits. */
  readonly nextDueMs?: number | undefined;
}

/** Messages for any time, on one broker. */
export interface TimerFacts {
  readonly waiting: number;
  /** How late deliveries are, ms. */
  readonly behindMs: number;
  /** Messages that are not in the wheel yet. */
  readonly offsetBehind: number;
  readonly enqueuedPerSecond: number;
  readonly deliveredPerSecond: number;
  /** Timers up to this time were delivered. */
  readonly deliveredUpToMs?: number | undefined;
  /** Waiting messages by the topic that they are for, the most first. */
  readonly topics: readonly { readonly topic: string; readonly waiting: number; readonly countedMs: number }[];
}

export interface DelaysOfBroker {
  readonly brokerName: string;
  readonly address: string;
  readonly levels: readonly DelayLevelRow[];
  /** Undefined: the broker has no timers (4.x, or `timerWheelEnable=false`). */
  readonly timers?: TimerFacts | undefined;
  /** Whether producers and this console may recall; undefined when it is not known. */
  readonly recallEnabled?: boolean | undefined;
  /** By the clock of the console, when the broker was asked. */
  readonly askedMs: number;
}

/** What a recall handle names. */
export interface DecodedHandle {
  readonly topic: string;
  readonly brokerName: string;
  readonly dueMs: number;
  readonly msgId: string;
}

/** Messages that wait for their time. */
export const TIMER_ROUTES = {
  delays: route('GET', '/clusters/:cluster/delays', {
    answer: answer<{ readonly brokers: readonly DelaysOfBroker[]; readonly failures: readonly BrokerFailure[] }>(),
  }),
  decodeHandle: route('GET', '/clusters/:cluster/delays/handle', {
    query: { handle: text({ max: 4096 }) },
    answer: answer<DecodedHandle>(),
  }),
  recallMessage: route('POST', '/clusters/:cluster/delays/recall', {
    access: 'write',
    body: { handle: text({ max: 4096 }) },
    answer: answer<{ readonly msgId: string }>(),
  }),
};
