import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { charsetValue, integerValue, OptionValueError } from '../values.ts';
import { printMessage } from './message-text.ts';

export const queryMsgByOffset: Command = {
  className: 'QueryMsgByOffsetSubCommand',
  options: [
    requiredOption('t', 'topic', 'topic name'),
    requiredOption('b', 'brokerName', 'Broker Name'),
    requiredOption('i', 'queueId', 'Queue Id'),
    requiredOption('o', 'offset', 'Queue Offset'),
    valueOption('f', 'bodyFormat', 'print message body by the specified format'),
  ],
  examples: [{ line: '-t Orders -b broker-a -i 0 -o 42', does: 'The message at offset 42 of queue 0.' }],
  async run(context) {
    const { options } = context;
    const queue = { topic: options.text('t'), brokerName: options.text('b'), queueId: integerValue(options, 'i')! };
    const decoder = options.has('f') ? charsetValue(options, 'f') : undefined;
    const offset = integerValue(options, 'o')!;
    if (offset < 0) throw new OptionValueError('o', options.text('o'), 'an offset: it is less than 0');
    const message = await context.admin.messageAt(queue, offset);
    if (message === undefined) context.answer(null);
    else await printMessage(context, message, decoder);
  },
};
