import { requiredOption } from '@rocketmq-ts/kernel';
import type { CommandEntry } from '../entry.ts';

export const updateKvConfig: CommandEntry = {
  name: 'updateKvConfig',
  description: 'Create or update KV config.',
  className: 'UpdateKvConfigCommand',
  options: [
    requiredOption('s', 'namespace', 'set the namespace'),
    requiredOption('k', 'key', 'set the key name'),
    requiredOption('v', 'value', 'set the key value'),
  ],
  async run({ options, admin, print }) {
    await admin.putKvConfig(options.text('s'), options.text('k'), options.text('v'));
    print('create or update kv config to namespace success.%n');
  },
};

export const deleteKvConfig: CommandEntry = {
  name: 'deleteKvConfig',
  description: 'Delete KV config.',
  className: 'DeleteKvConfigCommand',
  options: [requiredOption('s', 'namespace', 'set the namespace'), requiredOption('k', 'key', 'set the key name')],
  async run({ options, admin, print }) {
    await admin.deleteKvConfig(options.text('s'), options.text('k'));
    print('delete kv config from namespace success.%n');
  },
};
