import type { Clock, Logger, Timer } from '@rocketmq-ts/kernel';
import type { QueueView } from '@rocketmq-ts/store';

/** A pull that waits for messages. */
export interface HeldPull {
  readonly queue: QueueView;
  /** Queue offset it waits to pass. */
  waitsAt: number;
  readonly deadlineMs: number;
  /** True when nobody is there any more to get the answer. */
  readonly abandoned: boolean;
  /** Something arrived: looks again. Returns through `again` when it wants to be held on. */
  wake(): void;
  /** Its time is over. */
  expire(): void;
}

/** Held pulls at the most; one more is answered at once, as if its time were over. */
const MAX_HELD = 200_000;
const SWEEP_PERIOD_MS = 200;

/**
 * Long polling: pulls that found nothing wait here, listed by queue, and are woken in the same turn by the record that
 * they wait for. One sweep looks after time-outs. Source: PullRequestHoldService.
 */
export class PullHold {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #held = new Map<QueueView, HeldPull[]>();
  #count = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  get count(): number {
    return this.#count;
  }

  start(): void {
    this.#timer = this.#clock.every(SWEEP_PERIOD_MS, () => this.#sweep());
  }

  /** Answers every held pull as if its time were over. */
  stop(): void {
    this.#timer?.cancel();
    for (const queue of [...this.#held.keys()]) for (const held of this.#take(queue)) held.expire();
  }

  hold(pull: HeldPull): void {
    if (this.#count >= MAX_HELD) {
      this.#logger.warn('too many pulls are held; one is answered at once', { held: this.#count });
      return pull.expire();
    }
    const list = this.#held.get(pull.queue);
    if (list === undefined) {
      this.#held.set(pull.queue, [pull]);
    } else {
      list.push(pull);
    }
    this.#count += 1;
  }

  arrived(queue: QueueView): void {
    for (const held of this.#take(queue)) {
      if (held.abandoned) continue;
      if (queue.maxOffset > held.waitsAt) held.wake();
      else this.hold(held);
    }
  }

  /** Wakes the pulls of a queue although nothing arrived: an operator moved the group's offset, the topic is gone. */
  wakeAll(queue: QueueView): void {
    for (const held of this.#take(queue)) held.expire();
  }

  #take(queue: QueueView): HeldPull[] {
    const list = this.#held.get(queue);
    if (list === undefined) return [];
    this.#held.delete(queue);
    this.#count -= list.length;
    return list;
  }

  #sweep(): void {
    const now = this.#clock.monotonicMs();
    for (const [queue, list] of this.#held) {
      if (!list.some((held) => held.deadlineMs <= now || held.abandoned)) continue;
      for (const held of this.#take(queue)) {
        if (held.abandoned) continue;
        if (held.deadlineMs <= now) held.expire();
        else this.hold(held);
      }
    }
  }
}
