import { type GroupStats, type MessageQueue, selectBrokerAddress } from '@rocketmq-ts/admin';
import { CodedError, requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { MqadminErrorCode } from '../../errors.ts';
import type { Command, CommandContext } from '../entry.ts';

/**
 * In the way of Apache's tool: whatever the topic, the progress of the source group in all its topics is copied, as far as it is at least 0;
 * -o is not looked at. Source: CloneGroupOffsetCommand.
 */
export const cloneGroupOffset: Command = {
  className: 'CloneGroupOffsetCommand',
  options: [
    requiredOption('s', 'srcGroup', 'set source consumer group'),
    requiredOption('d', 'destGroup', 'set destination consumer group'),
    requiredOption('t', 'topic', 'set the topic'),
    valueOption('o', 'offline', 'the group or the topic is offline'),
  ],
  examples: [{ line: '-s old_group -d new_group -t TopicTest', does: 'A new group continues where another one is.' }],
  async run(context) {
    const { options, admin } = context;
    const [from, to, topic] = [options.text('s'), options.text('d'), options.text('t')];
    const { offsets } = await admin.examineConsumeStats(from);
    const cloned = offsets.filter(({ consumerOffset }) => consumerOffset >= 0);
    const addressOf = await brokerAddresses(context, topic, offsets);
    for (const { queue, consumerOffset } of cloned) {
      await admin.updateConsumeOffset(addressOf(queue), to, queue.topic, queue.queueId, consumerOffset);
    }
    context.print('clone group offset success. srcGroup[%s], destGroup=[%s], topic[%s]', from, to, topic);
    const queues = cloned.map(({ queue, consumerOffset }) => ({ ...queue, offset: consumerOffset }));
    context.answer({ srcGroup: from, destGroup: to, queues });
  },
};

/** Of the topic's route, and of the cluster where the group has topics on other brokers. */
async function brokerAddresses(
  { admin }: CommandContext,
  topic: string,
  offsets: GroupStats['offsets'],
): Promise<(queue: MessageQueue) => string> {
  const { brokerDatas } = await admin.examineTopicRoute(topic);
  const addresses = new Map(brokerDatas.map((broker) => [broker.brokerName, selectBrokerAddress(broker)]));
  if (offsets.some(({ queue }) => !addresses.has(queue.brokerName))) {
    const { brokerAddrTable } = await admin.examineClusterInfo();
    for (const [name, broker] of brokerAddrTable) addresses.set(name, selectBrokerAddress(broker));
  }
  return ({ brokerName }) => {
    const address = addresses.get(brokerName);
    if (address !== undefined) return address;
    throw new CodedError<MqadminErrorCode>(
      'NO_SUCH_BROKER',
      `the group has progress on broker ${brokerName}, which is not registered: its part and what follows is not copied`,
    );
  };
}
