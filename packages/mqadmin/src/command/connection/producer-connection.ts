import { versionDescription } from '@rocketmq-ts/admin';
import { requiredOption } from '@rocketmq-ts/kernel';
import type { CommandEntry } from '../entry.ts';

export const producerConnection: CommandEntry = {
  name: 'producerConnection',
  description: "Query producer's socket connection and client version.",
  className: 'ProducerConnectionSubCommand',
  options: [requiredOption('g', 'producerGroup', 'producer group name'), requiredOption('t', 'topic', 'topic name')],
  async run({ options, admin, print }) {
    const clients = await admin.examineProducerConnection(options.text('g'), options.text('t'));
    for (const [index, client] of clients.entries()) {
      const version = versionDescription(client.version);
      const columns = [index + 1, client.clientId, client.clientAddr, client.language, version];
      print('%04d  %-32s %-22s %-8s %s%n', ...columns);
    }
  },
};
