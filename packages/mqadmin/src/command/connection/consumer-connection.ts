import { versionDescription } from '@rocketmq-ts/admin';
import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { CommandEntry } from '../entry.ts';

export const consumerConnection: CommandEntry = {
  name: 'consumerConnection',
  description: "Query consumer's socket connection, client version and subscription.",
  className: 'ConsumerConnectionSubCommand',
  options: [
    requiredOption('g', 'consumerGroup', 'consumer group name'),
    valueOption('b', 'brokerAddr', 'broker address'),
  ],
  async run(context) {
    const { options, print } = context;
    const found = await context.admin.examineConsumerConnection(options.text('g'), options.value('b'));
    print('%-36s %-22s %-10s %s%n', '#ClientId', '#ClientAddr', '#Language', '#Version');
    for (const client of found.connectionSet) {
      const version = versionDescription(client.version);
      print('%-36s %-22s %-10s %s%n', client.clientId, client.clientAddr, client.language, version);
    }
    print('%nBelow is subscription:%n');
    print('%-20s %s%n', '#Topic', '#SubExpression');
    for (const [topic, subscription] of found.subscriptionTable) {
      print('%-20s %s%n', topic, subscription.subString);
    }
    print('%nConsumeType: %s%n', found.consumeType);
    print('MessageModel: %s%n', found.messageModel);
    print('ConsumeFromWhere: %s%n', found.consumeFromWhere);
  },
};
