import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { clusterMasters } from '../targets.ts';
import { integerValue, OptionValueError } from '../values.ts';

/** Source: SetConsumeModeSubCommand. */
export const setConsumeMode: Command = {
  className: 'SetConsumeModeSubCommand',
  options: [
    valueOption('b', 'brokerAddr', 'create subscription group to which broker'),
    valueOption('c', 'clusterName', 'create subscription group to which cluster'),
    requiredOption('t', 'topicName', 'topic name'),
    requiredOption('g', 'groupName', 'consumer group name'),
    requiredOption('m', 'mode', 'consume mode. PULL/POP'),
    valueOption('q', 'popShareQueueNum', 'num of queue which share in pop mode'),
  ],
  examples: [
    {
      line: '-c DefaultCluster -t Orders -g billing -m PULL',
      does: 'The group pulls Orders and shares out the queues.',
    },
    { line: '-b 10.0.0.1:10911 -t Orders -g billing -m POP -q 0', does: 'It pops, where the broker serves that.' },
  ],
  async run(context) {
    const { options, admin } = context;
    const topic = options.text('t').trim();
    const consumerGroup = options.text('g').trim();
    const mode = options.text('m').trim();
    if (mode !== 'PULL' && mode !== 'POP') throw new OptionValueError('m', mode, 'PULL or POP, in capital letters');
    const popShareQueueNum = integerValue(options, 'q') ?? 0;
    const choice = { topic, consumerGroup, mode, popShareQueueNum } as const;
    const address = options.value('b')?.trim();
    if (address === undefined && !options.has('c')) return context.usage();
    const brokers: string[] = [];
    const set = async (broker: string): Promise<void> => {
      await admin.setMessageRequestMode(broker, choice);
      context.print('set consume mode to %s success.%n', broker);
      brokers.push(broker);
    };
    if (address !== undefined) await set(address);
    else {
      for (const master of await clusterMasters(context, options.text('c').trim())) {
        await set(master).catch((failure) => context.warn(failure));
      }
    }
    const line = 'topic[%s] group[%s] consume mode[%s] popShareQueueNum[%d]';
    context.print(line, topic, consumerGroup, mode, popShareQueueNum);
    context.answer({ topic, group: consumerGroup, mode, popShareQueueNum, brokers });
  },
};
