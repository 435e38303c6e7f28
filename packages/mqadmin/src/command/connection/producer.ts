import type { ProducerInfo } from '@rocketmq-ts/admin';
import { requiredOption } from '@rocketmq-ts/kernel';
import { hashOrder } from '../../java-text.ts';
import type { Command } from '../entry.ts';

/** Source: ProducerSubCommand. */
export const producer: Command = {
  className: 'ProducerSubCommand',
  options: [requiredOption('b', 'broker', 'broker address')],
  examples: [{ line: '-b 127.0.0.1:10911', does: 'Every producer that is connected to a broker, by group.' }],
  async run(context) {
    const address = context.options.text('b');
    const table = await context.admin.producersInBroker(address);
    for (const group of hashOrder(table.keys())) {
      const members = table.get(group)!;
      if (members.length === 0) context.out(`producer group (${group}) instances are empty\n`);
      for (const member of members) context.out(`producer group (${group}) instance : ${producerText(member)}\n`);
    }
    context.answer({ address, groups: table });
  },
};

/** `ProducerInfo#toString`. */
function producerText({ clientId, remoteIP, language, version, lastUpdateTimestamp }: ProducerInfo): string {
  return `clientId=${clientId},remoteIP=${remoteIP}, language=${language}, version=${version}, lastUpdateTimestamp=${lastUpdateTimestamp}`;
}
