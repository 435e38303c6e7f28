import { requiredOption } from '@rocketmq-ts/kernel';
import { javaList } from '../../java-text.ts';
import { printProperties } from '../config-text.ts';
import type { CommandEntry } from '../entry.ts';

export const getNamesrvConfig: CommandEntry = {
  name: 'getNamesrvConfig',
  description: 'Get configs of name server.',
  className: 'GetNamesrvConfigCommand',
  options: [],
  async run(context) {
    for (const [address, properties] of await context.admin.nameServerConfig()) {
      context.print('============%s============%n', address);
      printProperties(context, properties);
    }
  },
};

export const updateNamesrvConfig: CommandEntry = {
  name: 'updateNamesrvConfig',
  description: 'Update configs of name server.',
  className: 'UpdateNamesrvConfigCommand',
  options: [requiredOption('k', 'key', 'config key'), requiredOption('v', 'value', 'config value')],
  async run(context) {
    const key = context.options.text('k');
    const value = context.options.text('v');
    const note = await context.admin.updateNameServerConfig(new Map([[key, value]]));
    const servers = context.options.value('n');
    context.print('update name server config success!%s%n', servers === undefined ? '' : javaList(servers.split(';')));
    context.print('%s : %s%n', key, value);
    if (note !== undefined) context.note(note);
  },
};
