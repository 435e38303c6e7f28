import type { PushConsumer, PushConsumerOptions } from '@rocketmq-ts/client';
import { decodeOffsetMovedEvent, type OffsetMovedEvent, SystemTopic } from '@rocketmq-ts/protocol';

/** Source: MixAll#MONITOR_CONSUMER_GROUP. */
const MONITOR_GROUP = '__MONITOR_CONSUMER';

/** What happens on a cluster from now on. */
export interface WatchOperations {
  /**
   * Calls `found` with each event that brokers store when a group's offset was outside of a queue, and with the time when it was stored, until the
   * admin is stopped. Watchers of one cluster share the events. Only brokers of 4.x store them.
   */
  watchOffsetMoves(found: (event: OffsetMovedEvent, storeTimestampMs: number) => void): Promise<void>;
}

/** `WatchOperations` by consumers with these options; `stop` ends them. */
export class OffsetMoves implements WatchOperations {
  readonly #options: () => Omit<PushConsumerOptions, 'consumerGroup'>;
  readonly #consumers: PushConsumer[] = [];

  /** The options are read when a watch begins: name servers may not be known before. */
  constructor(options: () => Omit<PushConsumerOptions, 'consumerGroup'>) {
    this.#options = options;
  }

  readonly watchOffsetMoves: WatchOperations['watchOffsetMoves'] = async (found) => {
    // Few programs watch, and the others start sooner without the room of consumers.
    const { PushConsumer: Consumer } = await import('@rocketmq-ts/client');
    const consumer = new Consumer({ ...this.#options(), consumerGroup: MONITOR_GROUP, consumeThreadMin: 1 });
    this.#consumers.push(consumer);
    consumer.subscribe(SystemTopic.OFFSET_MOVED_EVENT);
    await consumer.start(({ body, storeTimestamp }) => {
      const event = readable(body);
      if (event !== undefined) found(event, storeTimestamp);
      return 'CONSUME_SUCCESS';
    });
  };

  async stop(): Promise<void> {
    await Promise.all(this.#consumers.splice(0).map((consumer) => consumer.stop()));
  }
}

/** A message that is no event would come again for ever. */
function readable(body: Buffer): OffsetMovedEvent | undefined {
  try {
    return decodeOffsetMovedEvent(body);
  } catch {
    return undefined;
  }
}
