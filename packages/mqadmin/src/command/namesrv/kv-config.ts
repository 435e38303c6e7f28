import { requiredOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';

export const updateKvConfig: Command = {
  className: 'UpdateKvConfigCommand',
  options: [
    requiredOption('s', 'namespace', 'set the namespace'),
    requiredOption('k', 'key', 'set the key name'),
    requiredOption('v', 'value', 'set the key value'),
  ],
  examples: [
    {
      line: "-s ORDER_TOPIC_CONFIG -k Orders -v 'broker-a:4;broker-b:4'",
      does: 'The queues of a topic whose order must not change.',
    },
  ],
  async run({ options, admin, print, answer }) {
    const [namespace, key, value] = [options.text('s'), options.text('k'), options.text('v')];
    await admin.putKvConfig(namespace, key, value);
    print('create or update kv config to namespace success.%n');
    answer({ namespace, key, value });
  },
};

export const deleteKvConfig: Command = {
  className: 'DeleteKvConfigCommand',
  options: [requiredOption('s', 'namespace', 'set the namespace'), requiredOption('k', 'key', 'set the key name')],
  examples: [{ line: '-s ORDER_TOPIC_CONFIG -k Orders', does: 'Removes what name servers keep under a key.' }],
  async run({ options, admin, print, answer }) {
    const [namespace, key] = [options.text('s'), options.text('k')];
    await admin.deleteKvConfig(namespace, key);
    print('delete kv config from namespace success.%n');
    answer({ namespace, key });
  },
};
