import type { Admin } from '@rocketmq-ts/admin';
import { type Clock, inTurns } from '@rocketmq-ts/kernel';
import type { TopicConsumer, TopicConsumers } from '../api/index.ts';
import { membersOf } from '../groups/members.ts';
import { topicsOf, whyUnknown } from '../groups/progress.ts';
import { askEach } from '../targets/broker-calls.ts';
import type { BrokerTarget } from '../targets/broker-target.ts';
import { mergeFailures } from '../targets/missing.ts';
import { type Looked, placeOf } from '../targets/topic-place.ts';

/** Groups of one topic that are looked at. */
const MAX_GROUPS = 200;
const AT_ONCE = 8;

/** Groups that consume a topic or have offsets of it, on any of its brokers, and how far they are. */
export async function topicConsumers(looked: Looked, topic: string, clock: Clock): Promise<TopicConsumers> {
  const { admin } = looked;
  const { having, missing } = await placeOf(looked, topic);
  const { answers, failures } = await askEach(having, (address) => admin.topicConsumersInBroker(address, topic));
  const names = [...new Set(answers.flatMap(({ value }) => value))].sort();
  // A broker that has just failed would delay every group by its time-out.
  const reached = having.filter(({ brokerName }) => answers.some(({ broker }) => broker.brokerName === brokerName));
  const seen = await inTurns(names.slice(0, MAX_GROUPS), AT_ONCE, (group) => look(admin, reached, topic, group));
  return {
    groups: seen.map(({ consumer }) => consumer),
    omitted: Math.max(0, names.length - MAX_GROUPS),
    collectedAtMs: clock.now(),
    failures: mergeFailures(missing, failures, ...seen.map((each) => each.failures)),
  };
}

async function look(
  admin: Admin,
  brokers: readonly BrokerTarget[],
  topic: string,
  group: string,
): Promise<{ readonly consumer: TopicConsumer; readonly failures: TopicConsumers['failures'] }> {
  const [stats, members] = await Promise.all([
    askEach(brokers, (address) => admin.consumeStatsInBroker(address, group, topic)),
    membersOf(admin, brokers, group),
  ]);
  const answered = stats.answers.flatMap(({ value }) => value ?? []);
  const progress = topicsOf(answered, new Map()).find((each) => each.topic === topic);
  const unknown = whyUnknown(progress === undefined ? [] : [progress], members, stats.answers.length, brokers);
  const consumer: TopicConsumer = {
    group,
    online: members.clients.length > 0,
    members: members.clients.length,
    lag: unknown === undefined ? progress?.lag : undefined,
    unknown: unknown ?? (progress?.lag === undefined ? 'NO_OFFSETS' : undefined),
    consumeTps: answered.reduce((sum, { consumeTps }) => sum + consumeTps, 0),
  };
  return { consumer, failures: mergeFailures(stats.failures, members.failures) };
}
