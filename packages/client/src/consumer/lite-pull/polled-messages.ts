import type { TracedCall } from '../../trace/consume-trace.ts';
import type { GroupContext, PulledMessages } from '../group-context.ts';
import type { HeldMessage } from '../held-message.ts';
import type { ProcessQueue } from '../process-queue.ts';
import type { PullConsumerSettings } from './pull-consumer-options.ts';

/** Messages of one pull, those before `at` given out already. */
interface Batch {
  readonly window: ProcessQueue;
  readonly messages: readonly HeldMessage[];
  at: number;
}

/** Messages of one queue that the user has in hand. They stay in the window, and hold its offset back, until they are finished. */
export interface Hand {
  readonly window: ProcessQueue;
  readonly messages: readonly HeldMessage[];
  readonly traced: TracedCall | undefined;
}

/**
 * What was pulled and waits to be polled, in the order in which it came; what the user has in hand; and how far each queue is
 * finished. Bounded by `full` and the windows: then nothing more is pulled.
 */
export class PolledMessages implements PulledMessages {
  readonly ordered = false;
  readonly #context: GroupContext<PullConsumerSettings>;
  #batches: Batch[] = [];
  #head = 0;
  /** Messages in `#batches`, those of dropped windows included until they are met. */
  #waiting = 0;
  readonly #hands = new Set<Hand>();
  /** The offset below which a queue is finished; none before the first message is. */
  readonly #finished = new Map<ProcessQueue, number>();
  /** Callers that wait for messages, the longest first. */
  readonly #sleepers = new Set<() => void>();

  constructor(context: GroupContext<PullConsumerSettings>) {
    this.#context = context;
  }

  get full(): boolean {
    return this.#waiting > this.#context.settings.pullThresholdForAll;
  }

  submit(window: ProcessQueue, messages: readonly HeldMessage[]): void {
    this.#batches.push({ window, messages, at: 0 });
    this.#waiting += messages.length;
    this.#wakeOne();
  }

  /** Takes up to `limit` messages of one pull; undefined when none waits. */
  take(limit: number): Hand | undefined {
    for (;;) {
      const batch = this.#batches[this.#head];
      if (batch === undefined) {
        this.#batches = [];
        this.#head = 0;
        return undefined;
      }
      const left = batch.messages.length - batch.at;
      const count = batch.window.dropped ? left : Math.min(limit, left);
      if (count === left) this.#dropHead();
      this.#waiting -= count;
      if (batch.window.dropped) continue;
      const messages = batch.messages.slice(batch.at, batch.at + count);
      batch.at += count;
      const hand = { window: batch.window, messages, traced: this.#context.trace?.begin(messages) };
      this.#hands.add(hand);
      return hand;
    }
  }

  /** Waits until messages may have come, `wake` was called, the time is up or the signal aborts. */
  wait(timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        timer?.cancel();
        this.#sleepers.delete(finish);
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : this.#context.clock.after(timeoutMs, finish);
      this.#sleepers.add(finish);
      signal?.addEventListener('abort', finish);
    });
  }

  /** Wakes all that wait. */
  wake(): void {
    for (const finish of [...this.#sleepers]) finish();
  }

  /** The user is done with these; nothing happens the second time. */
  finish(hand: Hand): void {
    if (!this.#hands.delete(hand)) return;
    const { window, messages, traced } = hand;
    const { clock, stats } = this.#context;
    traced?.ended('SUCCESS', messages.length - 1);
    window.lastConsumeMs = clock.monotonicMs();
    const offset = window.remove(messages);
    if (offset === undefined || window.dropped) return;
    stats.consumed(window.queue.topic, 0, messages.length, 0);
    this.#finished.set(window, offset);
  }

  finishAll(): void {
    for (const hand of [...this.#hands]) this.finish(hand);
  }

  /** The user was left with these before it was done: they come again, before all others. */
  putBack(hand: Hand): void {
    if (!this.#hands.delete(hand)) return;
    const { window, messages, traced } = hand;
    traced?.ended('FAILED', -1);
    if (window.dropped) return;
    if (this.#head === 0) this.#batches.unshift({ window, messages, at: 0 });
    else this.#batches[--this.#head] = { window, messages, at: 0 };
    this.#waiting += messages.length;
    this.#wakeOne();
  }

  finishedOf(window: ProcessQueue): number | undefined {
    return this.#finished.get(window);
  }

  /** Sets how far a queue is: it is read from there on, or nothing before is wanted. */
  moveTo(window: ProcessQueue, offset: number): void {
    this.#finished.set(window, offset);
  }

  /** Forgets a queue that was dropped. */
  forget(window: ProcessQueue): void {
    this.#finished.delete(window);
  }

  #dropHead(): void {
    this.#head++;
    if (this.#head <= 256 || this.#head * 2 <= this.#batches.length) return;
    this.#batches.splice(0, this.#head);
    this.#head = 0;
  }

  #wakeOne(): void {
    const [longest] = this.#sleepers;
    longest?.();
  }
}
