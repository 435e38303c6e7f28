import { requiredOption } from '@rocketmq-ts/kernel';
import type { CommandEntry } from '../entry.ts';

export const getControllerMetaData: CommandEntry = {
  name: 'getControllerMetaData',
  description: "Get controller cluster's metadata.",
  className: 'GetControllerMetaDataSubCommand',
  options: [requiredOption('a', 'controllerAddress', 'the address of controller')],
  async run(context) {
    const data = await context.admin.controllerMetaData(context.options.text('a'));
    context.print('%n#ControllerGroup\t%s', data.group ?? 'null');
    context.print('%n#ControllerLeaderId\t%s', data.controllerLeaderId ?? 'null');
    context.print('%n#ControllerLeaderAddress\t%s', data.controllerLeaderAddress ?? 'null');
    for (const peer of (data.peers ?? '').split(';')) if (peer !== '') context.print('%n#Peer:\t%s', peer);
    context.print('%n');
  },
};
