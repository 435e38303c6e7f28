import { CheckStatus, MASTER_ID } from '@rocketmq-ts/admin';
import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { integerValue } from '../values.ts';

const DEFAULT_SPAN_MS = 30 * 86_400_000;

/** Of all brokers that the name server knows, whatever the cluster. Source: CheckRocksdbCqWriteProgressCommand. */
export const checkRocksdbCqWriteProgress: Command = {
  className: 'CheckRocksdbCqWriteProgressCommand',
  options: [
    requiredOption('c', 'cluster', 'cluster name'),
    requiredOption('n', 'nameserverAddr', 'nameserverAddr'),
    valueOption('t', 'topic', 'topic name'),
    valueOption('cf', 'checkFrom', 'check from time'),
  ],
  examples: [
    {
      line: '-n 10.0.0.1:9876 -c DefaultCluster -t Orders',
      does: "Brokers of Apache's compare their queues in RocksDB with those in files; the result is in their logs.",
    },
  ],
  async run(context) {
    const { options, admin, clock } = context;
    const topic = options.value('t')?.trim() ?? '';
    const checkStoreTimeMs = integerValue(options, 'cf') ?? clock.now() - DEFAULT_SPAN_MS;
    const info = await admin.examineClusterInfo();
    if (!info.clusterAddrTable.has(options.text('c').trim())) return context.refuse('clusterAddrTable is empty');
    const brokers: object[] = [];
    for (const [brokerName, { brokerAddrs }] of info.brokerAddrTable) {
      const address = brokerAddrs.get(MASTER_ID) ?? '';
      const { checkStatus, checkResult } = await admin.checkRocksDbConsumeQueues(address, topic, checkStoreTimeMs);
      brokers.push({ brokerName, address, checkStatus, checkResult });
      if (checkStatus === CheckStatus.CHECK_ERROR) {
        context.refuse(`${brokerName} check error, please check log... errInfo: ${checkResult ?? 'null'}`);
      } else context.out(`${brokerName} check doing, please wait and get the result from log... \n`);
    }
    context.answer({ topic, brokers });
  },
};
