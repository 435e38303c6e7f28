import { requiredOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';

export const wipeWritePerm: Command = {
  className: 'WipeWritePermSubCommand',
  options: [requiredOption('b', 'brokerName', 'broker name')],
  examples: [{ line: '-b broker-a', does: 'Producers leave broker-a, as before it is stopped.' }],
  run: (context) => onEveryNameServer(context, 'wipe', context.admin.wipeWritePermission),
};

export const addWritePerm: Command = {
  className: 'AddWritePermSubCommand',
  options: [requiredOption('b', 'brokerName', 'broker name')],
  examples: [{ line: '-b broker-a', does: 'Producers come back to broker-a.' }],
  run: (context) => onEveryNameServer(context, 'add', context.admin.addWritePermission),
};

async function onEveryNameServer(
  context: CommandContext,
  verb: string,
  change: (nameServer: string, brokerName: string) => Promise<number>,
): Promise<void> {
  const brokerName = context.options.text('b');
  const nameServers: { readonly address: string; readonly topicCount: number }[] = [];
  for (const nameServer of context.admin.namesrvAddresses) {
    try {
      const count = await change(nameServer, brokerName);
      context.print('%s write perm of broker[%s] in name server[%s] OK, %d%n', verb, brokerName, nameServer, count);
      nameServers.push({ address: nameServer, topicCount: count });
    } catch (failure) {
      context.print('%s write perm of broker[%s] in name server[%s] Failed%n', verb, brokerName, nameServer);
      context.warn(failure);
    }
  }
  context.answer({ brokerName, nameServers });
}
