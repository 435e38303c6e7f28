import type { MessageView } from '@rocketmq-ts/protocol';
import { clusterMessage, type ReceivedMessage } from './cluster-message.ts';

/** Deliveries of a group that are kept, the newest ones; older ones are only counted. */
export const MOST_DELIVERIES = 10_000;

interface GroupDeliveries {
  readonly messages: ReceivedMessage[];
  dropped: number;
}

/** What brokers gave to consumers, by group. */
export class Deliveries {
  readonly #groups = new Map<string, GroupDeliveries>();
  readonly #listeners = new Set<() => void>();

  add(group: string, views: readonly MessageView[], brokerName: string, deliveredAt: number): void {
    const kept = this.#groups.get(group) ?? { messages: [], dropped: 0 };
    this.#groups.set(group, kept);
    for (const view of views) kept.messages.push({ ...clusterMessage(view, brokerName), group, deliveredAt });
    const excess = kept.messages.length - MOST_DELIVERIES;
    if (excess > 0) {
      kept.messages.splice(0, excess);
      kept.dropped += excess;
    }
    for (const listener of this.#listeners) listener();
  }

  /** In the order of delivery; of one topic, or of all. */
  of(group: string, topic?: string): readonly ReceivedMessage[] {
    const messages = this.#groups.get(group)?.messages ?? [];
    return topic === undefined ? [...messages] : messages.filter((message) => message.topic === topic);
  }

  /** Calls a listener after each delivery, until the function that it returns is called. */
  onDelivery(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
