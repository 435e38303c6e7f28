import type { Admin, MessageView } from '@rocketmq-ts/admin';
import { Perm } from '@rocketmq-ts/admin';
import { inTurns } from '@rocketmq-ts/kernel';
import { targetsOfRoute } from '../targets/broker-target.ts';
import { askAll, type OldCall } from './endpoint.ts';

/** Messages of one queue: offsets from `start` up to `end`, without it. */
export interface QueueRange {
  readonly address: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly start: number;
  readonly end: number;
}

const AT_A_TIME = 8;

/**
 * What each queue of a topic has from a time to another one, both with it. Brokers that are down are among the call's failures.
 */
export async function rangesOf(call: OldCall, topic: string, beginMs: number, endMs: number): Promise<QueueRange[]> {
  const { admin } = call;
  const route = await admin.examineTopicRoute(topic);
  const targets = targetsOfRoute(route);
  const answers = await askAll(call, targets, async (address, { brokerName }) => {
    const queues = route.queueDatas
      .filter((data) => data.brokerName === brokerName && Perm.isReadable(data.perm))
      .flatMap(({ readQueueNums }) => Array.from({ length: readQueueNums }, (_, queueId) => queueId));
    return inTurns(queues, AT_A_TIME, async (queueId) => {
      const start = await admin.searchOffset(address, topic, queueId, beginMs);
      const end = await admin.searchOffset(address, topic, queueId, endMs + 1);
      return { address, brokerName, queueId, start, end: Math.max(start, end) };
    });
  });
  return answers.flatMap(({ value }) => value);
}

/** How many there are. */
export function countOf(ranges: readonly QueueRange[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}

/**
 * Places `from` up to `to` of the messages of all ranges, where each round takes the newest remaining one of every queue: each
 * message has one place, so that pages have no message twice and none is missing. Gives the part of each range.
 */
export function slice(ranges: readonly QueueRange[], from: number, to: number): QueueRange[] {
  const first = placesBefore(ranges, from);
  const last = placesBefore(ranges, to);
  return ranges.map((range, at) => ({ ...range, start: range.end - last[at]!, end: range.end - first[at]! }));
}

/** Of each range, how many of its messages are among the first `count` places. */
function placesBefore(ranges: readonly QueueRange[], count: number): number[] {
  const lengths = ranges.map(({ start, end }) => end - start);
  const taken = (rounds: number): number => lengths.reduce((sum, length) => sum + Math.min(length, rounds), 0);
  let low = 0;
  let high = Math.max(0, ...lengths);
  // The most rounds that are whole.
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (taken(middle) <= count) low = middle;
    else high = middle - 1;
  }
  let rest = Math.max(0, count - taken(low));
  return lengths.map((length) => {
    const whole = Math.min(length, low);
    if (rest === 0 || length <= low) return whole;
    rest -= 1;
    return whole + 1;
  });
}

/** The messages of ranges, the newest first. What was removed meanwhile is missing. */
export async function readRanges(admin: Admin, topic: string, ranges: readonly QueueRange[]): Promise<MessageView[]> {
  const filled = ranges.filter(({ start, end }) => end > start);
  const pieces = await inTurns(filled, AT_A_TIME, async ({ address, queueId, start, end }) => {
    const messages: MessageView[] = [];
    for (let from = start; from < end; ) {
      const piece = await admin.readQueue({ address, topic, queueId, from, count: end - from });
      messages.push(...piece.messages);
      from = Math.max(piece.next, from + 1);
    }
    return messages;
  });
  return pieces.flat().sort((a, b) => b.storeTimestamp - a.storeTimestamp || b.queueOffset - a.queueOffset);
}
