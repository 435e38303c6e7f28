import { createTopicConfig, MASTER_ID, type TopicConfig } from '@rocketmq-ts/admin';
import { exactlyOne, type ParsedOptions, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import { hashOrder } from '../../java-text.ts';
import type { Command, CommandContext } from '../entry.ts';
import { brokerNameOf, clusterMasters } from '../targets.ts';
import { booleanValue, integerValue, OptionValueError } from '../values.ts';
import { topicConfigText } from './topic-config-text.ts';

/** Source: NamesrvUtil#NAMESPACE_ORDER_TOPIC_CONFIG. */
const ORDER_TOPIC_CONFIG = 'ORDER_TOPIC_CONFIG';
/** Bits of the topic sys flag. Source: TopicSysFlag. */
const UNIT = 1;
const UNIT_SUB = 2;
/** What mqadmin sends without the option: half of what a broker takes by itself. Source: UpdateTopicSubCommand. */
const DEFAULT_QUEUE_COUNT = 8;

export const updateTopic: Command = {
  className: 'UpdateTopicSubCommand',
  options: [
    exactlyOne(
      valueOption('b', 'brokerAddr', 'create topic to which broker'),
      valueOption('c', 'clusterName', 'create topic to which cluster'),
    ),
    requiredOption('t', 'topic', 'topic name'),
    valueOption('a', 'attributes', 'attribute(+a=b,+c=d,-e)'),
    valueOption('r', 'readQueueNums', 'set read queue nums'),
    valueOption('w', 'writeQueueNums', 'set write queue nums'),
    valueOption('p', 'perm', "set topic's permission(2|4|6), intro[2:W 4:R; 6:RW]"),
    valueOption('o', 'order', "set topic's order(true|false)"),
    valueOption('u', 'unit', 'is unit topic (true|false)'),
    valueOption('s', 'hasUnitSub', 'has unit sub (true|false)'),
  ],
  examples: [
    { line: '-t Orders -c DefaultCluster', does: 'Creates Orders with eight queues on each master of the cluster.' },
    {
      line: '-t Orders -c DefaultCluster -r 16 -w 16',
      does: 'Gives it sixteen queues; every option that is not given becomes the default again.',
    },
    { line: '-t Payments -b 10.0.0.1:10911 -a +message.type=FIFO', does: 'A topic of ordered messages on one broker.' },
  ],
  async run(context) {
    const topic = wantedTopic(context.options);
    const address = context.options.value('b');
    const result =
      address === undefined
        ? await changeOnCluster(context, topic, context.options.text('c'))
        : await changeOnBroker(context, topic, address);
    context.out(`${topicConfigText(topic)}\n`);
    context.answer({ topic, ...result });
  },
};

/** As Apache's: options that are not given become the default, whatever the topic has now. */
function wantedTopic(options: ParsedOptions): TopicConfig {
  return createTopicConfig(options.text('t'), {
    readQueueNums: integerValue(options, 'r') ?? DEFAULT_QUEUE_COUNT,
    writeQueueNums: integerValue(options, 'w') ?? DEFAULT_QUEUE_COUNT,
    perm: integerValue(options, 'p') ?? 6,
    order: booleanValue(options, 'o') ?? false,
    topicSysFlag:
      (booleanValue(options, 'u') === true ? UNIT : 0) | (booleanValue(options, 's') === true ? UNIT_SUB : 0),
    attributes: attributeChanges(options.value('a')),
  });
}

/** `+a=b,-c` by key with its sign. Source: AttributeParser#parseToMap. */
export function attributeChanges(text: string | undefined): Record<string, string> {
  const changes: Record<string, string> = {};
  for (const change of (text ?? '').split(',')) {
    if (change.trim() === '') continue;
    const equals = change.indexOf('=');
    if (equals === -1 && !change.startsWith('-')) throw new OptionValueError('a', change, '+key=value or -key');
    const key = equals === -1 ? change : change.slice(0, equals);
    if (Object.hasOwn(changes, key)) throw new OptionValueError('a', change, 'a key that was not given before');
    changes[key] = equals === -1 ? '' : change.slice(equals + 1);
  }
  return changes;
}

/** Where the topic is now, and the queues whose order is kept. */
interface Changed {
  readonly brokers: readonly string[];
  readonly orderConf?: string;
}

async function changeOnBroker(context: CommandContext, topic: TopicConfig, address: string): Promise<Changed> {
  await context.admin.createTopic(address, topic);
  let own: string | undefined;
  if (topic.order) {
    const brokerName = brokerNameOf(await context.admin.examineClusterInfo(), address);
    own = `${brokerName}:${topic.writeQueueNums}`;
    await mergeOrderConf(context, topic.topicName, brokerName, own);
    context.print('set broker orderConf. isOrder=%s, orderConf=[%s]%n', topic.order, own);
  }
  context.print('create topic to %s success.%n', address);
  return { brokers: [address], ...(own === undefined ? {} : { orderConf: own }) };
}

/** The entry of one broker replaced, those of the others kept. */
async function mergeOrderConf(context: CommandContext, topic: string, brokerName: string, own: string): Promise<void> {
  const old = (await context.admin.kvConfig(ORDER_TOPIC_CONFIG, topic)) ?? '';
  const byName = new Map(
    old
      .split(';')
      .filter((one) => one !== '')
      .map((one) => [one.split(':')[0]!, one]),
  );
  byName.set(brokerName, own);
  const merged = hashOrder(byName.keys()).map((name) => byName.get(name));
  await context.admin.putKvConfig(ORDER_TOPIC_CONFIG, topic, merged.join(';'));
}

async function changeOnCluster(context: CommandContext, topic: TopicConfig, cluster: string): Promise<Changed> {
  const brokers = await clusterMasters(context, cluster);
  for (const address of brokers) {
    await context.admin.createTopic(address, topic);
    context.print('create topic to %s success.%n', address);
  }
  if (!topic.order) return { brokers };
  const info = await context.admin.examineClusterInfo();
  const names = (info.clusterAddrTable.get(cluster) ?? []).filter((name) =>
    info.brokerAddrTable.get(name)?.brokerAddrs.has(MASTER_ID),
  );
  const orderConf = hashOrder(names)
    .map((name) => `${name}:${topic.writeQueueNums}`)
    .join(';');
  await context.admin.putKvConfig(ORDER_TOPIC_CONFIG, topic.topicName, orderConf);
  context.print('set cluster orderConf. isOrder=%s, orderConf=[%s]%n', topic.order, orderConf);
  return { brokers, orderConf };
}
