import type { ConsumeMessageDirectlyResult, MessageView } from '@rocketmq-ts/admin';
import { requiredOption, valueOption } from '@rocketmq-ts/kernel';
import type { Command, CommandContext } from '../entry.ts';
import { booleanValue } from '../values.ts';
import { printMessage } from './message-text.ts';

export const queryMsgById: Command = {
  className: 'QueryMsgByIdSubCommand',
  options: [
    requiredOption('t', 'topic', 'topic name'),
    requiredOption('i', 'msgId', 'Message Id'),
    valueOption('g', 'consumerGroup', 'consumer group name'),
    valueOption('d', 'clientId', "The consumer's client id"),
    valueOption('s', 'sendMessage', 'resend message'),
    valueOption('u', 'unitName', 'unit name'),
    valueOption('f', 'bodyFormat', 'print message body by the specified format'),
    valueOption('c', 'cluster', 'Cluster name or lmq parent topic, lmq is used to find the route.'),
  ],
  examples: [
    { line: '-t Orders -i 0A00000100002A9F0000000000000000', does: 'A message by the id that tells its place.' },
    { line: '-t Orders -i 0A00000100002A9F0000000000000000 -f UTF-8', does: 'Its body is printed, too.' },
    {
      line: '-t Orders -i 0A00000100002A9F0000000000000000 -g billing -d 10.0.0.7@4711',
      does: 'One member of a group handles it now.',
    },
  ],
  async run(context) {
    const { options } = context;
    const topic = options.text('t');
    for (const id of options.text('i').split(',')) {
      const message = await context.admin.viewMessage(topic, id.trim());
      if (options.has('g') && options.has('d')) await pushToClient(context, message);
      else if (options.has('s')) await resend(context, message, id.trim());
      else await printMessage(context, message, options.value('f'));
    }
  },
};

async function pushToClient(context: CommandContext, message: MessageView): Promise<void> {
  const group = context.options.text('g');
  const clientId = context.options.text('d');
  const info = await context.admin.consumerRunningInfo(group, clientId);
  if (info.properties.get('PROP_CONSUME_TYPE') === 'CONSUME_ACTIVELY') {
    return context.refuse(`this ${clientId} client is not push consumer ,not support direct push \n`);
  }
  const result = await context.admin.consumeMessageDirectly(group, clientId, message);
  context.out(directResult(result));
  context.answer({ msgId: message.msgId, group, clientId, result });
}

/** What a consumer made of a message, as Java prints it. Source: ConsumeMessageDirectlyResult#toString. */
export function directResult(result: ConsumeMessageDirectlyResult): string {
  const { order, autoCommit, consumeResult, remark = 'null', spentTimeMills } = result;
  return `ConsumeMessageDirectlyResult [order=${order}, autoCommit=${autoCommit}, consumeResult=${consumeResult}, remark=${remark}, spentTimeMills=${spentTimeMills}]`;
}

/** `-s false` does nothing at all. */
async function resend(context: CommandContext, message: MessageView, id: string): Promise<void> {
  if (booleanValue(context.options, 's') !== true) return;
  context.print('prepare resend msg. originalMsgId=%s', id);
  const { topic, body, tags } = message;
  const sent = await context.admin.sendMessage({ topic, body, tags, keys: message.property('KEYS') });
  const queue = `MessageQueue [topic=${sent.queue.topic}, brokerName=${sent.queue.brokerName}, queueId=${sent.queue.queueId}]`;
  context.out(
    `SendResult [sendStatus=${sent.sendStatus}, msgId=${sent.msgId}, offsetMsgId=${sent.offsetMsgId}, messageQueue=${queue}, queueOffset=${sent.queueOffset}, recallHandle=null]`,
  );
  context.answer({ originalMsgId: id, ...sent });
}
