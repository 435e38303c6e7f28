import { createSubscriptionGroupConfig, type SubscriptionGroupConfig } from '@rocketmq-ts/admin';
import { longOption, type ParsedOptions, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command } from '../entry.ts';
import { clusterMasters } from '../targets.ts';
import { attributeChanges } from '../topic/update-topic.ts';
import { booleanValue, integerValue, OptionValueError } from '../values.ts';
import { groupConfigText } from './group-config-text.ts';

const RETRY_POLICY_EXAMPLE =
  'the json string of retry policy ( exp: {"type":"EXPONENTIAL","exponentialRetryPolicy":{"initial":5000,"max":7200000,"multiplier":2}} {"type":"CUSTOMIZED","customizedRetryPolicy":{"next":[1000,5000,10000]}} )';

export const updateSubGroup: Command = {
  className: 'UpdateSubGroupSubCommand',
  options: [
    valueOption('b', 'brokerAddr', 'create subscription group to which broker'),
    valueOption('c', 'clusterName', 'create subscription group to which cluster'),
    requiredOption('g', 'groupName', 'consumer group name'),
    valueOption('s', 'consumeEnable', 'consume enable'),
    valueOption('m', 'consumeFromMinEnable', 'from min offset'),
    valueOption('d', 'consumeBroadcastEnable', 'broadcast'),
    valueOption('o', 'consumeMessageOrderly', 'consume message orderly'),
    valueOption('q', 'retryQueueNums', 'retry queue nums'),
    valueOption('r', 'retryMaxTimes', 'retry max times'),
    valueOption('p', 'groupRetryPolicy', RETRY_POLICY_EXAMPLE),
    valueOption('i', 'brokerId', 'consumer from which broker id'),
    valueOption('w', 'whichBrokerWhenConsumeSlowly', 'which broker id when consume slowly'),
    valueOption('a', 'notifyConsumerIdsChanged', 'notify consumerId changed'),
    longOption('attributes', 'attribute(+a=b,+c=d,-e)'),
  ],
  examples: [
    { line: '-g billing -c DefaultCluster', does: 'Creates the group on each master of the cluster.' },
    { line: '-g billing -c DefaultCluster -r 3', does: 'After three retries a message is a dead letter.' },
  ],
  async run(context) {
    const group = wantedGroup(context.options);
    const address = context.options.value('b');
    if (address === undefined && !context.options.has('c')) return context.usage();
    const brokers: string[] = [];
    if (address !== undefined) {
      await context.admin.createSubscriptionGroup(address, group);
      brokers.push(address);
      context.print('create subscription group to %s success.%n', address);
    } else {
      for (const master of await clusterMasters(context, context.options.text('c'))) {
        try {
          await context.admin.createSubscriptionGroup(master, group);
          brokers.push(master);
          context.print('create subscription group to %s success.%n', master);
        } catch (failure) {
          context.warn(failure);
        }
      }
    }
    context.out(groupConfigText(group));
    context.answer({ group, brokers });
  },
};

/** As Apache's: options that are not given become the default, whatever the group has now. */
function wantedGroup(options: ParsedOptions): SubscriptionGroupConfig {
  const defaults = createSubscriptionGroupConfig(options.text('g'));
  return {
    ...defaults,
    consumeEnable: booleanValue(options, 's') ?? defaults.consumeEnable,
    consumeFromMinEnable: booleanValue(options, 'm') ?? false,
    consumeBroadcastEnable: booleanValue(options, 'd') ?? false,
    consumeMessageOrderly: booleanValue(options, 'o') ?? defaults.consumeMessageOrderly,
    retryQueueNums: integerValue(options, 'q') ?? defaults.retryQueueNums,
    retryMaxTimes: integerValue(options, 'r') ?? defaults.retryMaxTimes,
    groupRetryPolicy: retryPolicy(options.value('p')) ?? defaults.groupRetryPolicy,
    brokerId: integerValue(options, 'i') ?? defaults.brokerId,
    whichBrokerWhenConsumeSlowly: integerValue(options, 'w') ?? defaults.whichBrokerWhenConsumeSlowly,
    notifyConsumerIdsChangedEnable: booleanValue(options, 'a') ?? defaults.notifyConsumerIdsChangedEnable,
    attributes: attributeChanges(options.value('attributes')),
  };
}

function retryPolicy(text: string | undefined): SubscriptionGroupConfig['groupRetryPolicy'] | undefined {
  if (text === undefined) return undefined;
  try {
    const policy = JSON.parse(text) as SubscriptionGroupConfig['groupRetryPolicy'];
    if (policy.type === 'EXPONENTIAL' || policy.type === 'CUSTOMIZED') return policy;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new OptionValueError('p', text, 'a retry policy in JSON with "type" EXPONENTIAL or CUSTOMIZED');
}
