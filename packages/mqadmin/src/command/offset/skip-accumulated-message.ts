import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { CommandEntry } from '../entry.ts';
import { booleanValue } from '../values.ts';
import { printResetTable } from './reset-table.ts';

/** Means the end of a queue. */
const TO_THE_END = -1;

export const skipAccumulatedMessage: CommandEntry = {
  name: 'skipAccumulatedMessage',
  description: 'Skip all messages that are accumulated (not consumed) currently.',
  className: 'SkipAccumulationSubCommand',
  options: [
    requiredOption('g', 'group', 'set the consumer group'),
    requiredOption('t', 'topic', 'set the topic'),
    valueOption('f', 'force', 'set the force rollback by timestamp switch[true|false]'),
    valueOption('c', 'cluster', 'Cluster name or lmq parent topic, lmq is used to find the route.'),
  ],
  async run(context) {
    const moved = await context.admin.resetOffsetByTimestamp({
      group: context.options.text('g'),
      topic: context.options.text('t'),
      timestampMs: TO_THE_END,
      force: booleanValue(context.options, 'f') ?? true,
    });
    printResetTable(context, moved);
  },
};
