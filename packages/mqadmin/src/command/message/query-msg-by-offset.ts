import { option, required } from '../../options/option.ts';
import type { CommandEntry } from '../entry.ts';
import { integerValue } from '../values.ts';
import { printMessage } from './message-text.ts';

export const queryMsgByOffset: CommandEntry = {
  name: 'queryMsgByOffset',
  description: 'Query Message by offset.',
  className: 'QueryMsgByOffsetSubCommand',
  options: [
    required('t', 'topic', 'topic name'),
    required('b', 'brokerName', 'Broker Name'),
    required('i', 'queueId', 'Queue Id'),
    required('o', 'offset', 'Queue Offset'),
    option('f', 'bodyFormat', 'print message body by the specified format'),
  ],
  async run(context) {
    const { options } = context;
    const queue = { topic: options.text('t'), brokerName: options.text('b'), queueId: integerValue(options, 'i')! };
    const message = await context.admin.messageAt(queue, integerValue(options, 'o')!);
    if (message !== undefined) await printMessage(context, message, options.value('f'));
  },
};
