import { type Admin, AdminError, type ConsumerRunningInfo, isRetryTopic } from '@rocketmq-ts/admin';
import { inTurns } from '@rocketmq-ts/kernel';
import type { DifferingSubscription, SubscriptionCheck } from '../api/index.ts';
import { reasonOf } from '../http/failure.ts';
import { allBrokers } from '../targets/broker-target.ts';
import { membersOf } from './members.ts';
import { brokerOf } from './running-info.ts';

/** Members that are asked in one check. */
const MAX_MEMBERS = 200;
const AT_ONCE = 16;

/** Asks every member what it wants: a broker knows only one subscription of a group for each topic, the newest. */
export async function checkSubscriptions(admin: Admin, group: string): Promise<SubscriptionCheck> {
  const members = await membersOf(admin, await allBrokers(admin), group);
  const asked = members.clients.slice(0, MAX_MEMBERS);
  const silent: { clientId: string; message: string }[] = [];
  const wanted = new Map<string, ReadonlyMap<string, string>>();
  await inTurns(asked, AT_ONCE, async ({ clientId }) => {
    try {
      const address = brokerOf(members, clientId)!;
      wanted.set(clientId, wantedBy(await admin.consumerRunningInfoBy(address, { group, clientId }, false)));
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
      silent.push({ clientId, message: reasonOf(error) });
    }
  });
  return { differing: differingOf(wanted), silent, asked: asked.length };
}

/** Expressions by topic; the retry topic is each member's own matter. */
function wantedBy({ subscriptionSet }: ConsumerRunningInfo): Map<string, string> {
  const plain = subscriptionSet.filter(({ topic }) => !isRetryTopic(topic));
  return new Map(
    plain.map(({ topic, expressionType, subString }) => [
      topic,
      expressionType === 'TAG' ? sortedTags(subString) : `${expressionType}: ${subString}`,
    ]),
  );
}

/** `a || b` and `b||a` want the same. */
function sortedTags(expression: string): string {
  const tags = expression.split('||').map((tag) => tag.trim());
  return [...new Set(tags)]
    .filter((tag) => tag !== '')
    .sort()
    .join(' || ');
}

/** Topics that not all members want alike. `wanted`: by client id, expressions by topic. */
export function differingOf(wanted: ReadonlyMap<string, ReadonlyMap<string, string>>): DifferingSubscription[] {
  const topics = new Set([...wanted.values()].flatMap((each) => [...each.keys()]));
  const found: DifferingSubscription[] = [];
  for (const topic of [...topics].sort()) {
    const byExpression = new Map<string | undefined, string[]>();
    for (const [clientId, expressions] of wanted) {
      const expression = expressions.get(topic);
      byExpression.set(expression, [...(byExpression.get(expression) ?? []), clientId]);
    }
    if (byExpression.size < 2) continue;
    const variants = [...byExpression].map(([expression, clientIds]) => ({ expression, clientIds: clientIds.sort() }));
    found.push({ topic, variants: variants.sort((a, b) => b.clientIds.length - a.clientIds.length) });
  }
  return found;
}
