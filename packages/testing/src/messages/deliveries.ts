import type { MessageView } from '@rocketmq-ts/protocol';
import { clusterMessage, type ReceivedMessage } from './cluster-message.ts';

/** Deliveries of a group that are kept, the newest ones. */
const MOST_DELIVERIES = 10_000;
/** Bytes of their bodies. */
const MOST_BYTES = 64 * 1024 * 1024;

interface GroupDeliveries {
  readonly messages: ReceivedMessage[];
  bodyBytes: number;
}

/** What brokers gave to consumers, by group. */
export class Deliveries {
  readonly #groups = new Map<string, GroupDeliveries>();

  add(group: string, views: readonly MessageView[], brokerName: string, deliveredAt: number): void {
    const kept = this.#groups.get(group) ?? { messages: [], bodyBytes: 0 };
    this.#groups.set(group, kept);
    for (const view of views) {
      kept.messages.push({ ...clusterMessage(view, brokerName), group, deliveredAt });
      kept.bodyBytes += view.body.length;
    }
    let excess = Math.max(0, kept.messages.length - MOST_DELIVERIES);
    for (const { body } of kept.messages.slice(0, excess)) kept.bodyBytes -= body.length;
    for (; kept.bodyBytes > MOST_BYTES; excess++) kept.bodyBytes -= kept.messages[excess]!.body.length;
    if (excess > 0) kept.messages.splice(0, excess);
  }

  /** In the order of delivery; of one topic, or of all. */
  of(group: string, topic?: string): readonly ReceivedMessage[] {
    const messages = this.#groups.get(group)?.messages ?? [];
    return topic === undefined ? [...messages] : messages.filter((message) => message.topic === topic);
  }
}
