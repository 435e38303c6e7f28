import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { clusterMasters } from '../targets.ts';

const TARGETS = [
  valueOption('b', 'brokerAddr', 'update which broker'),
  valueOption('c', 'clusterName', 'update which cluster'),
];

/** Source: UpdateColdDataFlowCtrGroupConfigSubCommand. */
export const updateColdDataFlowCtrGroupConfig: Command = {
  className: 'UpdateColdDataFlowCtrGroupConfigSubCommand',
  options: [
    ...TARGETS,
    requiredOption('g', 'consumerGroup', 'specific consumerGroup'),
    requiredOption('v', 'threshold', 'cold read threshold value'),
  ],
  examples: [
    {
      line: '-c DefaultCluster -g billing -v 1048576',
      does: 'Old messages of at most 1 MiB for the group within five seconds, where coldDataFlowControlEnable is on.',
    },
  ],
  async run(context) {
    const group = context.options.text('g').trim();
    const threshold = context.options.text('v').trim();
    const brokers = await onMasters(context, 'updateColdDataFlowCtrGroupConfig success, %s%n', (address) =>
      context.admin.updateColdDataFlowControl(address, new Map([[group, threshold]])),
    );
    if (brokers !== undefined) context.answer({ group, threshold, brokers });
  },
};

/** Source: RemoveColdDataFlowCtrGroupConfigSubCommand. */
export const removeColdDataFlowCtrGroupConfig: Command = {
  className: 'RemoveColdDataFlowCtrGroupConfigSubCommand',
  options: [...TARGETS, requiredOption('g', 'consumerGroup', 'the consumer group will remove from the config')],
  examples: [{ line: '-c DefaultCluster -g billing', does: 'The group has the limit of the broker again.' }],
  async run(context) {
    const group = context.options.text('g').trim();
    const brokers = await onMasters(context, 'remove broker cold read threshold success, %s%n', (address) =>
      context.admin.removeColdDataFlowControl(address, group),
    );
    if (brokers !== undefined) context.answer({ group, brokers });
  },
};

/** On the broker that is named, or on each master of a cluster, where one that fails does not stop the others. Undefined with neither. */
async function onMasters(
  context: CommandContext,
  success: string,
  change: (address: string) => Promise<void>,
): Promise<string[] | undefined> {
  const { options } = context;
  const address = options.value('b')?.trim();
  if (address === undefined && !options.has('c')) {
    context.usage();
    return undefined;
  }
  const done: string[] = [];
  const one = async (broker: string): Promise<void> => {
    await change(broker);
    context.print(success, broker);
    done.push(broker);
  };
  if (address !== undefined) await one(address);
  else {
    for (const broker of await clusterMasters(context, options.text('c').trim()))
      await one(broker).catch((failure) => context.warn(failure));
  }
  return done;
}
