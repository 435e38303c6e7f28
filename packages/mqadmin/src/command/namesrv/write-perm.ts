import { requiredOption } from '@rocketmq-ts/kernel';
import type { CommandContext, CommandEntry } from '../entry.ts';

export const wipeWritePerm: CommandEntry = {
  name: 'wipeWritePerm',
  description: 'Wipe write perm of broker in all name server you defined in the -n param.',
  className: 'WipeWritePermSubCommand',
  options: [requiredOption('b', 'brokerName', 'broker name')],
  run: (context) => onEveryNameServer(context, 'wipe', context.admin.wipeWritePermission),
};

export const addWritePerm: CommandEntry = {
  name: 'addWritePerm',
  description: 'Add write perm of broker in all name server you defined in the -n param.',
  className: 'AddWritePermSubCommand',
  options: [requiredOption('b', 'brokerName', 'broker name')],
  run: (context) => onEveryNameServer(context, 'add', context.admin.addWritePermission),
};

async function onEveryNameServer(
  context: CommandContext,
  verb: string,
  change: (nameServer: string, brokerName: string) => Promise<number>,
): Promise<void> {
  const brokerName = context.options.text('b');
  for (const nameServer of context.admin.namesrvAddresses) {
    try {
      const count = await change(nameServer, brokerName);
      context.print('%s write perm of broker[%s] in name server[%s] OK, %d%n', verb, brokerName, nameServer, count);
    } catch (failure) {
      context.print('%s write perm of broker[%s] in name server[%s] Failed%n', verb, brokerName, nameServer);
      context.warn(failure);
    }
  }
}
