import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { TextTable } from '../../text-table.ts';
import type { Command } from '../entry.ts';
import { type ClientRow, clientRow } from './client-row.ts';

const CLIENTS = new TextTable<ClientRow>([
  { head: '#ClientId', pattern: '%-36s ', of: 'clientId' },
  { head: '#ClientAddr', pattern: '%-22s ', of: 'address' },
  { head: '#Language', pattern: '%-10s ', of: 'language' },
  { head: '#Version', pattern: '%s', of: 'version' },
]);

const SUBSCRIPTIONS = new TextTable<{ readonly topic: string; readonly subString: string }>([
  { head: '#Topic', pattern: '%-20s ', of: 'topic' },
  { head: '#SubExpression', pattern: '%s', of: 'subString' },
]);

export const consumerConnection: Command = {
  className: 'ConsumerConnectionSubCommand',
  options: [
    requiredOption('g', 'consumerGroup', 'consumer group name'),
    valueOption('b', 'brokerAddr', 'broker address'),
  ],
  examples: [{ line: '-g billing', does: 'Members of a group and what they subscribe to.' }],
  async run(context) {
    const { options, print } = context;
    const group = options.text('g');
    const found = await context.admin.examineConsumerConnection(group, options.value('b'));
    const { consumeType, messageModel, consumeFromWhere } = found;
    const clients = found.connectionSet.map(clientRow);
    CLIENTS.print(context, clients);
    print('%nBelow is subscription:%n');
    const subscriptions = [...found.subscriptionTable].map(([topic, subscription]) => ({ ...subscription, topic }));
    SUBSCRIPTIONS.print(context, subscriptions);
    print('%nConsumeType: %s%n', consumeType);
    print('MessageModel: %s%n', messageModel);
    print('ConsumeFromWhere: %s%n', consumeFromWhere);
    context.answer({ group, clients, subscriptions, consumeType, messageModel, consumeFromWhere });
  },
};
