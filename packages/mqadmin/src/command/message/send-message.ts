import { front } from '../../java-text.ts';
import { option, required } from '../../options/option.ts';
import type { CommandEntry } from '../entry.ts';
import { integerValue } from '../values.ts';

export const sendMessage: CommandEntry = {
  name: 'sendMessage',
  description: 'Send a message.',
  className: 'SendMessageCommand',
  options: [
    required('t', 'topic', 'Topic name'),
    required('p', 'body', 'UTF-8 string format of the message body'),
    option('k', 'key', 'Message keys'),
    option('c', 'tags', 'Message tags'),
    option('b', 'broker', 'Send message to target broker'),
    option('i', 'qid', 'Send message to target queue'),
    option('m', 'msgTraceEnable', 'Message Trace Enable, Default: false'),
  ],
  async run(context) {
    const { options } = context;
    const brokerName = options.value('b');
    const queueId = integerValue(options, 'i');
    if (queueId !== undefined && brokerName === undefined) {
      return context.refuse('Broker name must be set if the queue is chosen!');
    }
    if (options.value('m') === 'true') context.note('messages are not traced by this tool: -m is ignored');
    const sent = await context.admin.sendMessage({
      topic: options.text('t'),
      body: Buffer.from(options.text('p'), 'utf8'),
      tags: options.value('c'),
      keys: options.value('k'),
      brokerName,
      queueId,
    });
    context.print('%-32s  %-4s  %-20s    %s%n', '#Broker Name', '#QID', '#Send Result', '#MsgId');
    const row = [front(sent.queue.brokerName, 32), sent.queue.queueId, sent.sendStatus, sent.msgId];
    context.print('%-32s  %-4s  %-20s    %s%n', ...row);
  },
};
