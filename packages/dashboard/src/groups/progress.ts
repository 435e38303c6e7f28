import { type Admin, AdminError, type GroupStats, messageQueueKey } from '@rocketmq-ts/admin';
import { type Clock, compareText, inTurns } from '@rocketmq-ts/kernel';
import type { GroupProgress, ProgressRow, TopicProgress, UnknownReason } from '../api/index.ts';
import { askEach } from '../targets/broker-calls.ts';
import { allBrokers, type BrokerTarget } from '../targets/broker-target.ts';
import { mergeFailures, missingBrokers } from '../targets/missing.ts';
import type { Looked } from '../targets/topic-place.ts';
import { type Members, membersOf } from './members.ts';
import { brokerOf } from './running-info.ts';

/** What is asked for. */
interface Wish {
  readonly group: string;
  /** Undefined: every topic. */
  readonly topic?: string | undefined;
  /** Members are asked whose each queue is. */
  readonly owners?: boolean | undefined;
}

/** Members that are asked for their queues; of larger groups the queues of the others have no owner. */
const MAX_OWNERS = 100;
const AT_ONCE = 16;

/** How far a group is everywhere, merged over all brokers. */
export async function groupProgress({ admin, model }: Looked, wish: Wish, clock: Clock): Promise<GroupProgress> {
  const brokers = await allBrokers(admin);
  const [stats, members] = await Promise.all([
    askEach(brokers, (address) => admin.consumeStatsInBroker(address, wish.group, wish.topic)),
    membersOf(admin, brokers, wish.group),
  ]);
  const owners = wish.owners === true ? await ownersOf(admin, wish.group, members) : new Map<string, string>();
  const answered = stats.answers.flatMap(({ value }) => value ?? []);
  const topics = topicsOf(answered, owners);
  const unknown = whyUnknown(topics, members, stats.answers.length, brokers);
  const failures = mergeFailures(missingBrokers(model, brokers), stats.failures, members.failures);
  return {
    topics,
    lag: unknown === undefined ? sumOf(topics.map(({ lag }) => lag)) : undefined,
    unknown,
    inflight: sumOf(topics.map(({ inflight }) => inflight)),
    consumeTps: answered.reduce((sum, { consumeTps }) => sum + consumeTps, 0),
    collectedAtMs: clock.now(),
    failures,
  };
}

/** Why a group has no lag to show; undefined when it has one. */
export function whyUnknown(
  topics: readonly unknown[],
  members: Pick<Members, 'clients' | 'messageModel'>,
  answers: number,
  brokers: readonly BrokerTarget[],
): UnknownReason | undefined {
  // Its offsets are with its members, whatever brokers answer.
  if (members.messageModel === 'BROADCASTING') return 'BROADCASTING';
  if (topics.length > 0) return undefined;
  if (answers === 0 && brokers.length > 0) return 'BROKER_FAILED';
  return members.clients.length === 0 ? 'NOT_ONLINE' : 'NO_OFFSETS';
}

/** By topic, each with its queues in order. */
export function topicsOf(answered: readonly GroupStats[], owners: ReadonlyMap<string, string>): TopicProgress[] {
  const byTopic = new Map<string, ProgressRow[]>();
  for (const { offsets } of answered) {
    for (const { queue, brokerOffset, consumerOffset, pullOffset, lastTimestamp } of offsets) {
      const isKnown = consumerOffset >= 0;
      const row: ProgressRow = {
        ...{ topic: queue.topic, brokerName: queue.brokerName, queueId: queue.queueId, brokerOffset },
        consumerOffset: isKnown ? consumerOffset : undefined,
        lag: isKnown ? Math.max(0, brokerOffset - consumerOffset) : undefined,
        inflight: isKnown && pullOffset >= 0 ? Math.max(0, pullOffset - consumerOffset) : undefined,
        lastConsumedMs: Math.max(0, lastTimestamp),
        clientId: owners.get(messageQueueKey(queue)),
      };
      const rows = byTopic.get(queue.topic);
      if (rows === undefined) byTopic.set(queue.topic, [row]);
      else rows.push(row);
    }
  }
  return [...byTopic]
    .sort(([a], [b]) => compareText(a, b))
    .map(([topic, queues]) => ({
      topic,
      lag: queues.some(({ lag }) => lag !== undefined) ? sumOf(queues.map(({ lag }) => lag)) : undefined,
      inflight: sumOf(queues.map(({ inflight }) => inflight)),
      lastConsumedMs: Math.max(0, ...queues.map(({ lastConsumedMs }) => lastConsumedMs)),
      queues: queues.sort((a, b) =>
        a.brokerName === b.brokerName ? a.queueId - b.queueId : a.brokerName < b.brokerName ? -1 : 1,
      ),
    }));
}

/** Client ids by queue, as the members report them; one that does not answer owns nothing here. */
async function ownersOf(admin: Admin, group: string, members: Members): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  await inTurns(members.clients.slice(0, MAX_OWNERS), AT_ONCE, async ({ clientId }) => {
    const address = brokerOf(members, clientId);
    if (address === undefined) return;
    try {
      const info = await admin.consumerRunningInfoBy(address, { group, clientId }, false);
      for (const [queue] of [...info.mqTable, ...info.mqPopTable]) owners.set(messageQueueKey(queue), clientId);
    } catch (error) {
      if (!(error instanceof AdminError)) throw error;
    }
  });
  return owners;
}

function sumOf(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
