import { mastersWithSlaves, NO_MASTER } from '@rocketmq-ts/admin';
import { requiredOption } from '@rocketmq-ts/kernel';
import { hashMap, prettyJson } from '../../fastjson.ts';
import type { Command } from '../entry.ts';
import { writeTextFile } from '../local-file.ts';
import { UNKNOWN_CLUSTER } from '../targets.ts';
import { folderOption, pathIn } from './folder.ts';

/** What of a broker's properties is kept. Source: ExportConfigsCommand#needBrokerProprties. */
const KEPT: readonly string[] = [
  ...['brokerClusterName', 'brokerId', 'brokerName', 'brokerRole', 'fileReservedTime', 'filterServerNums'],
  ...['flushDiskType', 'maxMessageSize', 'messageDelayLevel', 'msgTraceTopicName', 'slaveReadEnable', 'traceOn'],
  ...['traceTopicEnable', 'useTLS', 'autoCreateTopicEnable', 'autoCreateSubscriptionGroup'],
];

/** Source: ExportConfigsCommand. */
export const exportConfigs: Command = {
  className: 'ExportConfigsCommand',
  options: [requiredOption('c', 'clusterName', 'choose a cluster to export'), folderOption('configs.json')],
  examples: [
    {
      line: '-c DefaultCluster -f /backup',
      does: 'The properties of masters that matter most, and the size of the cluster, to /backup/configs.json.',
    },
  ],
  async run(context) {
    const { options, admin, disk } = context;
    const table = mastersWithSlaves(await admin.examineClusterInfo(), options.text('c').trim());
    if (table === undefined) context.refuse(UNKNOWN_CLUSTER);
    let masterBrokerSize = 0;
    let slaveBrokerSize = 0;
    const brokerConfigs = new Map<string, Map<string, string>>();
    for (const [master, slaves] of table ?? []) {
      slaveBrokerSize += slaves.length;
      if (master === NO_MASTER) {
        context.note('a broker name without a master was found: its slaves are counted, its properties left out');
        continue;
      }
      masterBrokerSize += 1;
      const properties = await admin.brokerConfig(master);
      const kept = KEPT.filter((key) => properties.has(key)).map((key) => [key, properties.get(key)!] as const);
      brokerConfigs.set(properties.get('brokerName') ?? master, hashMap(kept));
    }
    const namesrvSize = admin.namesrvAddresses.length;
    const clusterScale = hashMap(Object.entries({ namesrvSize, masterBrokerSize, slaveBrokerSize }));
    const result = { brokerConfigs: hashMap(brokerConfigs), clusterScale };
    const path = pathIn(context, 'configs.json');
    writeTextFile(disk, path, prettyJson(hashMap(Object.entries(result))));
    context.out(`export ${path} success`);
    context.answer({ path });
  },
};
