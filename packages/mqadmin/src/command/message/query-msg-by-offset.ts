import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { CommandEntry } from '../entry.ts';
import { integerValue } from '../values.ts';
import { printMessage } from './message-text.ts';

export const queryMsgByOffset: CommandEntry = {
  name: 'queryMsgByOffset',
  description: 'Query Message by offset.',
  className: 'QueryMsgByOffsetSubCommand',
  options: [
    requiredOption('t', 'topic', 'topic name'),
    requiredOption('b', 'brokerName', 'Broker Name'),
    requiredOption('i', 'queueId', 'Queue Id'),
    requiredOption('o', 'offset', 'Queue Offset'),
    valueOption('f', 'bodyFormat', 'print message body by the specified format'),
  ],
  async run(context) {
    const { options } = context;
    const queue = { topic: options.text('t'), brokerName: options.text('b'), queueId: integerValue(options, 'i')! };
    const message = await context.admin.messageAt(queue, integerValue(options, 'o')!);
    if (message !== undefined) await printMessage(context, message, options.value('f'));
  },
};
