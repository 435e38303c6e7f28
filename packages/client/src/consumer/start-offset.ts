import { isRetryTopic, type MessageQueue, progressWithinLog } from '@rocketmq-ts/protocol';
import type { GroupSettings } from './consumer-options.ts';
import type { GroupContext } from './group-context.ts';
import { maxOffset, offsetForTimestamp } from './queue-offsets.ts';

/**
 * Where to start in a queue: at the stored offset; without one, as `consumeFrom` says. Rejects when it can't be found out now.
 * Source: RebalancePushImpl#computePullFromWhereWithException.
 */
export async function startOffset(context: GroupContext<GroupSettings>, queue: MessageQueue): Promise<number> {
  const stored = await context.offsets.stored(queue);
  if (stored !== undefined) return context.offsets.isLocal ? withinLog(context, queue, stored) : stored;
  const { consumeFrom, consumeTimestampMs } = context.settings;
  // Retries are all for this group: none may be skipped. Apache's client starts at their end with a time stamp.
  if (consumeFrom === 'FIRST_OFFSET' || isRetryTopic(queue.topic)) return 0;
  if (consumeFrom === 'LAST_OFFSET') return maxOffset(context, queue);
  return offsetForTimestamp(context, queue, consumeTimestampMs);
}

/** A broker that lost power may have fewer messages than this client has consumed: new ones must not be skipped. */
async function withinLog(context: GroupContext<GroupSettings>, queue: MessageQueue, offset: number): Promise<number> {
  const { offsets, group, logger } = context;
  const end = await maxOffset(context, queue);
  const within = progressWithinLog({ kind: 'local consumer offset', ...queue, offset, owner: group }, end, logger);
  if (within === offset) return offset;
  offsets.update(queue, within, false);
  await offsets.persist(queue);
  return within;
}
