import { SystemTopic, type UnendedTransaction } from '@rocketmq-ts/admin';
import { flagOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { brokersOf, isChosen, TRANSACTION_CHOICE } from './list-transactions.ts';

/** Apache has the request and no command for it. */
export const resumeCheckHalfMessage: Command = {
  className: 'ResumeCheckHalfMessageSubCommand',
  options: [
    ...TRANSACTION_CHOICE,
    valueOption('i', 'msgId', 'offset message id or transaction id of one; several separated by commas'),
    flagOption('a', 'all', 'all that were given up, of the topic and the producer group if these are given'),
  ],
  examples: [{ line: '-c DefaultCluster -a -t Orders', does: 'All that were given up of a topic are checked again.' }],
  async run(context) {
    const { options } = context;
    if (options.has('i')) {
      for (const id of options.text('i').split(',')) await resumeOne(context, id.trim());
      return;
    }
    if (!options.has('a')) return context.usage();
    const addresses = await brokersOf(context);
    if (addresses === undefined) return;
    for (const address of addresses) {
      const chosen: UnendedTransaction[] = [];
      await context.admin.discardedTransactions(address, (transaction) => {
        if (isChosen(context, transaction)) chosen.push(transaction);
      });
      for (const { offsetMsgId } of chosen) await resume(context, offsetMsgId);
    }
  },
};

/** A transaction id is looked for among those that were given up. */
async function resumeOne(context: CommandContext, id: string): Promise<void> {
  const { offsetMsgId } = await context.admin.viewMessage(SystemTopic.TRANS_CHECK_MAX_TIME, id);
  await resume(context, offsetMsgId);
}

/** One that the broker refuses does not stop the others. */
async function resume(context: CommandContext, offsetMsgId: string): Promise<void> {
  try {
    await context.admin.resumeCheckHalfMessage(offsetMsgId);
    context.print('resume check half message success, msgId=%s%n', offsetMsgId);
    context.answer({ msgId: offsetMsgId });
  } catch (failure) {
    context.warn(failure);
  }
}
