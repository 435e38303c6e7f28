import { mastersWithSlaves, NO_MASTER } from '@rocketmq-ts/admin';
import type { CommandContext } from '../entry.ts';
import { UNKNOWN_CLUSTER } from '../targets.ts';

/**
 * The brokers that `-b` or `-c` name, each with the line that Apache's tool prints before it; undefined with neither. A broker
 * name without a master has no row of its own. Source: GetColdDataFlowCtrInfoSubCommand#execute.
 */
export async function bannersOf(context: CommandContext): Promise<[address: string, banner: string][] | undefined> {
  const { options, admin } = context;
  const address = options.value('b')?.trim();
  if (address !== undefined) return [[address, ` ============${address}============\n`]];
  if (!options.has('c')) return undefined;
  const table = mastersWithSlaves(await admin.examineClusterInfo(), options.text('c').trim());
  if (table === undefined) context.refuse(UNKNOWN_CLUSTER);
  return [...(table ?? [])].flatMap(([master, slaves]) => {
    const rows = slaves.map((slave): [string, string] => [
      slave,
      ` ============My Master: ${master}=====Slave: ${slave}============\n`,
    ]);
    if (master === NO_MASTER) return rows;
    return [[master, ` ============Master: ${master}============\n`] as [string, string], ...rows];
  });
}
