import type { Clock, Logger, Timer } from '@rocketmq-ts/kernel';
import type { ArrivalListener, QueueView } from '@rocketmq-ts/store';
import type { Feature } from '../feature.ts';

/** What a request waits for: messages of one queue, or of any queue of the topic with this name. */
export type WaitKey = QueueView | string;

/** A request that is not answered until messages arrive or its time is over. None of its methods may throw. */
export interface HeldRequest {
  /** The same as long as it is held. */
  readonly waitsFor: readonly WaitKey[];
  /** Monotonic milliseconds. */
  readonly deadlineMs: number;
  /** True when the client does not wait any more: the request is dropped, and nothing is called. */
  readonly abandoned: boolean;
  /** Whether what has become visible in a queue is for it; otherwise it stays held. */
  wants(queue: QueueView): boolean;
  /** It is held no more: it looks again, and may be held again. */
  wake(): void;
  /** It is held no more and must be answered: its time is over, the broker stops, or too many are held. */
  expire(): void;
}

/** Held requests at the most; one more is answered at once, as if its time were over. */
export const MAX_HELD = 200_000;
const SWEEP_PERIOD_MS = 200;

/**
 * Long polling, for every kind of request that waits for messages. A held request is an entry at each key that it waits for,
 * and is woken in the turn in which messages become visible there; one sweep looks after the deadlines.
 * Source: PullRequestHoldService, PopLongPollingService.
 */
export class HeldRequests implements Feature {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #store: { onArrival(listener: ArrivalListener): void };
  readonly #held = new Set<HeldRequest>();
  /** A key that one request waits for, as most are, has no set of its own. */
  readonly #waiting = new Map<WaitKey, HeldRequest | Set<HeldRequest>>();
  #timer: Timer | undefined;

  constructor(needs: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly store: { onArrival(listener: ArrivalListener): void };
  }) {
    this.#clock = needs.clock;
    this.#logger = needs.logger;
    this.#store = needs.store;
  }

  get count(): number {
    return this.#held.size;
  }

  /** True when one more would be answered at once. */
  get isFull(): boolean {
    return this.#held.size >= MAX_HELD;
  }

  /** Before requests are served: a message that arrives earlier would wake no request. */
  start(): void {
    this.#store.onArrival((queue) => this.#arrived(queue));
    this.#timer = this.#clock.every(SWEEP_PERIOD_MS, () => this.#sweep());
  }

  stop(): void {
    this.#timer?.cancel();
    this.answerAll();
  }

  hold(request: HeldRequest): void {
    if (this.isFull) {
      this.#logger.warn('too many requests are held; one is answered at once', { held: this.#held.size });
      return request.expire();
    }
    this.#held.add(request);
    for (const key of request.waitsFor) {
      const waiting = this.#waiting.get(key);
      if (waiting === undefined) this.#waiting.set(key, request);
      else if (waiting instanceof Set) waiting.add(request);
      else this.#waiting.set(key, new Set([waiting, request]));
    }
  }

  /** Answers what waits for a queue although nothing arrived: an operator moved a group's offset, or the topic was deleted. */
  answerNow(queue: QueueView): void {
    for (const request of this.#waitingFor(queue)) this.#expire(request);
  }

  /** Answers all of them as if their time were over. */
  answerAll(): void {
    for (const request of [...this.#held]) this.#expire(request);
  }

  #arrived(queue: QueueView): void {
    if (this.#held.size === 0) return;
    for (const request of this.#waitingFor(queue)) {
      if (request.abandoned) this.#remove(request);
      else if (request.wants(queue) && this.#remove(request)) request.wake();
    }
  }

  /** Those of the moment: what is held again meanwhile is not among them. */
  #waitingFor(queue: QueueView): readonly HeldRequest[] {
    const ofQueue = this.#waiting.get(queue);
    const ofTopic = this.#waiting.get(queue.topic);
    if (ofQueue === undefined && ofTopic === undefined) return NONE;
    const requests: HeldRequest[] = [];
    for (const waiting of [ofQueue, ofTopic]) {
      if (waiting instanceof Set) for (const request of waiting) requests.push(request);
      else if (waiting !== undefined) requests.push(waiting);
    }
    return requests;
  }

  #expire(request: HeldRequest): void {
    if (this.#remove(request) && !request.abandoned) request.expire();
  }

  /** False when it is not held: it was answered in the same turn, through another key or with another one. */
  #remove(request: HeldRequest): boolean {
    if (!this.#held.delete(request)) return false;
    for (const key of request.waitsFor) {
      const waiting = this.#waiting.get(key);
      if (waiting instanceof Set) waiting.delete(request);
      if (waiting === request || (waiting instanceof Set && waiting.size === 0)) this.#waiting.delete(key);
    }
    return true;
  }

  #sweep(): void {
    const now = this.#clock.monotonicMs();
    const over: HeldRequest[] = [];
    for (const request of this.#held) if (request.deadlineMs <= now || request.abandoned) over.push(request);
    for (const request of over) this.#expire(request);
  }
}

const NONE: readonly HeldRequest[] = [];
