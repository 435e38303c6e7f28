import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { TextTable } from '../../text-table.ts';
import type { Command } from '../entry.ts';
import { integerValue } from '../values.ts';

interface SentRow {
  readonly brokerName: string;
  readonly queueId: number;
  readonly sendStatus: string;
  readonly msgId: string;
}

const SENT = new TextTable<SentRow>([
  { head: '#Broker Name', pattern: '%-32.32s  ', of: 'brokerName' },
  { head: '#QID', pattern: '%-4d  ', of: 'queueId' },
  { head: '#Send Result', pattern: '%-20s    ', of: 'sendStatus' },
  { head: '#MsgId', pattern: '%s', of: 'msgId' },
]);

export const sendMessage: Command = {
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
  examples: [
    { line: '-t Orders -p hello', does: 'Sends one message.' },
    { line: '-t Orders -p hello -k order-4711 -c paid -b broker-a -i 0', does: 'With key and tag, to one queue.' },
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
    const { queue, ...receipt } = sent;
    const row = { ...queue, ...receipt };
    SENT.print(context, [row]);
    context.answer(row);
  },
};
