import { ConsoleError } from '../errors.ts';
import type { BrokerTarget } from '../targets/broker-target.ts';
import type { QueueRange } from './ranges.ts';

/** The messages that a search counts. */
export interface Snapshot {
  readonly topic: string;
  readonly beginMs: number;
  readonly endMs: number;
  readonly ranges: readonly QueueRange[];
}

/** A topic with more queues is not searched by pages; what claims to have more was not made here. */
const MAX_QUEUES = 8192;

/** Queues of one broker: id, low, number of messages, first store time, time from there to the last. */
type SavedQueue = readonly [number, number, number, number, number];
type Saved = readonly [1, string, number, number, readonly (readonly [string, readonly SavedQueue[]])[]];

/** As a text that the browser sends back, so that the server keeps nothing of a search. */
export function encodeSnapshot({ topic, beginMs, endMs, ranges }: Snapshot): string {
  const byBroker = new Map<string, SavedQueue[]>();
  for (const { broker, queueId, low, high, firstMs, lastMs } of ranges) {
    const queues = byBroker.get(broker.brokerName) ?? [];
    queues.push([queueId, low, high - low, firstMs, lastMs - firstMs]);
    byBroker.set(broker.brokerName, queues);
  }
  const saved: Saved = [1, topic, beginMs, endMs, [...byBroker]];
  return Buffer.from(JSON.stringify(saved)).toString('base64url');
}

/**
 * Reads what `encodeSnapshot` made. Brokers that the topic does not have any more get no address, and fail when they are asked.
 * Undefined when it is of another search. Throws BAD_REQUEST for what no search made.
 */
export function decodeSnapshot(
  text: string,
  wanted: { readonly topic: string; readonly beginMs: number; readonly endMs: number },
  brokers: readonly BrokerTarget[],
): Snapshot | undefined {
  const saved = parse(text);
  const [, topic, beginMs, endMs, byBroker] = saved;
  if (topic !== wanted.topic || beginMs !== wanted.beginMs || endMs !== wanted.endMs) return undefined;
  const ranges = byBroker.flatMap(([brokerName, queues]) => {
    const broker = brokers.find((each) => each.brokerName === brokerName) ?? { brokerName, cluster: '', addresses: [] };
    return queues.map(([queueId, low, count, firstMs, spanMs]) => ({
      ...{ broker, queueId, low, high: low + count, firstMs, lastMs: firstMs + spanMs },
    }));
  });
  return { topic, beginMs, endMs, ranges };
}

function parse(text: string): Saved {
  try {
    const saved: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (isSaved(saved) && saved[4].reduce((sum, [, queues]) => sum + queues.length, 0) <= MAX_QUEUES) return saved;
  } catch {
    // It is no JSON: refused below.
  }
  throw new ConsoleError('BAD_REQUEST', 'snapshot is not from a search of this console; leave it out to search anew');
}

function isSaved(value: unknown): value is Saved {
  if (!Array.isArray(value) || value.length !== 5 || value[0] !== 1 || typeof value[1] !== 'string') return false;
  if (!isCount(value[2]) || !isCount(value[3]) || !Array.isArray(value[4])) return false;
  return value[4].every(
    (broker: unknown) =>
      Array.isArray(broker) &&
      typeof broker[0] === 'string' &&
      Array.isArray(broker[1]) &&
      broker[1].every((queue: unknown) => Array.isArray(queue) && queue.length === 5 && queue.every(isCount)),
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
