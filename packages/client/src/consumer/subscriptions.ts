import { parseTagExpression, type TagExpression } from '@rocketmq-ts/filter';
import { ExpressionType, type SubscriptionData } from '@rocketmq-ts/protocol';

/** What a group wants of one topic. */
export interface Subscription {
  readonly topic: string;
  readonly expression: TagExpression;
  /** When it was made or last announced, ms since the epoch; brokers refuse pulls that are newer than what they heard. */
  version: number;
}

/** The topics of a consumer. Source: RebalanceImpl#subscriptionInner. */
export class Subscriptions {
  readonly #byTopic = new Map<string, Subscription>();

  /** Throws FilterError for an expression without tags. */
  add(topic: string, expression: string | undefined, nowMs: number): void {
    this.#byTopic.set(topic, { topic, expression: parseTagExpression(expression), version: nowMs });
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

  /** As the heartbeat and the running info tell it. */
  describe(): SubscriptionData[] {
    return [...this.#byTopic.values()].map(({ topic, expression, version }) => ({
      classFilterMode: false,
      topic,
      subString: expression.text,
      tagsSet: [...expression.tags],
      codeSet: [...expression.codes],
      subVersion: version,
      expressionType: ExpressionType.TAG,
    }));
  }
}
