import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { front } from '../../java-text.ts';
import type { CommandEntry } from '../entry.ts';
import { integerValue } from '../values.ts';

export const sendMessage: CommandEntry = {
  name: 'sendMessage',
  description: 'Send a message.',
  className: 'SendMessageCommand',
  options: [
    requiredOption('t', 'topic', 'Topic name'),
    requiredOption('p', 'body', 'UTF-8 string format of the message body'),
    valueOption('k', 'key', 'Message keys'),
    valueOption('c', 'tags', 'Message tags'),
    valueOption('b', 'broker', 'Send message to target broker'),
    valueOption('i', 'qid', 'Send message to target queue'),
    valueOption('m', 'msgTraceEnable', 'Message Trace Enable, Default: false'),
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
