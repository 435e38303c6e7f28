import { compareMessageQueues } from '@rocketmq-ts/admin';
import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { dateTime } from '../../java-text.ts';
import { TextTable } from '../../text-table.ts';
import type { Command } from '../entry.ts';
import { booleanValue, integerValue } from '../values.ts';

interface QueueRow {
  readonly topic: string;
  readonly group: string;
  readonly brokerName: string;
  readonly queueId: number;
  readonly brokerOffset: number;
  readonly consumerOffset: number;
  readonly diff: number;
  readonly lastTimestamp: number;
}

const QUEUES = new TextTable<QueueRow>([
  { head: '#Topic', pattern: '%-64.64s  ', of: 'topic' },
  { head: '#Group', pattern: '%-64s  ', of: 'group' },
  { head: '#Broker Name', pattern: '%-32.32s  ', of: 'brokerName' },
  { head: '#QID', pattern: '%-4d  ', of: 'queueId' },
  { head: '#Broker Offset', pattern: '%-20d  ', of: 'brokerOffset' },
  { head: '#Consumer Offset', pattern: '%-20d  ', of: 'consumerOffset' },
  { head: '#Diff', pattern: '%-20d  ', of: 'diff' },
  { head: '#LastTime', pattern: '%s', of: (row) => dateTime(row.lastTimestamp) },
]);

/** Queues in which a group has consumed something and is behind by at least the level. Source: BrokerConsumeStatsSubCommad. */
export const brokerConsumeStats: Command = {
  // Misspelled by Apache.
  className: 'BrokerConsumeStatsSubCommad',
  options: [
    requiredOption('b', 'brokerAddr', 'Broker address'),
    valueOption('t', 'timeoutMillis', 'request timeout Millis'),
    valueOption('l', 'level', 'threshold of print diff'),
    valueOption('o', 'order', 'order topic'),
  ],
  examples: [
    { line: '-b 127.0.0.1:10911', does: 'How far every group of a broker is in its queues.' },
    { line: '-b 127.0.0.1:10911 -l 1000', does: 'Only queues with a thousand messages or more to go.' },
  ],
  async run(context) {
    const { options } = context;
    const address = options.text('b');
    const level = integerValue(options, 'l') ?? 0;
    const { groups, totalDiff } = await context.admin.brokerConsumeStats(address, {
      isOrder: booleanValue(options, 'o'),
      timeoutMs: integerValue(options, 't'),
    });
    const rows = groups.flatMap(({ group, offsets }) =>
      offsets
        .toSorted((a, b) => compareMessageQueues(a.queue, b.queue))
        .map(({ queue, brokerOffset, consumerOffset, lastTimestamp }): QueueRow => {
          const diff = brokerOffset - consumerOffset;
          return { ...queue, group, brokerOffset, consumerOffset, diff, lastTimestamp };
        }),
    );
    const shown = rows.filter(({ diff, lastTimestamp }) => diff >= level && lastTimestamp > 0);
    QUEUES.print(context, shown);
    context.print('%nDiff Total: %d%n', totalDiff);
    context.answer({ address, queues: shown, totalDiff });
  },
};
