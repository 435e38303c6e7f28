import { asError, valueOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';

interface Outcome {
  readonly brokerName: string;
  readonly address: string;
  readonly error?: string;
}

/** Source: ExportPopRecordCommand. */
export const exportPopRecord: Command = {
  className: 'ExportPopRecordCommand',
  options: [
    valueOption('c', 'clusterName', 'choose one cluster to export'),
    valueOption('b', 'brokerAddr', 'choose one broker to export'),
    valueOption('d', 'dryRun', 'no actual changes will be made'),
  ],
  examples: [
    {
      line: '-b 10.0.0.1:10911',
      does: 'A broker writes what its pop consumers hold from RocksDB to its commit log; one without such records does nothing.',
    },
    {
      line: '-c DefaultCluster -d false',
      does: "Nothing is changed: as in Apache's tool the value false is the dry run.",
    },
  ],
  async run(context) {
    const { options, admin } = context;
    // Not a mistake here: scripts know that it is the wrong way round.
    const dryRun = options.value('d')?.toLowerCase() === 'false';
    const outcomes: Outcome[] = [];
    const address = options.value('b')?.trim();
    if (address !== undefined) {
      const brokerName = (await admin.brokerConfig(address)).get('brokerName') ?? 'null';
      outcomes.push(await exportOne(context, address, brokerName, dryRun));
    } else if (options.has('c')) {
      const info = await admin.examineClusterInfo();
      for (const name of info.clusterAddrTable.get(options.text('c').trim()) ?? []) {
        for (const each of info.brokerAddrTable.get(name)?.brokerAddrs.values() ?? [])
          outcomes.push(await exportOne(context, each, name, dryRun));
      }
      if (outcomes.length === 0) context.note('no broker of this cluster is registered: nothing was done');
    } else return context.usage();
    context.answer({ dryRun, brokers: outcomes });
  },
};

async function exportOne(
  context: CommandContext,
  address: string,
  brokerName: string,
  dryRun: boolean,
): Promise<Outcome> {
  const outcome = { brokerName, address };
  try {
    if (!dryRun) await context.admin.exportPopRecords(address);
    context.print('Export broker records, brokerName=%s, brokerAddr=%s, dryRun=%s%n', brokerName, address, dryRun);
    return outcome;
  } catch (failure) {
    const error = asError(failure).message;
    const facts = `brokerName=${brokerName}, brokerAddr=${address}, dryRun=${dryRun}`;
    context.refuse(`Export broker records error, ${facts}\n${error}`);
    return { ...outcome, error };
  }
}
