import { requiredOption } from '@rocketmq-ts/kernel';
import { javaList } from '../../java-text.ts';
import { printProperties } from '../config-text.ts';
import type { Command } from '../entry.ts';

export const getNamesrvConfig: Command = {
  className: 'GetNamesrvConfigCommand',
  options: [],
  examples: [{ line: '', does: 'Settings of each name server.' }],
  async run(context) {
    const configs = await context.admin.nameServerConfig();
    for (const [address, properties] of configs) {
      context.print('============%s============%n', address);
      printProperties(context, properties);
    }
    context.answer({ nameServers: [...configs].map(([address, properties]) => ({ address, properties })) });
  },
};

export const updateNamesrvConfig: Command = {
  className: 'UpdateNamesrvConfigCommand',
  options: [requiredOption('k', 'key', 'config key'), requiredOption('v', 'value', 'config value')],
  examples: [{ line: '-k scanNotActiveBrokerInterval -v 5000', does: 'Changes a setting on every name server.' }],
  async run(context) {
    const key = context.options.text('k');
    const value = context.options.text('v');
    const note = await context.admin.updateNameServerConfig(new Map([[key, value]]));
    const servers = context.options.value('n');
    context.print('update name server config success!%s%n', servers === undefined ? '' : javaList(servers.split(';')));
    context.print('%s : %s%n', key, value);
    context.answer({ key, value, nameServers: context.admin.namesrvAddresses });
    if (note !== undefined) context.note(note);
  },
};
