import { BaseRpcContext } from '@nestjs/microservices';
import type { MessageExt, MessageQueue, PushConsumer } from '@rocketmq-ts/client';
import { requireLevel } from './errors.ts';

/** The delivery of a message, as `RocketmqServer` hands it over. */
export interface Delivery {
  readonly messageQueue: MessageQueue;
  /** Aborts when the consumer stops. */
  readonly signal: AbortSignal;
  readonly consumer: PushConsumer;
}

/**
 * What a handler gets with `@Ctx()`: the message, and what becomes of it.
 *
 * ```ts
 * @EventPattern({ topic: 'Orders', tags: 'created' })
 * async created(@Payload() order: Order, @Ctx() context: RocketmqContext) {
 *   if (!(await stock.has(order))) context.retry(5); // again in a minute
 * }
 * ```
 */
export class RocketmqContext extends BaseRpcContext<[message: MessageExt, delivery: Delivery]> {
  #wish: number | 'ack' | undefined;

  /** The message with its body as bytes, its keys, its message id and its place in the queue. */
  getMessage(): MessageExt {
    return this.args[0];
  }

  getTopic(): string {
    return this.getMessage().topic;
  }

  getTags(): string | undefined {
    return this.getMessage().tags;
  }

  /** The message's properties: the sender's headers, and RocketMQ's own (`KEYS`, `UNIQ_KEY` …). */
  getHeaders(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.getMessage().properties);
  }

  getHeader(name: string): string | undefined {
    return this.getMessage().properties.get(name);
  }

  getMessageQueue(): MessageQueue {
    return this.args[1].messageQueue;
  }

  /** How often the message was delivered before: 0 the first time. */
  getReconsumeTimes(): number {
    return this.getMessage().reconsumeTimes;
  }

  /** Aborts when the application closes: a handler that waits for something may give up, and throw. */
  getSignal(): AbortSignal {
    return this.args[1].signal;
  }

  getConsumer(): PushConsumer {
    return this.args[1].consumer;
  }

  /** The message is handled, also when a handler throws afterwards. The last of `ack` and `retry` counts. */
  ack(): void {
    this.#wish = 'ack';
  }

  /**
   * The message is to come again, also when no handler throws: after the delay level (1 to 18), when the broker decides (0), or never
   * (−1, it becomes a dead letter at once). In an ordered consumer its queue pauses, and the level has no effect. Throws RangeError
   * for another level.
   */
  retry(delayLevel = 0): void {
    this.#wish = requireLevel(delayLevel);
  }

  /** What the handlers have asked for: `ack`, the delay level of a retry, or nothing. */
  get wish(): number | 'ack' | undefined {
    return this.#wish;
  }
}
