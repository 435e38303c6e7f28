import { requiredOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';

export const getControllerMetaData: Command = {
  className: 'GetControllerMetaDataSubCommand',
  options: [requiredOption('a', 'controllerAddress', 'the address of controller')],
  examples: [{ line: '-a 10.0.0.9:9878', does: 'Who leads the controllers.' }],
  async run(context) {
    const data = await context.admin.controllerMetaData(context.options.text('a'));
    context.print('%n#ControllerGroup\t%s', data.group ?? 'null');
    context.print('%n#ControllerLeaderId\t%s', data.controllerLeaderId ?? 'null');
    context.print('%n#ControllerLeaderAddress\t%s', data.controllerLeaderAddress ?? 'null');
    const peers = (data.peers ?? '').split(';').filter((peer) => peer !== '');
    for (const peer of peers) context.print('%n#Peer:\t%s', peer);
    context.print('%n');
    context.answer({ ...data, peers });
  },
};
