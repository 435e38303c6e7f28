import {
  type ConsumerRunningInfo,
  compareMessageQueues,
  type MessageQueue,
  type ProcessQueueInfo,
} from '@rocketmq-ts/admin';
import { compareText, formatLocalTime } from '@rocketmq-ts/kernel';
import { format } from '../../format.ts';
import { propertiesOrder } from '../../java-text.ts';

/** All that a consumer reports of itself. Source: ConsumerRunningInfo#formatString. */
export function runningInfoText(info: ConsumerRunningInfo): string {
  return [
    section('', '#Consumer Properties#', properties(info.properties)),
    section('\n\n', '#Consumer Subscription#', subscriptions(info)),
    section('\n\n', '#Consumer Offset#', offsets(info)),
    section('\n\n', '#Consumer MQ Detail#', queues(info)),
    section('\n\n', '#Consumer Pop Detail#', popQueues(info)),
    section('\n\n', '#Consumer RT&TPS#', rates(info)),
    section('\n\n', '#User Consume Info#', userInfo(info.userConsumerInfo)),
    info.jstack === undefined ? '' : `\n\n#Consumer jstack#\n${info.jstack}`,
  ].join('');
}

function section(before: string, head: string, lines: readonly string[]): string {
  return `${before}${head}\n${lines.join('')}`;
}

function properties(table: ReadonlyMap<string, string>): string[] {
  return propertiesOrder(table.keys()).map((key) => format('%-40s: %s%n', key, table.get(key)!));
}

/** Ordered by what Apache's set of subscriptions compares. */
function subscriptions({ subscriptionSet }: ConsumerRunningInfo): string[] {
  const sorted = subscriptionSet.toSorted((a, b) =>
    compareText(`${a.topic}@${a.subString}`, `${b.topic}@${b.subString}`),
  );
  return sorted.map(({ topic, classFilterMode, subString }, index) =>
    format('%03d Topic: %-40s ClassFilter: %-8s SubExpression: %s%n', index + 1, topic, classFilterMode, subString),
  );
}

function offsets({ mqTable }: ConsumerRunningInfo): string[] {
  const head = format('%-64s  %-32s  %-4s  %-20s%n', '#Topic', '#Broker Name', '#QID', '#Consumer Offset');
  const rows = byQueue(mqTable).map(([{ topic, brokerName, queueId }, { commitOffset }]) =>
    format('%-32s  %-32s  %-4d  %-20d%n', topic, brokerName, queueId, commitOffset),
  );
  return [head, ...rows];
}

function queues({ mqTable }: ConsumerRunningInfo): string[] {
  const head = format('%-64s  %-32s  %-4s  %-20s%n', '#Topic', '#Broker Name', '#QID', '#ProcessQueueInfo');
  const rows = byQueue(mqTable).map(([{ topic, brokerName, queueId }, queue]) =>
    format('%-64s  %-32s  %-4d  %s%n', topic, brokerName, queueId, processQueueText(queue)),
  );
  return [head, ...rows];
}

function popQueues({ mqPopTable }: ConsumerRunningInfo): string[] {
  const head = format('%-32s  %-32s  %-4s  %-20s%n', '#Topic', '#Broker Name', '#QID', '#ProcessQueueInfo');
  const rows = byQueue(mqPopTable).map(([{ topic, brokerName, queueId }, queue]) => {
    const text = `PopProcessQueueInfo [waitAckCount:${queue.waitAckCount}, droped:${queue.dropped}, lastPopTimestamp:${queue.lastPopTimestamp}]`;
    return format('%-32s  %-32s  %-4d  %s%n', topic, brokerName, queueId, text);
  });
  return [head, ...rows];
}

function rates({ statusTable }: ConsumerRunningInfo): string[] {
  const heads = ['#Topic', '#Pull RT', '#Pull TPS', '#Consume RT', '#ConsumeOK TPS', '#ConsumeFailed TPS'];
  const head = format('%-64s  %14s %14s %14s %14s %18s %25s%n', ...heads, '#ConsumeFailedMsgsInHour');
  const rows = sorted(statusTable).map(([topic, status]) => {
    const { pullRT, pullTPS, consumeRT, consumeOKTPS, consumeFailedTPS, consumeFailedMsgs } = status;
    const columns = [pullRT, pullTPS, consumeRT, consumeOKTPS, consumeFailedTPS, consumeFailedMsgs];
    return format('%-32s  %14.2f %14.2f %14.2f %14.2f %18.2f %25d%n', topic, ...columns);
  });
  return [head, ...rows];
}

function userInfo(table: ReadonlyMap<string, string>): string[] {
  return sorted(table).map(([key, value]) => format('%-40s: %s%n', key, value));
}

/** `ProcessQueueInfo#toString`. */
function processQueueText(queue: ProcessQueueInfo): string {
  const time = (ms: number): string => formatLocalTime(ms, 'yyyyMMddHHmmssSSS');
  const fields = [
    `commitOffset=${queue.commitOffset}`,
    `cachedMsgMinOffset=${queue.cachedMsgMinOffset}`,
    `cachedMsgMaxOffset=${queue.cachedMsgMaxOffset}`,
    `cachedMsgCount=${queue.cachedMsgCount}`,
    `cachedMsgSizeInMiB=${queue.cachedMsgSizeInMiB}`,
    `transactionMsgMinOffset=${queue.transactionMsgMinOffset}`,
    `transactionMsgMaxOffset=${queue.transactionMsgMaxOffset}`,
    `transactionMsgCount=${queue.transactionMsgCount}`,
    `locked=${queue.locked}`,
    `tryUnlockTimes=${queue.tryUnlockTimes}`,
    `lastLockTimestamp=${time(queue.lastLockTimestamp)}`,
    // Misspelled by Apache.
    `droped=${queue.dropped}`,
    `lastPullTimestamp=${time(queue.lastPullTimestamp)}`,
    `lastConsumeTimestamp=${time(queue.lastConsumeTimestamp)}`,
  ];
  return `ProcessQueueInfo [${fields.join(', ')}]`;
}

function byQueue<Value>(table: readonly (readonly [MessageQueue, Value])[]): (readonly [MessageQueue, Value])[] {
  return table.toSorted(([a], [b]) => compareMessageQueues(a, b));
}

function sorted<Value>(table: ReadonlyMap<string, Value>): [string, Value][] {
  return [...table].sort(([a], [b]) => compareText(a, b));
}
