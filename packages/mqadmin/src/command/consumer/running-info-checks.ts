import { type ConsumerRunningInfo, compareMessageQueues, type ProcessQueueInfo } from '@rocketmq-ts/admin';
import { compareText } from '@rocketmq-ts/kernel';
import { queueText } from '../message/java-message.ts';

/** Members that have just started may not have the subscriptions of the others yet. */
const SETTLED_MS = 2 * 60_000;
/** A queue with messages that was not consumed for so long is called blocked. */
const BLOCKED_MS = 60_000;

/** True for a push consumer; one that does not report its kind is taken for one. */
export function isPush({ properties }: ConsumerRunningInfo): boolean {
  return properties.get('PROP_CONSUME_TYPE') !== 'CONSUME_ACTIVELY';
}

/**
 * Whether all members of a group, by client id, subscribe to the same. Judged for push consumers of which the first has run for two minutes.
 * Source: ConsumerRunningInfo#analyzeSubscription.
 */
export function haveSameSubscription(infos: ReadonlyMap<string, ConsumerRunningInfo>, nowMs: number): boolean {
  const members = sortedByClient(infos).map(([, info]) => info);
  const first = members[0];
  if (first === undefined || !isPush(first)) return true;
  if (nowMs - Number(first.properties.get('PROP_CONSUMER_START_TIMESTAMP') ?? nowMs) <= SETTLED_MS) return true;
  return new Set(members.map(subscriptionsOf)).size === 1;
}

/** Topics with their expressions, in one text. */
function subscriptionsOf({ subscriptionSet }: ConsumerRunningInfo): string {
  return JSON.stringify(subscriptionSet.map(({ topic, subString }) => `${topic}@${subString}`).sort());
}

/** A sentence for each queue of a member that does not get on. Source: ConsumerRunningInfo#analyzeProcessQueue. */
export function queueWarnings(clientId: string, info: ConsumerRunningInfo, nowMs: number): string[] {
  if (!isPush(info)) return [];
  const isOrderly = info.properties.get('PROP_CONSUMEORDERLY')?.toLowerCase() === 'true';
  const warningOf = isOrderly ? orderlyWarning : blockedWarning;
  return info.mqTable
    .toSorted(([a], [b]) => compareMessageQueues(a, b))
    .flatMap(([queue, state]) => {
      const warning = warningOf(state, nowMs);
      return warning === undefined ? [] : [`${clientId} ${queueText(queue)} ${warning}`];
    });
}

function orderlyWarning(state: ProcessQueueInfo, nowMs: number): string | undefined {
  if (!state.locked) return `can't lock for a while, ${nowMs - state.lastLockTimestamp}ms`;
  return state.dropped && state.tryUnlockTimes > 0 ? `unlock ${state.tryUnlockTimes} times, still failed` : undefined;
}

function blockedWarning(state: ProcessQueueInfo, nowMs: number): string | undefined {
  const idleMs = nowMs - state.lastConsumeTimestamp;
  if (idleMs <= BLOCKED_MS || state.cachedMsgCount === 0) return undefined;
  return `can't consume for a while, maybe blocked, ${idleMs}ms`;
}

/** In the order of client ids. */
export function sortedByClient(
  infos: ReadonlyMap<string, ConsumerRunningInfo>,
): (readonly [string, ConsumerRunningInfo])[] {
  return [...infos].sort(([a], [b]) => compareText(a, b));
}
