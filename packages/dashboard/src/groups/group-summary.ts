import {
  type Admin,
  isDeadLetterTopic,
  isPredefinedGroup,
  isRetryTopic,
  isSystemGroup,
  type SubscriptionGroupConfig,
} from '@rocketmq-ts/admin';
import type { GroupKind, GroupSummary } from '../api/index.ts';
import { askEach } from '../targets/broker-calls.ts';
import { allBrokers } from '../targets/broker-target.ts';
import { mergeFailures, missingBrokers } from '../targets/missing.ts';
import type { Looked } from '../targets/topic-place.ts';
import { settingsOn } from './change-group.ts';
import { membersOf } from './members.ts';

/** Kind of a group: the system's own, those that consume in order, all others. */
export function groupKind(group: string, configs: Iterable<SubscriptionGroupConfig>): GroupKind {
  if (isSystemGroup(group) || isPredefinedGroup(group)) return 'SYSTEM';
  for (const { consumeMessageOrderly } of configs) if (consumeMessageOrderly) return 'FIFO';
  return 'NORMAL';
}

/** Where a group is and what it consumes. */
export async function groupSummary({ admin, model }: Looked, group: string): Promise<GroupSummary> {
  const brokers = await allBrokers(admin);
  const [configs, stats, members] = await Promise.all([
    askEach(brokers, (address) => settingsOn(admin, address, group)),
    askEach(brokers, (address) => topicsIn(admin, address, group)),
    membersOf(admin, brokers, group),
  ]);
  const having = new Set(
    configs.answers.filter(({ value }) => value !== undefined).map(({ broker }) => broker.brokerName),
  );
  // A broker that is down has what it had when it was asked last.
  const missing = missingBrokers(model, brokers);
  const collected = model.groups.get(group);
  for (const { brokerName } of [...missing, ...configs.failures])
    if (brokerName !== undefined && collected?.configs.has(brokerName) === true) having.add(brokerName);
  const topics = new Set([
    ...stats.answers.flatMap(({ value }) => value),
    ...members.subscriptions.map(({ topic }) => topic),
  ]);
  return {
    group,
    kind: groupKind(
      group,
      configs.answers.flatMap(({ value }) => value ?? []),
    ),
    exists: having.size > 0 || members.clients.length > 0,
    brokers: brokers.map(({ brokerName, cluster, addresses }) => ({
      ...{ brokerName, cluster, address: addresses[0]!.address },
      hasGroup: having.has(brokerName),
    })),
    topics: [...topics].filter((topic) => !isRetryTopic(topic) && !isDeadLetterTopic(topic)).sort(),
    failures: mergeFailures(missing, configs.failures, stats.failures, members.failures),
  };
}

async function topicsIn(admin: Admin, address: string, group: string): Promise<string[]> {
  const stats = await admin.consumeStatsInBroker(address, group);
  return [...new Set((stats?.offsets ?? []).map(({ queue }) => queue.topic))];
}
