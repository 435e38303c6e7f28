import { requiredOption, splitEndpoints } from '@rocketmq-ts/kernel';
import { javaList } from '../../java-text.ts';
import { printProperties } from '../config-text.ts';
import type { CommandEntry } from '../entry.ts';

const controllers = requiredOption(
  'a',
  'controllerAddress',
  'Controller address list, eg: 192.168.0.1:9878;192.168.0.2:9878',
);

export const getControllerConfig: CommandEntry = {
  name: 'getControllerConfig',
  description: 'Get controller config.',
  className: 'GetControllerConfigSubCommand',
  options: [controllers],
  async run(context) {
    const addresses = splitEndpoints(context.options.text('a'));
    for (const [address, properties] of await context.admin.controllerConfig(addresses)) {
      context.print('============%s============%n', address);
      printProperties(context, properties);
    }
  },
};

export const updateControllerConfig: CommandEntry = {
  name: 'updateControllerConfig',
  description: 'Update controller config.',
  className: 'UpdateControllerConfigSubCommand',
  options: [controllers, requiredOption('k', 'key', 'config key'), requiredOption('v', 'value', 'config value')],
  async run(context) {
    const key = context.options.text('k');
    const value = context.options.text('v');
    const addresses = splitEndpoints(context.options.text('a'));
    const note = await context.admin.updateControllerConfig(addresses, new Map([[key, value]]));
    context.print('update controller config success!%s%n%s : %s%n', javaList(addresses), key, value);
    if (note !== undefined) context.note(note);
  },
};
