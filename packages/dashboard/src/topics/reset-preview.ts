import type { Admin } from '@rocketmq-ts/admin';
import { type Clock, inTurns } from '@rocketmq-ts/kernel';
import type { ResetPreview, ResetPreviewRow } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import { membersOf } from '../groups/members.ts';
import { askEach } from '../targets/broker-calls.ts';
import { mergeFailures } from '../targets/missing.ts';
import { type Looked, placeOf } from '../targets/topic-place.ts';

/** Where a group is to be moved to. */
interface Wish {
  readonly group: string;
  readonly to: 'time' | 'end' | 'start' | 'offset';
  readonly timestampMs?: number | undefined;
  readonly offset?: number | undefined;
}

/** Questions for offsets that are under way at one broker. */
const AT_ONCE = 16;

/** Where a group is in each queue of a topic and where it would be. Nothing is changed. Throws BAD_REQUEST, NOT_FOUND. */
export async function previewReset(looked: Looked, topic: string, wish: Wish, clock: Clock): Promise<ResetPreview> {
  const { admin } = looked;
  if (wish.to === 'time' && wish.timestampMs === undefined)
    throw new ConsoleError('BAD_REQUEST', 'timestampMs is missing: to what time?');
  if (wish.to === 'offset' && wish.offset === undefined)
    throw new ConsoleError('BAD_REQUEST', 'offset is missing: to which?');
  const { having, missing } = await placeOf(looked, topic);
  if (having.length === 0) throw new ConsoleError('NOT_FOUND', `no broker has the topic ${topic}`);
  const [asked, members] = await Promise.all([
    askEach(having, (address) => rowsOn(admin, address, topic, wish, clock)),
    membersOf(admin, having, wish.group),
  ]);
  return {
    rows: asked.answers.flatMap(({ value }) => value),
    brokers: having.map(({ brokerName, addresses }) => ({ brokerName, address: addresses[0]!.address })),
    online: members.clients.length > 0,
    broadcasting: members.messageModel === 'BROADCASTING',
    inFuture: wish.to === 'time' && wish.timestampMs! > clock.now(),
    failures: mergeFailures(missing, asked.failures),
  };
}

async function rowsOn(
  admin: Admin,
  address: string,
  topic: string,
  wish: Wish,
  clock: Clock,
): Promise<ResetPreviewRow[]> {
  const { offsets } = await admin.examineTopicStatsInBroker(address, topic);
  const progress = await admin.consumeStatsInBroker(address, wish.group, topic);
  const committed = new Map<number, number>();
  for (const { queue, consumerOffset } of progress?.offsets ?? [])
    if (queue.topic === topic && consumerOffset >= 0) committed.set(queue.queueId, consumerOffset);
  const sorted = [...offsets].sort((a, b) => a.queue.queueId - b.queue.queueId);
  return inTurns(sorted, AT_ONCE, async ({ queue, minOffset, maxOffset, lastUpdateTimestamp }) => {
    const { brokerName, queueId } = queue;
    const target = await targetOf();
    return { brokerName, queueId, minOffset, maxOffset, current: committed.get(queueId), target };

    async function targetOf(): Promise<number> {
      const { to, timestampMs = 0, offset = 0 } = wish;
      if (to === 'end') return maxOffset;
      if (to === 'start') return minOffset;
      if (to === 'offset') return Math.min(maxOffset, Math.max(minOffset, offset));
      // Behind the last message is the end; some brokers answer the last message itself.
      if (timestampMs > lastUpdateTimestamp || timestampMs > clock.now()) return maxOffset;
      const found = await admin.searchOffset(address, topic, queueId, timestampMs);
      return Math.min(maxOffset, Math.max(minOffset, found));
    }
  });
}
