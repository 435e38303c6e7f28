import { createTopicConfig, MASTER_ID } from '@rocketmq-ts/admin';
import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { clusterMasters } from '../targets.ts';
import { integerValue } from '../values.ts';
import { topicConfigText } from './topic-config-text.ts';

export const updateTopicPerm: Command = {
  className: 'UpdateTopicPermSubCommand',
  options: [
    valueOption('b', 'brokerAddr', 'create topic to which broker'),
    valueOption('c', 'clusterName', 'create topic to which cluster'),
    requiredOption('t', 'topic', 'topic name'),
    requiredOption('p', 'perm', "set topic's permission(2|4|6), intro[2:W; 4:R; 6:RW]"),
  ],
  examples: [
    { line: '-t Orders -c DefaultCluster -p 4', does: 'Orders can be read only.' },
    { line: '-t Orders -b 10.0.0.1:10911 -p 6', does: 'It can be read and written on one broker.' },
  ],
  async run(context) {
    const { options, admin } = context;
    if (!options.has('b') && !options.has('c')) return context.usage();
    const name = options.text('t');
    const route = await admin.examineTopicRoute(name);
    const queues = route.queueDatas[0];
    if (queues === undefined) throw new Error(`topic ${name} has no queues in its route`);
    const perm = integerValue(options, 'p')!;
    const { readQueueNums, writeQueueNums, topicSysFlag } = queues;
    const topic = createTopicConfig(name, { readQueueNums, writeQueueNums, topicSysFlag, perm });
    const address = options.value('b');
    if (address === undefined) {
      const masters = await clusterMasters(context, options.text('c'));
      for (const master of masters) {
        await admin.createTopic(master, topic);
        context.print('update topic perm from %s to %s in %s success.%n', queues.perm, perm, master);
      }
      return context.answer({ topic: name, from: queues.perm, to: perm, brokers: masters });
    }
    if (!route.brokerDatas.some((broker) => broker.brokerAddrs.get(MASTER_ID) === address)) {
      return context.refuse('updateTopicPerm error broker not exit or broker is not master!.\n');
    }
    const change = { topic: name, from: queues.perm, to: perm };
    if (queues.perm === perm) {
      context.print('new perm equals to the old one!%n');
      return context.answer({ ...change, brokers: [] });
    }
    await admin.createTopic(address, topic);
    context.print('update topic perm from %s to %s in %s success.%n', queues.perm, perm, address);
    context.out(`${topicConfigText(topic)}.\n`);
    context.answer({ ...change, brokers: [address] });
  },
};
