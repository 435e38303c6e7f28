import type { ResetOffset } from '@rocketmq-ts/admin';
import { javaHashOrder } from '@rocketmq-ts/kernel';
import { queueHash } from '../../java-text.ts';
import { TextTable } from '../../text-table.ts';
import type { CommandContext } from '../entry.ts';

interface ResetQueue {
  readonly topic: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly offset: number;
}

const QUEUES = new TextTable<ResetQueue>([
  { head: '#brokerName', pattern: '%-40.32s  ', of: 'brokerName' },
  { head: '#queueId', pattern: '%-40d  ', of: 'queueId' },
  { head: '#offset', pattern: '%-40d', of: 'offset' },
]);

/** One row for each queue that was moved, in the order of Apache's map of queues. Returns the rows. */
export function printResetTable(context: CommandContext, moved: readonly ResetOffset[]): readonly ResetQueue[] {
  const rows = javaHashOrder(moved, (one) => queueHash(one.queue)).map(({ queue, offset }) => ({ ...queue, offset }));
  QUEUES.print(context, rows);
  return rows;
}
