import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { bannersOf } from './members.ts';

/** Source: CommitLogSetReadAheadSubCommand. */
export const setCommitLogReadAheadMode: Command = {
  className: 'CommitLogSetReadAheadSubCommand',
  options: [
    valueOption('b', 'brokerAddr', 'set which broker'),
    valueOption('c', 'clusterName', 'set which cluster'),
    requiredOption('m', 'commitLogReadAheadMode', 'set the CommitLog read ahead mode; 0 is default, 1 random read'),
  ],
  examples: [
    {
      line: '-b 10.0.0.1:10911 -m 1',
      does: "A broker of Apache's tells the system that its commit log is read here and there; 0 undoes it.",
    },
  ],
  async run(context) {
    const mode = context.options.text('m').trim();
    if (mode !== '0' && mode !== '1') {
      return context.refuse('set the read mode error; 0 is default, 1 random read\n');
    }
    const members = await bannersOf(context);
    if (members === undefined) return context.usage();
    const brokers: { readonly address: string; readonly answer: string | null }[] = [];
    for (const [address, banner] of members) {
      context.out(banner);
      const words = await context.admin.setCommitLogReadAheadMode(address, mode);
      context.out(`commitLog set readAhead mode rstStr${words ?? 'null'}\n`);
      brokers.push({ address, answer: words ?? null });
    }
    context.answer({ mode: Number(mode), brokers });
  },
};
