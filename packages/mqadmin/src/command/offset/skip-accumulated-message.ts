import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { booleanValue } from '../values.ts';
import { printResetTable } from './reset-table.ts';

/** Means the end of a queue. */
const TO_THE_END = -1;

export const skipAccumulatedMessage: Command = {
  className: 'SkipAccumulationSubCommand',
  options: [
    requiredOption('g', 'group', 'set the consumer group'),
    requiredOption('t', 'topic', 'set the topic'),
    valueOption('f', 'force', 'set the force rollback by timestamp switch[true|false]'),
    valueOption('c', 'cluster', 'Cluster name or lmq parent topic, lmq is used to find the route.'),
  ],
  examples: [{ line: '-g billing -t Orders', does: 'What the group has not read is passed over.' }],
  async run(context) {
    const group = context.options.text('g');
    const topic = context.options.text('t');
    const moved = await context.admin.resetOffsetByTimestamp({
      group,
      topic,
      timestampMs: TO_THE_END,
      force: booleanValue(context.options, 'f') ?? true,
    });
    context.answer({ group, topic, queues: printResetTable(context, moved) });
  },
};
