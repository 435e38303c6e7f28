import { valueOption } from '@rocketmq-ts/kernel';
import type { CommandEntry } from '../entry.ts';
import { integerValue } from '../values.ts';

/** Source: ResetMasterFlushOffsetSubCommand. */
export const resetMasterFlushOffset: CommandEntry = {
  name: 'resetMasterFlushOffset',
  description: 'Reset master flush offset in slave.',
  className: 'ResetMasterFlushOffsetSubCommand',
  options: [
    valueOption('b', 'brokerAddr', 'which broker to reset'),
    valueOption('o', 'offset', 'the offset to reset at'),
  ],
  async run(context) {
    const address = context.options.value('b')?.trim();
    const offset = integerValue(context.options, 'o');
    // Apache's tool fails with a stack trace.
    if (address === undefined || offset === undefined) return context.usage();
    await context.admin.resetMasterFlushOffset(address, offset);
    context.print('reset master flush offset to %d success%n', offset);
  },
};
