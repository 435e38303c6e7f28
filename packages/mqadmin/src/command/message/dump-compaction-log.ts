import { compactionLog } from '@rocketmq-ts/admin';
import { CodedError, valueOption } from '@rocketmq-ts/kernel';
import type { MqadminErrorCode } from '../../errors.ts';
import type { Command, CommandContext } from '../entry.ts';
import { messageExtText } from './java-message.ts';
import { messageData } from './message-data.ts';

/** Reads a file of this machine; no server is asked. Source: DumpCompactionLogCommand. */
export const dumpCompactionLog: Command = {
  className: 'DumpCompactionLogCommand',
  options: [valueOption('f', 'file', 'to dump file name')],
  examples: [
    {
      line: '-f ~/store/compaction/compactionLog/TopicTest/0/00000000000000000000',
      does: 'The messages of a compacted queue, without their bodies.',
    },
  ],
  async run(context) {
    const path = context.options.value('f');
    if (path === undefined) return context.refuse('miss dump log file name\n');
    requireFile(context, path);
    let messageCount = 0;
    for (const message of compactionLog(context.disk, path)) {
      if (context.signal.aborted) return;
      messageCount += 1;
      context.out(`${messageExtText(message, undefined, false)}\n`);
      context.answer(messageData(message));
    }
    context.answer({ file: path, messageCount });
  },
};

function requireFile({ disk }: CommandContext, path: string): void {
  const stat = disk.stat(path);
  if (stat !== undefined && !stat.isDirectory) return;
  const why = stat === undefined ? 'not exist.' : 'is a directory.';
  throw new CodedError<MqadminErrorCode>('NO_SUCH_FILE', `file ${path} ${why}`);
}
