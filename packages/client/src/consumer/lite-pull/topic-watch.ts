import { compareMessageQueues, type MessageQueue, messageQueueKey, withoutNamespace } from '@rocketmq-ts/protocol';
import { seenQueue } from '../../message-queue.ts';
import { isThenable } from '../../user-code.ts';
import type { GroupContext } from '../group-context.ts';
import type { PullConsumerSettings } from './pull-consumer-options.ts';

/** Is called with the queues of a topic after they changed. */
export type TopicQueuesListener = (topic: string, queues: readonly MessageQueue[]) => void;

/** Looks whether the queues of topics change. Source: DefaultLitePullConsumerImpl#fetchTopicMessageQueuesAndCompare. */
export class TopicWatch {
  /** By the name of the topic at brokers. */
  readonly #listeners = new Map<string, Set<TopicQueuesListener>>();
  readonly #known = new Map<string, string>();

  /** Returns a function that ends it. */
  add(topic: string, listener: TopicQueuesListener): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0 || this.#listeners.get(topic) !== listeners) return;
      this.#listeners.delete(topic);
      this.#known.delete(topic);
    };
  }

  topics(): readonly string[] {
    return [...this.#listeners.keys()];
  }

  /** Compares once. What a listener throws is logged; a topic that can't be asked for is looked at again later. */
  async check({ instance, settings, logger }: GroupContext<PullConsumerSettings>): Promise<void> {
    await Promise.allSettled(this.topics().map((topic) => instance.routes.refresh(topic)));
    for (const [topic, listeners] of [...this.#listeners]) {
      const queues = instance.routes.subscribeQueues(topic);
      if (queues === undefined) continue;
      const sorted = queues.map((queue) => seenQueue(queue, settings.namespace)).sort(compareMessageQueues);
      const text = sorted.map(messageQueueKey).join('\n');
      const before = this.#known.get(topic);
      this.#known.set(topic, text);
      if (before === undefined || before === text) continue;
      const name = withoutNamespace(topic, settings.namespace);
      for (const listener of [...listeners]) {
        try {
          const copies = sorted.map((queue) => ({ ...queue }));
          isThenable(listener(name, copies));
        } catch (error) {
          logger.error('a listener for changes of queues threw', { topic: name, error });
        }
      }
    }
  }
}
