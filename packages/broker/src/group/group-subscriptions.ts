import { isRetryTopic, type SubscriptionData } from '@rocketmq-ts/protocol';

/** A subscription of a group that changed. */
export interface SubscriptionChange {
  readonly topic: string;
  readonly from: SubscriptionData;
  readonly to: SubscriptionData;
}

/**
 * What a group subscribes, put together from what its members state in their heartbeats. For each topic:
 *
 * 1. among members with different expressions the newest version wins, as in Apache's broker;
 * 2. a member that changes its own expression wins whatever its version is: its clock may have been set back, and it
 *    filters by the new expression already, so with the old one here both filters together would hide messages;
 * 3. when the member whose expression won has left, the newest of the remaining members counts: otherwise the expression of
 *    a restarted client whose clock was set back would never be used;
 * 4. topics that the latest heartbeat does not name are removed, as in Apache's broker.
 *
 * The version in force is never below that of a member: pulls carry the version of their member, and one above the broker's
 * is refused as not latest. Source of 1 and 4: ConsumerGroupInfo#updateSubscription.
 */
export class GroupSubscriptions {
  /** In force, by topic. */
  readonly byTopic = new Map<string, SubscriptionData>();
  /** What each member stated last, by client id and topic. */
  readonly #statements = new Map<string, ReadonlyMap<string, SubscriptionData>>();
  /** By topic: the client whose expression is in force. */
  readonly #owners = new Map<string, string>();
  /** What each member subscribes as one text, and how many members state each text. */
  readonly #texts = new Map<string, string>();
  readonly #textCounts = new Map<string, number>();

  /**
   * Takes the subscriptions of a member's heartbeat. Returns whether topics were added or removed, and the expressions that changed.
   */
  state(
    clientId: string,
    given: readonly SubscriptionData[],
  ): { readonly topicsChanged: boolean; readonly changes: readonly SubscriptionChange[] } {
    const before = this.#statements.get(clientId);
    const statement = new Map(given.map((subscription) => [subscription.topic, subscription]));
    this.#statements.set(clientId, statement);
    if (before === undefined || !sameStatement(before, statement)) this.#setText(clientId, textOf(statement));
    const changes: SubscriptionChange[] = [];
    let topicsChanged = false;
    for (const subscription of statement.values()) {
      const { topic } = subscription;
      const inForce = this.byTopic.get(topic);
      const own = before?.get(topic);
      if (inForce === undefined) topicsChanged = true;
      else if (
        subscription.subVersion <= inForce.subVersion &&
        (own === undefined || sameExpression(own, subscription))
      )
        continue;
      if (inForce !== undefined && !sameExpression(inForce, subscription)) {
        changes.push({ topic, from: inForce, to: subscription });
      }
      this.#put(clientId, subscription, inForce?.subVersion ?? subscription.subVersion);
    }
    for (const topic of this.byTopic.keys()) {
      if (statement.has(topic)) continue;
      this.byTopic.delete(topic);
      this.#owners.delete(topic);
      topicsChanged = true;
    }
    return { topicsChanged, changes };
  }

  /**
   * Different subscriptions of members, two of them in plain words; undefined while all agree. Each member then passes over
   * messages that the others would handle. Members that state nothing, such as those that only assign queues, do not count.
   */
  get disagreement(): readonly [string, string] | undefined {
    if (this.#textCounts.size < 2) return undefined;
    const [one, other] = this.#textCounts.keys();
    return [one!, other!];
  }

  #setText(clientId: string, text: string): void {
    const before = this.#texts.get(clientId) ?? '';
    if (before === text) return;
    const count = this.#textCounts.get(before) ?? 0;
    if (count > 1) this.#textCounts.set(before, count - 1);
    else this.#textCounts.delete(before);
    if (text === '') {
      this.#texts.delete(clientId);
      return;
    }
    this.#texts.set(clientId, text);
    this.#textCounts.set(text, (this.#textCounts.get(text) ?? 0) + 1);
  }

  /** Forgets a member that left. Returns the expressions that changed by that. */
  leave(clientId: string): readonly SubscriptionChange[] {
    if (!this.#statements.delete(clientId)) return [];
    this.#setText(clientId, '');
    const changes: SubscriptionChange[] = [];
    for (const [topic, owner] of this.#owners) {
      if (owner !== clientId) continue;
      const inForce = this.byTopic.get(topic)!;
      const next = this.#newest(topic);
      // No other member names it: it stays until a heartbeat names it again.
      if (next === undefined) continue;
      if (!sameExpression(inForce, next.subscription)) changes.push({ topic, from: inForce, to: next.subscription });
      this.#put(next.clientId, next.subscription, next.subscription.subVersion);
    }
    return changes;
  }

  #put(clientId: string, subscription: SubscriptionData, leastVersion: number): void {
    const { topic, subVersion } = subscription;
    this.byTopic.set(topic, subVersion >= leastVersion ? subscription : { ...subscription, subVersion: leastVersion });
    this.#owners.set(topic, clientId);
  }

  #newest(topic: string): { readonly clientId: string; readonly subscription: SubscriptionData } | undefined {
    let newest: { readonly clientId: string; readonly subscription: SubscriptionData } | undefined;
    for (const [clientId, statement] of this.#statements) {
      const subscription = statement.get(topic);
      if (subscription === undefined) continue;
      if (newest === undefined || subscription.subVersion > newest.subscription.subVersion) {
        newest = { clientId, subscription };
      }
    }
    return newest;
  }
}

/** Whether both texts mean the same; the sets of tags and codes follow from the text in most clients, not in all. */
function sameExpression(left: SubscriptionData, right: SubscriptionData): boolean {
  return (
    left.subString === right.subString &&
    left.expressionType === right.expressionType &&
    left.classFilterMode === right.classFilterMode &&
    left.codeSet.length === right.codeSet.length &&
    left.codeSet.every((code) => right.codeSet.includes(code))
  );
}

function sameStatement(
  left: ReadonlyMap<string, SubscriptionData>,
  right: ReadonlyMap<string, SubscriptionData>,
): boolean {
  if (left.size !== right.size) return false;
  for (const [topic, subscription] of left) {
    const other = right.get(topic);
    if (other === undefined || !sameExpression(subscription, other)) return false;
  }
  return true;
}

/** Topics and expressions in an order of their own. The retry topic of a group is not what members choose: some do not state it. */
function textOf(statement: ReadonlyMap<string, SubscriptionData>): string {
  const texts: string[] = [];
  for (const { topic, subString, tagsSet } of statement.values()) {
    if (!isRetryTopic(topic))
      texts.push(`${topic}: ${tagsSet.length === 0 ? subString : [...tagsSet].sort().join('||')}`);
  }
  return texts.sort().join(', ');
}
