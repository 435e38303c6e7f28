import { requiredOption } from '@rocketmq-ts/kernel';
import { escapeControls } from '../../safe-text.ts';
import type { Command } from '../entry.ts';
import { clientRow } from './client-row.ts';

export const producerConnection: Command = {
  className: 'ProducerConnectionSubCommand',
  options: [requiredOption('g', 'producerGroup', 'producer group name'), requiredOption('t', 'topic', 'topic name')],
  examples: [{ line: '-g orders_producer -t Orders', does: 'Clients of a producer group.' }],
  async run({ options, admin, print, answer }) {
    const [group, topic] = [options.text('g'), options.text('t')];
    const clients = (await admin.examineProducerConnection(group, topic)).map(clientRow);
    for (const [index, { clientId, address, language, version }] of clients.entries()) {
      const cells = [clientId, address, language, version].map(escapeControls);
      print('%04d  %-32s %-22s %-8s %s%n', index + 1, ...cells);
    }
    answer({ group, topic, clients });
  },
};
