import { requiredOption, splitEndpoints } from '@rocketmq-ts/kernel';
import { javaList } from '../../java-text.ts';
import { printProperties } from '../config-text.ts';
import type { Command } from '../entry.ts';

const controllers = requiredOption(
  'a',
  'controllerAddress',
  'Controller address list, eg: 192.168.0.1:9878;192.168.0.2:9878',
);

export const getControllerConfig: Command = {
  className: 'GetControllerConfigSubCommand',
  options: [controllers],
  examples: [{ line: '-a 10.0.0.9:9878', does: 'Settings of a controller.' }],
  async run(context) {
    const addresses = splitEndpoints(context.options.text('a'));
    const configs = await context.admin.controllerConfig(addresses);
    for (const [address, properties] of configs) {
      context.print('============%s============%n', address);
      printProperties(context, properties);
    }
    context.answer({ controllers: [...configs].map(([address, properties]) => ({ address, properties })) });
  },
};

export const updateControllerConfig: Command = {
  className: 'UpdateControllerConfigSubCommand',
  options: [controllers, requiredOption('k', 'key', 'config key'), requiredOption('v', 'value', 'config value')],
  examples: [
    {
      line: "-a '10.0.0.9:9878;10.0.0.10:9878' -k scanNotActiveBrokerInterval -v 3000",
      does: 'Changes a setting on controllers.',
    },
  ],
  async run(context) {
    const key = context.options.text('k');
    const value = context.options.text('v');
    const addresses = splitEndpoints(context.options.text('a'));
    const note = await context.admin.updateControllerConfig(addresses, new Map([[key, value]]));
    context.print('update controller config success!%s%n%s : %s%n', javaList(addresses), key, value);
    if (note !== undefined) context.note(note);
    context.answer({ key, value, controllers: addresses });
  },
};
