import { AdminError } from '@rocketmq-ts/admin';
import { exactlyOne, type OptionDeclaration, valueOption } from '@rocketmq-ts/kernel';
import type { CommandContext } from '../entry.ts';
import { clusterBrokers, clusterMasters } from '../targets.ts';

/** `-c` or `-b` of a command that changes accounts. */
export function changeTargets(cluster: string, broker: string): OptionDeclaration {
  return exactlyOne(valueOption('c', 'clusterName', cluster), valueOption('b', 'brokerAddr', broker));
}

/** `-b` or `-c` of a command that reads accounts. */
export function readTargets(broker: string, cluster: string): OptionDeclaration {
  return exactlyOne(valueOption('b', 'brokerAddr', broker), valueOption('c', 'clusterName', cluster));
}

/** The broker that is named, or every one of a cluster, slaves too: each keeps accounts of its own. Reports each that was changed. */
export async function changeEach(
  context: CommandContext,
  success: string,
  change: (address: string) => Promise<void>,
): Promise<string[]> {
  const { options } = context;
  const address = options.value('b')?.trim();
  const brokers = address === undefined ? await clusterBrokers(context, options.text('c').trim()) : [address];
  for (const broker of brokers) {
    await change(broker);
    context.print(success, broker);
  }
  return brokers;
}

/** The broker that is named, or the masters of a cluster. Throws NO_BROKER for a cluster without one. */
export async function brokersToRead(context: CommandContext): Promise<string[]> {
  const { options } = context;
  const address = options.value('b')?.trim();
  if (address !== undefined) return [address];
  const masters = await clusterMasters(context, options.text('c').trim());
  if (masters.length === 0) throw new AdminError('NO_BROKER', 'there is no broker in cluster.');
  return masters;
}

/** `a, b,c` as its parts without blanks around them; empty ones left out. Undefined without the option. */
export function listValue(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .filter((part) => part !== '')
    .map((part) => part.trim());
}

/** A filter or name that is not given. */
export function trimmed(context: CommandContext, key: string): string | undefined {
  return context.options.value(key)?.trim();
}
