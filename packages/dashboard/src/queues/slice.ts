import type { Admin, MessageView } from '@rocketmq-ts/admin';
import { compareText, inTurns } from '@rocketmq-ts/kernel';
import type { BrokerCalls } from '../targets/broker-calls.ts';
import type { Positions } from './positions.ts';
import type { QueueRange } from './ranges.ts';

/** Queues that are read at a time; a piece of each is in memory. */
const QUEUES_AT_A_TIME = 4;

/** What is read between two positions of each queue. */
export interface Slice<Row> {
  /** In the order of store times, then of queues. */
  readonly rows: readonly Row[];
  /** Messages that are not there any more. */
  readonly removed: number;
}

interface SliceQuery<Row> {
  readonly admin: Admin;
  readonly calls: BrokerCalls;
  readonly topic: string;
  readonly ranges: readonly QueueRange[];
  readonly from: Positions;
  readonly to: Positions;
  /** Makes a row of a message, which is not kept. Undefined: it is left out. */
  readonly take: (message: MessageView, brokerName: string) => Row | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Placed<Row> {
  readonly storeTimestamp: number;
  readonly queue: number;
  readonly queueOffset: number;
  readonly row: Row;
}

/**
 * Reads the messages between two positions of each queue. Those of a broker that fails are missing; `calls` has the failure.
 */
export async function readSlice<Row>(query: SliceQuery<Row>): Promise<Slice<Row>> {
  const { admin, calls, topic, ranges, from, to, take, signal } = query;
  const placed: Placed<Row>[] = [];
  let removed = 0;
  const indexes = ranges.map((_, index) => index).filter((index) => to[index]! > from[index]!);
  await inTurns(indexes, QUEUES_AT_A_TIME, async (index) => {
    const { broker, queueId } = ranges[index]!;
    const end = to[index]!;
    for (let offset = from[index]!; offset < end; ) {
      if (signal?.aborted === true) return;
      const wanted = { topic, queueId, from: offset, count: end - offset };
      const piece = await calls.ask(broker, (address) => admin.readQueue({ ...wanted, address }));
      if (piece === undefined) return;
      removed += piece.next - offset - piece.messages.length;
      for (const message of piece.messages) {
        const row = take(message, broker.brokerName);
        const { storeTimestamp, queueOffset } = message;
        if (row !== undefined) placed.push({ storeTimestamp, queue: index, queueOffset, row });
      }
      offset = piece.next;
    }
  });
  placed.sort((a, b) => a.storeTimestamp - b.storeTimestamp || a.queue - b.queue || a.queueOffset - b.queueOffset);
  return { rows: placed.map(({ row }) => row), removed };
}

/** Rows in the order of store times, then of brokers and queues. */
export function byStoreTime(
  a: {
    readonly storeTimestampMs: number;
    readonly brokerName?: string | undefined;
    readonly queueId: number;
    readonly queueOffset: number;
  },
  b: {
    readonly storeTimestampMs: number;
    readonly brokerName?: string | undefined;
    readonly queueId: number;
    readonly queueOffset: number;
  },
): number {
  return (
    a.storeTimestampMs - b.storeTimestampMs ||
    compareText(a.brokerName ?? '', b.brokerName ?? '') ||
    a.queueId - b.queueId ||
    a.queueOffset - b.queueOffset
  );
}
