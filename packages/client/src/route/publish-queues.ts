import type { Random } from '@rocketmq-ts/kernel';
import type { MessageQueue } from '@rocketmq-ts/protocol';

/** What the choice of a queue needs of a broker's state; `BrokerFaults` has it. */
export interface BrokerHealth {
  available(brokerName: string): boolean;
  reachable(brokerName: string): boolean;
}

/** The writable queues of one topic and whose turn it is. A new route makes a new one. Source: TopicPublishInfo. */
export class PublishQueues {
  readonly queues: readonly MessageQueue[];
  readonly #random: Random;
  #turn: number;

  constructor(queues: readonly MessageQueue[], random: Random) {
    this.queues = queues;
    this.#random = random;
    this.#turn = random.below(0x7fffffff);
  }

  /**
   * The next queue in turn, not of the broker of the failed attempt before if there is another. With `health`, not of
   * brokers that are unavailable either, if possible, or at least not of those that are unreachable. Undefined without queues.
   * Source: MQFaultStrategy#selectOneMessageQueue.
   */
  next(avoidBroker: string | undefined, health: BrokerHealth | undefined): MessageQueue | undefined {
    if (health !== undefined) {
      if (avoidBroker !== undefined) this.#turn = this.#random.below(0x7fffffff);
      return (
        this.#pick((queue) => queue.brokerName !== avoidBroker && health.available(queue.brokerName)) ??
        this.#pick((queue) => queue.brokerName !== avoidBroker && health.reachable(queue.brokerName)) ??
        this.#pick(() => true)
      );
    }
    if (avoidBroker === undefined) return this.#pick(() => true);
    return this.#pick((queue) => queue.brokerName !== avoidBroker) ?? this.#pick(() => true);
  }

  #pick(accept: (queue: MessageQueue) => boolean): MessageQueue | undefined {
    const count = this.queues.length;
    for (let step = 0; step < count; step++) {
      this.#turn = (this.#turn + 1) & 0x7fffffff;
      const queue = this.queues[this.#turn % count]!;
      if (accept(queue)) return queue;
    }
    return undefined;
  }
}
