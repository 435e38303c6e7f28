import { parseSubscribedTags, type TagExpression } from '@rocketmq-ts/filter';
import { ExpressionType, type SubscriptionData } from '@rocketmq-ts/protocol';
import type { MessageSelector } from './message-selector.ts';

/** What a group wants of one topic. */
export interface Subscription {
  readonly topic: string;
  /** What is looked at here; of an SQL92 expression, which only brokers look at, just its text. */
  readonly expression: TagExpression;
  readonly type: MessageSelector['type'];
  /**
   * When it was made, ms since the epoch, but above that of every subscription before. Of two versions brokers use the
   * greater one, and they refuse pulls whose version is greater than the one they know from heartbeats.
   */
  readonly version: number;
}

/** The topics of a consumer. Source: RebalanceImpl#subscriptionInner. */
export class Subscriptions {
  readonly #byTopic = new Map<string, Subscription>();
  #lastVersion = 0;

  /**
   * Replaces the subscription of a topic. Its version rises also when the clock was set back, else brokers would keep the
   * expression before, and messages that either filter drops would be lost. Throws FilterError for an expression without
   * tags.
   */
  add(topic: string, wanted: string | MessageSelector | undefined, nowMs: number): void {
    const { type, expression } = typeof wanted === 'object' ? wanted : { type: ExpressionType.TAG, expression: wanted };
    const parsed = type === ExpressionType.TAG ? parseSubscribedTags(expression) : ofBrokers(expression!);
    this.#lastVersion = Math.max(this.#lastVersion + 1, nowMs);
    this.#byTopic.set(topic, { topic, expression: parsed, type, version: this.#lastVersion });
  }

  delete(topic: string): void {
    this.#byTopic.delete(topic);
  }

  get(topic: string): Subscription | undefined {
    return this.#byTopic.get(topic);
  }

  topics(): readonly string[] {
    return [...this.#byTopic.keys()];
  }

  /** In the form of the heartbeat and of the running info. */
  describe(): SubscriptionData[] {
    return [...this.#byTopic.values()].map(({ topic, expression, type, version }) => ({
      classFilterMode: false,
      topic,
      subString: expression.text,
      tagsSet: [...expression.tags],
      codeSet: [...expression.codes],
      subVersion: version,
      expressionType: type,
    }));
  }
}

/** What brokers have let pass is wanted. */
function ofBrokers(text: string): TagExpression {
  return { text, tags: new Set(), codes: new Set(), matchesEverything: true };
}
