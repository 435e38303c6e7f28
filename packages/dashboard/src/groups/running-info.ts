import type { Admin, ConsumerRunningInfo, MessageQueue } from '@rocketmq-ts/admin';
import { type Clock, compareText } from '@rocketmq-ts/kernel';
import type { MemberPopQueue, MemberQueue, MemberRate, RunningInfo } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { allBrokers } from '../targets/broker-target.ts';
import { type Members, membersOf } from './members.ts';

/** What a member reports about itself, with `stack` what it does at the moment. Throws NOT_FOUND for one that is not online. */
export async function runningInfo(
  admin: Admin,
  group: string,
  clientId: string,
  stack: boolean,
  clock: Clock,
): Promise<RunningInfo> {
  const members = await membersOf(admin, await allBrokers(admin), group);
  const address = brokerOf(members, clientId);
  if (address === undefined)
    throw new ConsoleError('NOT_FOUND', `${clientId} is not connected to a broker that could be asked`);
  const info = await admin.consumerRunningInfoBy(address, { group, clientId }, stack);
  return {
    properties: sorted(info.properties),
    subscriptions: info.subscriptionSet.map(({ topic, subString, expressionType, subVersion }) => ({
      ...{ topic, expression: subString, expressionType, subVersionMs: subVersion },
    })),
    queues: queuesOf(info),
    popQueues: popQueuesOf(info),
    rates: ratesOf(info),
    user: sorted(info.userConsumerInfo),
    stack: info.jstack,
    collectedAtMs: clock.now(),
  };
}

/** A broker that relays requests to a member; undefined when no broker knows it. */
export function brokerOf({ answers }: Members, clientId: string): string | undefined {
  return answers.find(({ value }) => value?.connectionSet.some((client) => client.clientId === clientId))?.address;
}

function sorted(table: ReadonlyMap<string, string>): [string, string][] {
  return [...table].sort(([a], [b]) => compareText(a, b));
}

function byQueue(a: MessageQueue, b: MessageQueue): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  if (a.brokerName !== b.brokerName) return a.brokerName < b.brokerName ? -1 : 1;
  return a.queueId - b.queueId;
}

function queuesOf({ mqTable }: ConsumerRunningInfo): MemberQueue[] {
  return [...mqTable]
    .sort(([a], [b]) => byQueue(a, b))
    .map(([{ topic, brokerName, queueId }, queue]) => ({
      ...{ topic, brokerName, queueId },
      commitOffset: queue.commitOffset,
      cachedMinOffset: queue.cachedMsgMinOffset,
      cachedMaxOffset: queue.cachedMsgMaxOffset,
      cachedCount: queue.cachedMsgCount,
      cachedMiB: queue.cachedMsgSizeInMiB,
      transactionCount: queue.transactionMsgCount,
      locked: queue.locked,
      tryUnlockTimes: queue.tryUnlockTimes,
      dropped: queue.dropped,
      lastLockMs: queue.lastLockTimestamp,
      lastPullMs: queue.lastPullTimestamp,
      lastConsumeMs: queue.lastConsumeTimestamp,
    }));
}

function popQueuesOf({ mqPopTable }: ConsumerRunningInfo): MemberPopQueue[] {
  return [...mqPopTable]
    .sort(([a], [b]) => byQueue(a, b))
    .map(([{ topic, brokerName, queueId }, { waitAckCount, dropped, lastPopTimestamp }]) => ({
      ...{ topic, brokerName, queueId, waitAckCount, dropped, lastPopMs: lastPopTimestamp },
    }));
}

function ratesOf({ statusTable }: ConsumerRunningInfo): MemberRate[] {
  return [...statusTable]
    .sort(([a], [b]) => compareText(a, b))
    .map(([topic, rate]) => ({
      topic,
      pullRtMs: rate.pullRT,
      pullTps: rate.pullTPS,
      consumeRtMs: rate.consumeRT,
      consumeOkTps: rate.consumeOKTPS,
      consumeFailedTps: rate.consumeFailedTPS,
      consumeFailedCount: rate.consumeFailedMsgs,
    }));
}
