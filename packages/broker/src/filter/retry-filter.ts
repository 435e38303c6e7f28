import type { MessageFilter } from '@rocketmq-ts/filter';
import { endOfValue, findProperty, MessageProperty } from '@rocketmq-ts/protocol';

const RETRY_TOPIC = Buffer.from(MessageProperty.RETRY_TOPIC, 'utf8');

/**
 * What a group wants of its retry topic with `filterSupportRetry`: each message is asked what the group wants of the topic that it
 * first was in. Source: ExpressionForRetryMessageFilter.
 */
export class RetryFilter implements MessageFilter {
  readonly #filterOf: (topic: string) => MessageFilter | undefined;

  constructor(filterOf: (topic: string) => MessageFilter | undefined) {
    this.#filterOf = filterOf;
  }

  matchesUnit(): boolean {
    return true;
  }

  matchesRecord(bytes: Buffer, from: number, end: number): boolean {
    const at = findProperty(bytes, from, end, RETRY_TOPIC);
    if (at < 0) return true;
    const filter = this.#filterOf(bytes.toString('utf8', at, endOfValue(bytes, at, end)));
    return filter?.matchesRecord?.(bytes, from, end) ?? true;
  }
}
