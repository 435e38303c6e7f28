import type { Clock } from '@rocketmq-ts/kernel';
import { type NOTIFICATION, popRetryTopics } from '@rocketmq-ts/protocol';
import type { Call } from '@rocketmq-ts/remoting';
import type { MessageStore, QueueView } from '@rocketmq-ts/store';
import type { HeldRequest, HeldRequests, WaitKey } from '../hold/held-requests.ts';
import type { Unconsumed } from './unconsumed.ts';

export interface NotificationParts {
  readonly clock: Clock;
  readonly store: Pick<MessageStore, 'queue'>;
  readonly held: Pick<HeldRequests, 'hold' | 'isFull'>;
  readonly unconsumed: Unconsumed;
}

/**
 * One question whether a group has messages before it: answered at once when it has, else held for as long as it asks.
 * Source: NotificationProcessor, PopLongPollingService.
 */
export class AskedNotification implements HeldRequest {
  readonly waitsFor: readonly WaitKey[];
  readonly deadlineMs: number;
  readonly #parts: NotificationParts;
  readonly #call: Call<typeof NOTIFICATION>;

  constructor(parts: NotificationParts, call: Call<typeof NOTIFICATION>) {
    const { consumerGroup, topic, queueId, pollTime, bornTime } = call.header;
    const { clock, store } = parts;
    this.#parts = parts;
    this.#call = call;
    this.waitsFor = [queueId < 0 ? topic : store.queue(topic, queueId), ...popRetryTopics(consumerGroup, topic)];
    // Where the client's clock is ahead of ours it waits as long as it asked, and no longer.
    const passedMs = bornTime <= 0 ? 0 : Math.max(0, clock.now() - bornTime);
    this.deadlineMs = clock.monotonicMs() + Math.max(0, pollTime) - passedMs;
  }

  get abandoned(): boolean {
    return this.#call.abandoned;
  }

  wants(queue: QueueView): boolean {
    return this.#parts.unconsumed.count(this.#call.header.consumerGroup, queue) > 0;
  }

  /** Answers when there is something or nothing may be waited for; else holds on. */
  look(): void {
    const { unconsumed, held, clock } = this.#parts;
    const { header } = this.#call;
    const hasMsg = unconsumed.queues(header).some((queue) => unconsumed.count(header.consumerGroup, queue) > 0);
    if (hasMsg || this.deadlineMs <= clock.monotonicMs()) return this.#call.answer({ hasMsg, pollingFull: false });
    if (held.isFull) return this.#call.answer({ hasMsg: false, pollingFull: true });
    this.#call.suspended = true;
    held.hold(this);
  }

  /** Others wait beside this one: it fails for itself. */
  wake(): void {
    try {
      this.look();
    } catch (error) {
      this.#call.crash(error);
    }
  }

  expire(): void {
    this.#call.answer({ hasMsg: false, pollingFull: false });
  }
}
