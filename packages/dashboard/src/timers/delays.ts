import { type Admin, decodeRecallHandle, SystemTopic } from '@rocketmq-ts/admin';
import { inTurns } from '@rocketmq-ts/kernel';
import type { DecodedHandle, DelayLevelRow, DelaysOfBroker, TimerFacts } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { BrokerCalls } from '../targets/broker-calls.ts';
import { allBrokers, type BrokerTarget } from '../targets/broker-target.ts';
import { missingBrokers } from '../targets/missing.ts';
import type { Looked } from '../targets/topic-place.ts';

/** What brokers have when their configuration does not say. Source: MessageStoreConfig#messageDelayLevel. */
const DEFAULT_LEVELS = '1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h';
const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const LEVELS_AT_A_TIME = 6;

/** What waits on each broker. */
export async function delaysOf(
  place: Looked,
  nowMs: () => number,
): Promise<{ brokers: DelaysOfBroker[]; failures: BrokerCalls['failures'] }> {
  const calls = new BrokerCalls();
  const brokers = await allBrokers(place.admin);
  calls.add(missingBrokers(place.model, brokers));
  const answers = await calls.askEach(brokers, (address, broker) =>
    delaysOfBroker(place.admin, broker, address, nowMs()),
  );
  return { brokers: answers.map(({ value }) => value), failures: calls.failures };
}

async function delaysOfBroker(
  admin: Admin,
  { brokerName }: BrokerTarget,
  address: string,
  askedMs: number,
): Promise<DelaysOfBroker> {
  const config = await admin.brokerConfig(address);
  const levels = await levelsOf(admin, address, levelDelays(config.get('messageDelayLevel') ?? DEFAULT_LEVELS));
  const timers = await timersOf(admin, address);
  const recall = config.get('recallMessageEnable');
  const recallEnabled = recall === undefined ? undefined : recall === 'true';
  return { brokerName, address, levels, timers, recallEnabled, askedMs };
}

/** Delays of the levels from 1 on. Source: ScheduleMessageService#parseDelayLevel. */
export function levelDelays(text: string): number[] {
  return text
    .trim()
    .split(/\s+/)
    .flatMap((word) => {
      const unit = UNITS[word.slice(-1)];
      const count = Number(word.slice(0, -1));
      return unit === undefined || !Number.isSafeInteger(count) ? [] : [count * unit];
    });
}

async function levelsOf(admin: Admin, address: string, delays: readonly number[]): Promise<DelayLevelRow[]> {
  const delivered = await admin.delayOffsets(address);
  const levels = delays.map((delayMs, index) => ({ delayMs, level: index + 1 }));
  return inTurns(levels, LEVELS_AT_A_TIME, async ({ delayMs, level }) => {
    const queueId = level - 1;
    const maxOffset = await admin.maxOffset(address, SystemTopic.SCHEDULE, queueId);
    const deliveredOffset =
      delivered.get(level) ?? (maxOffset > 0 ? await admin.minOffset(address, SystemTopic.SCHEDULE, queueId) : 0);
    const waiting = Math.max(0, maxOffset - deliveredOffset);
    const nextDueMs = waiting === 0 ? undefined : await dueOf(admin, address, queueId, deliveredOffset, delayMs);
    return { level, delayMs, queueId, deliveredOffset, maxOffset, waiting, nextDueMs };
  });
}

/** Due is what was stored, and its delay after that. */
async function dueOf(
  admin: Admin,
  address: string,
  queueId: number,
  from: number,
  delayMs: number,
): Promise<number | undefined> {
  const piece = await admin.readQueue({ address, topic: SystemTopic.SCHEDULE, queueId, from, count: 1 });
  const message = piece.messages[0];
  return message && message.storeTimestamp + delayMs;
}

async function timersOf(admin: Admin, address: string): Promise<TimerFacts | undefined> {
  const counts = await admin.timerCounts(address);
  if (counts === undefined) return undefined;
  const checkpoint = await admin.timerCheckpoint(address);
  const runtime = await admin.brokerRuntimeInfo(address);
  const figure = (name: string): number => {
    const value = Number(runtime.get(name) ?? 0);
    return Number.isFinite(value) ? value : 0;
  };
  const topics = [...counts]
    .filter(([, { count }]) => count > 0)
    .map(([topic, { count, timestampMs }]) => ({ topic, waiting: count, countedMs: timestampMs }))
    .sort((a, b) => b.waiting - a.waiting || (a.topic < b.topic ? -1 : 1));
  const up = checkpoint?.lastReadTimeMs ?? 0;
  return {
    waiting: figure('timerCongestNum'),
    // Brokers report seconds.
    behindMs: Math.max(0, figure('timerReadBehind')) * 1000,
    offsetBehind: Math.max(0, figure('timerOffsetBehind')),
    enqueuedPerSecond: figure('timerEnqueueTps'),
    deliveredPerSecond: figure('timerDequeueTps'),
    deliveredUpToMs: up > 0 ? up : undefined,
    topics,
  };
}

/** Throws BAD_REQUEST for what is no handle. */
export function decodedHandle(text: string): DecodedHandle {
  const handle = decodeRecallHandle(text.trim());
  if (handle === undefined)
    throw new ConsoleError('BAD_REQUEST', 'this is no recall handle, as sends of timer messages are answered with');
  const { topic, brokerName, timestamp, messageId } = handle;
  return { topic, brokerName, dueMs: timestamp, msgId: messageId };
}
