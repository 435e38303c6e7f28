import type { ResetOffset } from '@rocketmq-ts/admin';
import { javaHashOrder } from '@rocketmq-ts/kernel';
import { front, queueHash } from '../../java-text.ts';
import type { CommandContext } from '../entry.ts';

/** One row for each queue that was moved, in the order of Apache's map of queues. */
export function printResetTable(context: CommandContext, moved: readonly ResetOffset[]): void {
  context.print('%-40s  %-40s  %-40s%n', '#brokerName', '#queueId', '#offset');
  for (const { queue, offset } of javaHashOrder(moved, (one) => queueHash(one.queue))) {
    context.print('%-40s  %-40d  %-40d%n', front(queue.brokerName, 32), queue.queueId, offset);
  }
}
