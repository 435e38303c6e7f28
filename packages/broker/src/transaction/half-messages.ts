import { PropertySlot, type PropertyTable, SystemTopic } from '@rocketmq-ts/protocol';
import type { RecordInput } from '@rocketmq-ts/store';
import type { HalfQueues } from '../placement/place.ts';
import { writeRealPlace } from '../placement/real-place.ts';
import type { TopicCounts } from '../topic-counts.ts';

const { UNIQ_KEY, TRANSACTION_ID } = PropertySlot;

/** Where half messages wait: queue 0 of the half topic. Source: TransactionalMessageBridge#parseHalfMessageInner. */
export class HalfMessages implements HalfQueues {
  readonly #metrics: TopicCounts;

  constructor(metrics: TopicCounts) {
    this.#metrics = metrics;
  }

  park(input: RecordInput, properties: PropertyTable): void {
    const uniqueKey = properties.value(UNIQ_KEY);
    if (uniqueKey !== undefined) properties.set(TRANSACTION_ID, uniqueKey);
    writeRealPlace(properties, input);
    input.topic = SystemTopic.TRANS_HALF;
    input.queueId = 0;
  }

  parked(topic: string): void {
    this.#metrics.add(topic, 1);
  }
}
