import { valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { integerValue } from '../values.ts';

/** Source: ResetMasterFlushOffsetSubCommand. */
export const resetMasterFlushOffset: Command = {
  className: 'ResetMasterFlushOffsetSubCommand',
  options: [
    valueOption('b', 'brokerAddr', 'which broker to reset'),
    valueOption('o', 'offset', 'the offset to reset at'),
  ],
  examples: [{ line: '-b 10.0.0.2:10911 -o 0', does: "What a slave has of its master's flushed offset." }],
  async run(context) {
    const address = context.options.value('b')?.trim();
    const offset = integerValue(context.options, 'o');
    // Apache's tool fails with a stack trace.
    if (address === undefined || offset === undefined) return context.usage();
    await context.admin.resetMasterFlushOffset(address, offset);
    context.print('reset master flush offset to %d success%n', offset);
    context.answer({ address, offset });
  },
};
